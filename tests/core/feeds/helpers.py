"""Feeds and records for the tests: documentation addresses and names only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from tutela.core.feeds.compile import Harmonised, compile_feed
from tutela.core.feeds.definition import FeedDefinition
from tutela.core.feeds.formats.records import ROW, Records, rejected_frame
from tutela.core.feeds.report import ReportContext

OBSERVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPORT = ReportContext(id="0" * 64, observed=OBSERVED, file_name="report.csv")


def feed(**given: Any) -> FeedDefinition:
    """A small feed; what is given replaces its parts."""
    return FeedDefinition.model_validate(
        {
            "name": "example",
            "title": "Example",
            "provider": "Example",
            "documentation": "https://example.org/feed",
            "licence": "CC0-1.0",
            "format": {"type": "csv"},
            "fields": {"source.ip": "ip"},
            "constants": {"classification.type": "scanner"},
            **given,
        }
    )


def records(columns: dict[str, list[str | None]], *, json: tuple[str, ...] = (), first: int = 1) -> Records:
    """Records with these columns."""
    frame = pl.DataFrame({name: pl.Series(name, texts, dtype=pl.String) for name, texts in columns.items()})
    rows = pl.int_range(first, frame.height + first, dtype=pl.UInt32, eager=True).alias(ROW)
    return Records(frame.with_columns(rows), rejected_frame([]), frozenset(json), rows=frame.height)


def harmonised(
    source: dict[str, list[str | None]], /, *, json: tuple[str, ...] = (), enrich: bool = True, **given: Any
) -> Harmonised:
    """What a feed with these parts makes of records with these columns."""
    return compile_feed(feed(**given), enrich=enrich).harmonise(records(source, json=json), REPORT)
