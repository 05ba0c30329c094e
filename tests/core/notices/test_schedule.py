"""When what waits goes out: by the clock of a zone, in summer as in winter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.notices.rules import DAYS, Digest
from tutela.core.notices.schedule import due

LUXEMBOURG = Digest(zone="Europe/Luxembourg", hour=8, weekday="monday")


@pytest.mark.parametrize(
    ("schedule", "since", "wanted"),
    [
        ("at-once", "2026-03-01T23:59:59+00:00", "2026-03-01T23:59:59+00:00"),
        ("daily", "2026-01-15T06:59:00+00:00", "2026-01-15T07:00:00+00:00"),
        ("daily", "2026-01-15T07:00:00+00:00", "2026-01-15T07:00:00+00:00"),
        ("daily", "2026-01-15T07:00:01+00:00", "2026-01-16T07:00:00+00:00"),
        ("daily", "2026-03-28T12:00:00+00:00", "2026-03-29T06:00:00+00:00"),  # the clocks go forward that night
        ("daily", "2026-10-24T12:00:00+00:00", "2026-10-25T07:00:00+00:00"),  # and back
        ("weekly", "2026-11-23T06:00:00+00:00", "2026-11-23T07:00:00+00:00"),  # a Monday
        ("weekly", "2026-11-23T08:00:00+00:00", "2026-11-30T07:00:00+00:00"),
        ("weekly", "2026-02-28T08:00:00+00:00", "2026-03-02T07:00:00+00:00"),
    ],
)
def test_it_goes_out_with_the_next_digest(schedule: str, since: str, wanted: str) -> None:
    assert due(schedule, datetime.fromisoformat(since), LUXEMBOURG) == datetime.fromisoformat(wanted)


@given(
    st.integers(946_684_800, 3_786_912_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.sampled_from(["UTC", "Europe/Luxembourg", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia"]),
    st.integers(0, 23),
    st.sampled_from(DAYS),
)
def test_it_is_never_before_and_never_longer_than_a_turn(since: datetime, zone: str, hour: int, day: str) -> None:
    digest = Digest(zone=zone, hour=hour, weekday=day)
    skipped = timedelta(days=2)  # a day that a zone left out of its calendar, or an hour
    for schedule, turn in (("daily", timedelta(days=1)), ("weekly", timedelta(days=7))):
        moment = due(schedule, since, digest)
        assert since <= moment <= since + turn + skipped
        assert due(schedule, moment, digest) == moment, "what waits since then goes out then"
        if schedule == "weekly":
            assert moment.astimezone(ZoneInfo(zone)).weekday() in {DAYS.index(day), (DAYS.index(day) + 1) % 7}
