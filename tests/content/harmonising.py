"""The short way from a sample report to its events, as `tutela harmonise` goes it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from tutela.config.environment import Environment
from tutela.core.feeds.compile import compile_feed
from tutela.core.feeds.report import ReportContext
from tutela.flow.harmonise import lines, outcomes
from tutela.flow.slicing import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutela.core.feeds.definition import FeedDefinition

OBSERVED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def delivered(told: Mapping[str, Any]) -> ReportContext:
    """A sample report of which its delivery says this."""
    return ReportContext(
        id="0" * 64,
        observed=OBSERVED,
        file_name="sample",
        defaults={name: value for name, value in told.items() if name.startswith("feed.")},
        facts=told,
    )


def harmonised(
    definition: FeedDefinition, data: bytes, delivery: Mapping[str, Any] | None = None, *, enrich: bool = True
) -> tuple[list[dict[str, Any]], int, int]:
    """The events of a report (without raw text and time of observation), the rows skipped, and those in quarantine."""
    report = delivered(dict(delivery or {}))
    feed = compile_feed(definition, enrich=enrich)
    events: list[dict[str, Any]] = []
    skipped = quarantined = 0
    told_of_it = Condition()
    for outcome in outcomes(
        io.BytesIO(data), feed=feed, report=report, environment=Environment(), condition=told_of_it
    ):
        events += [orjson.loads(line) for line in lines(outcome)]
        skipped += outcome.skipped
        quarantined += outcome.quarantine.height
    assert not told_of_it.faults
    for event in events:
        event.pop("raw", None)
        event.pop("time.observation", None)
    return events, skipped, quarantined
