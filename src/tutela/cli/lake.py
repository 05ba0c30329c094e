"""``tutela lake``: care for the event lake."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from tutela.cli.context import context, moment
from tutela.cli.output import Json, show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Care for the event lake: few large files, and nothing kept longer than the law allows."""


@app.command()
def compact(as_json: Json = False) -> None:
    """Put small files together; changes no event."""
    from tutela.flow.care import compact as run

    ground = context()
    show(asdict(run(environment=ground.environment)), as_json=as_json)


@app.command()
def expire(
    before: Annotated[str, typer.Option(help="Take out what is older than this time.")],
    basis: Annotated[str, typer.Option(help="The provision that limits how long it is kept, as ID@VERSION.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Take out events, archived reports and quarantined rows that are older, and wipe their files."""
    from tutela.flow.care import expire as run

    ground = context(basis)
    limit = moment(before, "--before")
    assert limit is not None  # noqa: S101 - the option is required
    done = run(
        before=limit,
        dry_run=dry_run,
        environment=ground.environment,
        now=ground.now,
        by=ground.actor,
        basis=ground.basis,
    )
    show(asdict(done), as_json=as_json)
