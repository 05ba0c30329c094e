"""``tutela export``: events out of the lake, for other systems."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutela.cli.context import context
from tutela.cli.events import (
    Address,
    Cve,
    Feed,
    Finding,
    Organisation,
    Report,
    Since,
    Type,
    Until,
    Where,
    event_filter,
)
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer()


class ExportFormat(StrEnum):
    """What other systems read."""

    IDF = "idf"
    CSV = "csv"
    PARQUET = "parquet"


@app.command()
def export(
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="idf is one JSON object a line.")
    ] = ExportFormat.IDF,
    output: Annotated[str, typer.Option(help="A file; - is standard output.")] = "-",
    organisation: Organisation = "",
    address: Address = None,
    type_: Type = None,
    cve: Cve = None,
    feed: Feed = None,
    report: Report = None,
    finding: Finding = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
) -> None:
    """Write events as IDF, CSV or Parquet."""
    from tutela.lake.query import query
    from tutela.lake.table import EventTable

    ground = context()
    if format_ is ExportFormat.PARQUET and output == "-":
        raise WrongUse("Parquet cannot be written to a stream", where="--output", remedy="Name a file with --output.")
    wanted = event_filter(ground, organisation, address, type_, cve, feed, report, finding, since, until, where)
    events = query(EventTable(ground.environment.lake_path), wanted)
    if format_ is ExportFormat.PARQUET:
        events.sink_parquet(output)
    elif format_ is ExportFormat.CSV:
        _csv(events, output)
    else:
        _idf(events, output)


def _csv(events: pl.LazyFrame, output: str) -> None:
    """CSV whose text cells no spreadsheet takes for a formula."""
    import polars as pl
    import polars.selectors as cs

    risky = pl.col(cs.expand_selector(events.collect_schema().to_frame(), cs.string()))
    safe = events.with_columns(
        pl.when(risky.str.contains(r"^[=+\-@\t\r]")).then("'" + risky).otherwise(risky).name.keep()
    )
    safe.sink_csv(sys.stdout.buffer if output == "-" else output)


def _idf(events: pl.LazyFrame, output: str) -> None:
    from tutela.core.idf.fields import event_schema
    from tutela.core.idf.wire import to_idf

    names = [name for name in event_schema() if name != "raw"]
    target = sys.stdout.buffer if output == "-" else Path(output).open("wb")  # noqa: SIM115 - closed below
    try:
        for batch in events.select(names).collect_batches(chunk_size=50_000):
            target.writelines(to_idf(batch))
        target.flush()
    finally:
        if output != "-":
            target.close()
