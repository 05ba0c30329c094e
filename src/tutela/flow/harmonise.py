"""Reports to IDF lines on a stream, with nothing stored: the same way of the data as an ingest, less whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tutela.core.idf.wire import to_idf
from tutela.core.pipeline import Outcome, harmonise
from tutela.flow.slicing import report_slices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.config.environment import Environment
    from tutela.core.feeds.compile import CompiledFeed
    from tutela.core.feeds.report import ReportContext
    from tutela.flow.slicing import Condition


def outcomes(
    stream: BinaryIO,
    *,
    feed: CompiledFeed,
    report: ReportContext,
    environment: Environment,
    condition: Condition,
    keep_raw: bool = True,
) -> Iterator[Outcome]:
    """What each slice of the report gave, in order; ``condition`` takes what is wrong with the report as a whole."""
    for part in report_slices(stream, feed.definition.format, environment, condition, name=report.file_name):
        yield harmonise(part, feed=feed, report=report, keep_raw=keep_raw)


def lines(outcome: Outcome) -> Iterator[bytes]:
    """The events of one outcome as lines of IDF JSON."""
    yield from to_idf(outcome.events.drop("row", "invalid", strict=False))
