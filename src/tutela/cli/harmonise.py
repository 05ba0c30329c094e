"""``tutela harmonise``: a report on standard input, IDF events on standard output."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import sys
from typing import Annotated

import typer

from tutela.cli.context import context
from tutela.cli.output import say

app = typer.Typer()


@app.command()
def harmonise(
    feed: Annotated[str, typer.Option(help="Name of a feed definition.")],
    file_name: Annotated[str, typer.Option(help="The name the report came under, where the feed needs it.")] = "",
    raw: Annotated[bool, typer.Option(help="Write the field raw.")] = True,
) -> None:
    """Turn a report on standard input into IDF events on standard output, one JSON object a line; nothing is stored."""
    from tutela.core.feeds.compile import compile_feed
    from tutela.core.feeds.report import ReportContext
    from tutela.engine.catalogue import Catalogue
    from tutela.flow.harmonise import lines, outcomes
    from tutela.flow.slicing import Condition

    ground = context()
    compiled = compile_feed(Catalogue(ground.environment.home).get(feed))
    report = ReportContext(id="", observed=ground.now, file_name=file_name)
    quarantined = 0
    condition = Condition()
    parts = outcomes(
        sys.stdin.buffer,
        feed=compiled,
        report=report,
        environment=ground.environment,
        condition=condition,
        keep_raw=raw,
    )
    for outcome in parts:
        sys.stdout.buffer.writelines(lines(outcome))
        quarantined += outcome.quarantine.height
        for row in outcome.quarantine.head(20).iter_rows(named=True):
            say(f"row {row['row']}: {row['detail']}")
    sys.stdout.buffer.flush()
    for fault in condition.faults:
        say(fault)
    raise typer.Exit(1 if quarantined or condition.faults else 0)
