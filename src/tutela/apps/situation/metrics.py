"""The state of the house for monitoring, in the text form that Prometheus reads.

Everything is asked of the database when it is asked for, so every server process gives the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from tutela.apps.intake import queries as intake
from tutela.apps.notices import queries as notices
from tutela.apps.obligations import queries as obligations
from tutela.apps.situation import queries
from tutela.core.findings.fold import SEVERITIES
from tutela.lake.sent import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client.core import Metric

    from tutela.core.actor import Viewer

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class House:
    """All metrics, as a viewer may know them, at a moment."""

    def __init__(self, viewer: Viewer, now: datetime) -> None:
        self.viewer = viewer
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        yield from self._findings()
        yield from self._feeds()
        waiting = _gauge("work_waiting", "What waits to be taken up by the worker.", "kind")
        waiting.add_metric(["loads"], len(intake.unfinished_loads()))
        waiting.add_metric(["deliveries"], Sent(settings.TUTELA.home).waiting())
        yield waiting
        letters = _gauge("notices", "Notices by how far they have come.", "state")
        for state, count in notices.states(self.viewer).items():
            letters.add_metric([state], count)
        yield letters
        reports = _gauge("obligations", "Reports that are due by law and not handed in.", "kind")
        owed = obligations.counts(self.viewer, self.now)
        for kind in ("overdue", "day", "running"):
            reports.add_metric([kind], getattr(owed, kind))
        yield reports

    def _findings(self) -> Iterator[Metric]:
        open_ = _gauge("findings_open", "Open findings, as measured last.", "severity")
        overdue = _gauge("findings_overdue", "Findings open for longer than they may be, as measured last.", "severity")
        pace = _gauge("pace_seconds", "Median of the last 30 days, since a finding was open.", "act")
        day = queries.measured(self.viewer)
        if day is not None:
            counts = queries.trend(self.viewer, day).get(day, queries.Counts())
            for level, name in enumerate(SEVERITIES):
                open_.add_metric([name], counts.open[level])
                overdue.add_metric([name], counts.overdue[level])
            for one in queries.tempos(self.viewer, day):
                if one.now is not None:
                    pace.add_metric([one.act], one.now)
        yield from (open_, overdue, pace)

    def _feeds(self) -> Iterator[Metric]:
        last = _gauge("feed_last_report_timestamp_seconds", "When the last report of a feed came in.", "feed")
        events = _gauge("feed_events", "Events in the reports of a feed in the last 90 days.", "feed")
        quarantined = _gauge("feed_quarantined_rows", "Rows of a feed that are in quarantine.", "feed")
        for one in intake.feeds_for(self.viewer, self.now):
            last.add_metric([one.name], one.last.timestamp())
            events.add_metric([one.name], one.events)
            quarantined.add_metric([one.name], one.quarantined)
        yield from (last, events, quarantined)


def _gauge(name: str, help_: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tutela_{name}", help_, labels=[label])


def exposition(viewer: Viewer, now: datetime) -> bytes:
    """The metrics as text."""
    registry = CollectorRegistry()
    registry.register(House(viewer, now))
    return generate_latest(registry)
