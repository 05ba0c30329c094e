"""``tutela quarantine``: rows that could not be read."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tutela.cli.context import context
from tutela.cli.output import Json, Limit, emit, say
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from tutela.apps.intake.models import Report
    from tutela.cli.context import Context

app = typer.Typer(no_args_is_help=True)
Content = Annotated[str, typer.Argument(help="SHA-256 of the report, or how it begins.")]


@app.callback()
def group() -> None:
    """Rows that could not be read."""


@app.command("list")
def list_reports(limit: Limit = 100, as_json: Json = False) -> None:
    """List the reports that have rows in quarantine, with the reasons."""
    import polars as pl

    from tutela.apps.intake.queries import reports_for
    from tutela.lake.quarantine import Quarantine

    ground = context()
    quarantine = Quarantine(ground.environment.home)
    rows = []
    for report in reports_for(ground.viewer).filter(quarantined__gt=0)[:limit]:
        counted = (
            quarantine.rows(str(report.id)).group_by("reason").agg(pl.len().alias("rows")).sort("reason").collect()
        )
        rows.append(
            {
                "report": report.content[:12],
                "content": report.content,
                "file": report.file_name,
                "feed": report.feed,
                "received": report.received,
                "quarantined": report.quarantined,
                "reasons": dict(counted.iter_rows()),
            }
        )
    emit(rows, ("report", "file", "feed", "received", "quarantined", "reasons"), as_json=as_json)


@app.command("show")
def show_rows(report: Content, limit: Limit = 100, as_json: Json = False) -> None:
    """Show the rows of one report that are in quarantine."""
    from tutela.lake.quarantine import Quarantine

    ground = context()
    found = _report(report, ground)
    rows = Quarantine(ground.environment.home).rows(str(found.id)).head(limit).collect()
    emit(rows.drop("report").iter_rows(named=True), ("row", "reason", "detail", "record"), as_json=as_json)


@app.command()
def replay(
    report: Annotated[
        str, typer.Argument(help="SHA-256 of the report, or how it begins; without it all reports.")
    ] = "",
    basis: Annotated[str, typer.Option(help="Legal ground, as ID@VERSION.")] = "",
    as_json: Json = False,
) -> None:
    """Read quarantined rows again with the feed definitions as they are now."""
    from tutela.apps.intake.queries import reports_for
    from tutela.flow.replay import replay as run

    ground = context(basis)
    chosen = [_report(report, ground)] if report else list(reports_for(ground.viewer).filter(quarantined__gt=0))
    rows = [
        run(one, environment=ground.environment, now=ground.now, by=ground.actor, basis=ground.basis) for one in chosen
    ]
    emit((row.as_dict() for row in rows), ("file", "feed", "before", "read", "new", "quarantined"), as_json=as_json)
    if not rows:
        say("Nothing is in quarantine.")
    raise typer.Exit(1 if any(row.quarantined for row in rows) else 0)


def _report(prefix: str, ground: Context) -> Report:
    from tutela.apps.intake.queries import report_by

    found = report_by(prefix, ground.viewer)
    if found is None:
        raise WrongUse(
            f"no single report begins with {prefix!r}", remedy="Take the hash from `tutela quarantine list`."
        )
    return found
