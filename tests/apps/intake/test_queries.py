"""How a feed does: its rhythm, told from the reports that came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tutela.apps.intake.models import Load, Report
from tutela.apps.intake.queries import ReportFilter, feeds_for, reports_like
from tutela.core.actor import SYSTEM, Viewer

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
AUTHORITY = Viewer(SYSTEM)


def came(feed: str, *days_ago: float, **more: object) -> None:
    load = Load.objects.create(snapshot="0" * 64, created=NOW, actor="system:tutela")
    for position, days in enumerate(days_ago):
        values = {"state": "settled", "whole": True, "events": 10} | more
        Report.objects.create(
            content=f"{feed}{days}".encode().hex().ljust(64, "0")[:64],
            size=1,
            file_name=f"{feed}-{days}.csv",
            feed=feed,
            definition="{}",
            received=NOW - timedelta(days=days),
            load=load,
            position=position,
            **values,
        )


@pytest.mark.parametrize(
    ("days", "rhythm"),
    [
        ((0.5, 1.5, 2.5), "on-time"),
        ((2.5, 3.5, 4.5), "late"),
        ((6, 7, 8), "silent"),
        ((20, 21), "unknown"),
        ((20,), "unknown"),
    ],
)
def test_a_feed_is_late_or_silent_by_its_own_rhythm(days, rhythm) -> None:
    came("scans", *days)
    assert [one.rhythm for one in feeds_for(AUTHORITY, NOW)] == [rhythm]


def test_troubles_are_counted_and_found() -> None:
    came("scans", 1, 2)
    came("lists", 1, quarantined=3, whole=False)
    came("lists", 2, state="failed", whole=False)
    lists, scans = feeds_for(AUTHORITY, NOW)
    assert (lists.quarantined, lists.not_whole, scans.quarantined, scans.not_whole) == (3, 2, 0, 0)
    found = {trouble: reports_like(AUTHORITY, ReportFilter("lists", trouble)).count() for trouble in ("", "failed")}
    assert found == {"": 2, "failed": 1}
    assert reports_like(AUTHORITY, ReportFilter(trouble="quarantined")).count() == 1
    assert reports_like(AUTHORITY, ReportFilter(name="SCANS-1")).count() == 1


def test_only_the_authority_sees_what_came_in() -> None:
    came("scans", 1)
    bank = Viewer(SYSTEM, ("bank",))
    assert feeds_for(bank, NOW) == []
    assert not reports_like(bank, ReportFilter()).exists()
