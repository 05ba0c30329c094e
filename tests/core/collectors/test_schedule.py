from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tutela.core.collectors.schedule import after_failures

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 2), (2, 4), (3, 8), (8, 256), (9, 360), (4_000_000_000, 360)])
def test_each_pause_is_twice_as_long_up_to_six_hours(failures: int, minutes: int) -> None:
    assert after_failures(failures, NOW) == NOW + timedelta(minutes=minutes)


def test_a_wish_is_heeded_for_a_day_at_the_most() -> None:
    assert after_failures(1, NOW, timedelta(hours=3)) == NOW + timedelta(hours=3)
    assert after_failures(1, NOW, timedelta(days=4000)) == NOW + timedelta(days=1)
    assert after_failures(1, NOW, timedelta(seconds=1)) == NOW + timedelta(minutes=2)
