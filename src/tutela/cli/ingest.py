"""``tutela ingest``: reports into the house."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tutela.cli.context import context
from tutela.cli.output import Json, complain, emit, progress, say, show

if TYPE_CHECKING:
    from tutela.apps.intake.actions import Again
    from tutela.apps.intake.models import Report
    from tutela.flow.ingest import Ingested

_COLUMNS = ("file", "feed", "state", "rows", "read", "skipped", "quarantined", "events", "new", "duplicate", "whole")


app = typer.Typer()


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Reports or folders of reports; - is standard input.")],
    feed: Annotated[str, typer.Option(help="Name of a feed definition; auto recognises it.")] = "auto",
    constituency: Annotated[str, typer.Option(help="Import this constituency file first.")] = "",
    basis: Annotated[str, typer.Option(help="Legal ground, as ID@VERSION.")] = "",
    as_json: Json = False,
) -> None:
    """Take reports in: read, attribute, fold to findings and keep each event, exactly once."""
    from tutela.flow.ingest import ingest as run

    ground = context(basis)
    if constituency:
        from tutela.apps.constituency.actions import import_files

        import_files(files=[constituency], by=ground.actor, basis=ground.basis, now=ground.now)
    with progress("receiving", is_bytes=True, quiet=as_json) as advance:
        result = run(
            paths,
            feed=feed,
            environment=ground.environment,
            now=ground.now,
            by=ground.actor,
            basis=ground.basis,
            listener=lambda stage, done, total: advance(task=stage, done=done, total=total),
        )
    _tell(result, as_json=as_json)
    failed = [report for report in result.reports + [again.report for again in result.known] if report.whole is False]
    raise typer.Exit(1 if failed or result.refused else 0)


def _tell(result: Ingested, *, as_json: bool) -> None:
    rows = [_row(report) for report in result.reports] + [_row(again.report, again) for again in result.known]
    if as_json:
        show({"reports": rows, "refused": [error.as_dict() for error in result.refused]}, as_json=True)
    else:
        emit(rows, _COLUMNS, as_json=False)
    for row in rows:
        if row["same_as"] not in {None, row["file"]}:
            say(f"{row['file']}: same content as {row['same_as']}, which is here already.")
        for problem in row["problems"]:
            say(f"{row['file']}: {problem}")
    for error in (*result.unread, *result.refused):
        complain(error)


def _row(report: Report, again: Again | None = None) -> dict[str, Any]:
    """A report, or one that came ``again``: under the name it came with, and beside it the name it is here by."""
    return {
        "file": again.file_name if again else report.file_name,
        "same_as": report.file_name if again else None,
        "content": report.content,
        "feed": report.feed,
        "state": "known" if again and report.state == "settled" else report.state,
        "rows": report.rows,
        "read": report.read,
        "events": report.events,
        "new": report.new,
        "duplicate": report.duplicate,
        "skipped": report.skipped,
        "quarantined": report.quarantined,
        "invalid": report.invalid,
        "whole": report.whole,
        "period": [report.period_first, report.period_last],
        "problems": report.problems,
    }
