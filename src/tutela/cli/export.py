"""``tutela export``: events out of the lake, for other systems."""

# What is heavy is imported when a command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

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
from tutela.cli.target import STREAM, target
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    output: Annotated[
        str, typer.Option(help="A file, replaced once the export is whole; - is standard output.")
    ] = STREAM,
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
    if format_ is ExportFormat.PARQUET and output == STREAM:
        raise WrongUse("Parquet cannot be written to a stream", where="--output", remedy="Name a file with --output.")
    wanted = event_filter(ground, organisation, address, type_, cve, feed, report, finding, since, until, where)
    with target(output) as stream:
        _WRITERS[format_](query(EventTable(ground.environment.lake_path), wanted), stream)


def _parquet(events: pl.LazyFrame, stream: BinaryIO) -> None:
    events.sink_parquet(stream)


def _csv(events: pl.LazyFrame, stream: BinaryIO) -> None:
    """CSV whose text cells no spreadsheet takes for a formula."""
    import polars.selectors as cs

    from tutela.core.spreadsheet import harmless_texts

    safe = events.with_columns(harmless_texts(cs.string()).name.keep())
    header = True
    for batch in _batches(safe):
        stream.write(batch.write_csv(include_header=header).encode())
        header = False


def _idf(events: pl.LazyFrame, stream: BinaryIO) -> None:
    from tutela.core.idf.fields import event_schema
    from tutela.core.idf.wire import to_idf

    names = [name for name in event_schema() if name != "raw"]
    for batch in _batches(events.select(names)):
        stream.writelines(to_idf(batch))


def _batches(events: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The events, a few at a time; the first batch may be empty."""
    yield events.head(0).collect()
    yield from events.collect_batches(chunk_size=50_000)


_WRITERS: Final = {ExportFormat.IDF: _idf, ExportFormat.CSV: _csv, ExportFormat.PARQUET: _parquet}
