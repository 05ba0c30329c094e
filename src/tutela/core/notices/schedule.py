"""When a finding that waits to be told is told: from the moment since which it waits alone, so that nothing is kept."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tutela.core.notices.rules import AT_ONCE, DAYS, WEEKLY

if TYPE_CHECKING:
    from tutela.core.notices.rules import Digest


def due(schedule: str, since: datetime, digest: Digest) -> datetime:
    """The moment (UTC) from which what waits since ``since`` goes out: then, or with the first digest after it.

    The hour is that of the zone's clock, in summer as in winter (RFC 5545 calls this a floating time in a zone).
    """
    if schedule == AT_ONCE:
        return since
    zone = ZoneInfo(digest.zone)
    day = since.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, time(digest.hour), zone).astimezone(UTC)
        if moment >= since and (schedule != WEEKLY or day.weekday() == DAYS.index(digest.weekday)):
            return moment
        day += timedelta(days=1)
