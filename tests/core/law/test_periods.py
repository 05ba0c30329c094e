"""The arithmetic of time, each case worked out by hand from the text of the rule and a calendar on paper."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.law import periods

LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
NEW_YORK = ZoneInfo("America/New_York")


def at(text: str, zone: ZoneInfo = LUXEMBOURG) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-12-18 22:30", 24, "2026-12-19 22:30"),  # Friday night: Saturday counts
        ("2026-12-24 23:00", 72, "2026-12-27 23:00"),  # over Christmas: holidays count
        ("2027-03-27 22:00", 24, "2027-03-28 23:00"),  # 28 March has 23 hours: one hour later by the wall clock
        ("2026-10-24 22:00", 24, "2026-10-25 21:00"),  # 25 October has 25 hours
    ],
)
def test_hours_are_counted_without_a_break(start: str, hours: int, end: str) -> None:
    assert periods.elapsed(at(start), timedelta(hours=hours), LUXEMBOURG) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-12-18 22:30", 30, "2027-01-17 22:30"),  # 13 days to 31 December, 17 in January
        ("2027-03-27 12:00", 1, "2027-03-28 12:00"),  # the change to summer time does not move noon
        ("2027-03-27 02:30", 1, "2027-03-28 03:30"),  # 02:30 does not exist on 28 March
        ("2028-02-28 10:00", 1, "2028-02-29 10:00"),  # 2028 is a leap year
    ],
)
def test_days_at_the_same_time(start: str, days: int, end: str) -> None:
    assert periods.same_time_later(at(start), days, LUXEMBOURG) == at(end)


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        ("2027-01-31", 1, "2027-02-28"),  # no 31st in February
        ("2028-01-31", 1, "2028-02-29"),  # a leap year
        ("2026-12-18", 1, "2027-01-18"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-02-28", 1, "2027-03-28"),  # the same number, not the last of the month
    ],
)
def test_months(day: str, months: int, end: str) -> None:
    assert periods.months_later(date.fromisoformat(day), months) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("day", "country", "end"),
    [
        ("2027-01-23", "LU", "2027-01-25"),  # Saturday to Monday
        ("2026-12-25", "LU", "2026-12-28"),  # Friday is Christmas, Saturday St Stephen's and weekend
        ("2027-03-26", "LU", "2027-03-26"),  # Good Friday is no public holiday in Luxembourg
        ("2027-03-26", "DE", "2027-03-30"),  # in Germany it is; the 29th is Easter Monday
        ("2026-06-23", "LU", "2026-06-24"),  # the national day, a Tuesday
    ],
)
def test_rolls_to_a_working_day(day: str, country: str, end: str) -> None:
    assert periods.working_day_from(date.fromisoformat(day), country) == date.fromisoformat(end)


def test_two_working_days() -> None:
    """A period of two days from Friday 18 December 2026: Saturday, Sunday; so it ends with Tuesday's last hour."""
    first, last = date(2026, 12, 19), date(2026, 12, 20)
    assert periods.with_two_working_days(first, last, "LU") == date(2026, 12, 22)
    assert periods.with_two_working_days(date(2026, 12, 15), date(2026, 12, 16), "LU") == date(2026, 12, 16)


@pytest.mark.parametrize(
    ("day", "number", "country", "end"),
    [
        ("2026-12-18", 4, "US", "2026-12-24"),  # Friday; Monday to Thursday: 21, 22, 23, 24
        ("2026-12-23", 4, "US", "2026-12-30"),  # Thursday 24, Monday 28, 29, 30; the 25th is Christmas
        ("2026-11-24", 4, "US", "2026-12-01"),  # Thanksgiving is Thursday the 26th: 25, 27, 30, 1
        ("2027-02-05", 3, "BR", "2027-02-10"),  # carnival is no national holiday by law: 8, 9, 10
        (
            "2026-09-30",
            3,
            "CN",
            "2026-10-12",
        ),  # Golden Week, 1 to 7 October; so 8, 9, 12; a weekend day that is worked is not counted
        ("2026-03-17", 3, "TR", "2026-03-23"),  # Tuesday; 18, 19; the end of Ramadan is the 20th to the 22nd; 23
    ],
)
def test_business_days(day: str, number: int, country: str, end: str) -> None:
    assert periods.business_days_later(date.fromisoformat(day), number, country) == date.fromisoformat(end)


def test_noon_of_the_next_working_day() -> None:
    saturday = at("2026-12-19 08:30")
    assert periods.noon_of_next_working_day(saturday, LUXEMBOURG, "LU") == at("2026-12-21 12:00")
    assert periods.noon_of_next_working_day(at("2026-12-25 09:00"), LUXEMBOURG, "LU") == at("2026-12-28 12:00")
    assert periods.noon_of_next_working_day(at("2026-12-21 08:30"), LUXEMBOURG, "LU") is None


moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001


@given(moments, moments, st.integers(1, 400), st.sampled_from([LUXEMBOURG, NEW_YORK]))
def test_later_events_never_end_earlier(one: datetime, other: datetime, number: int, zone: ZoneInfo) -> None:
    first, second = sorted((one, other))
    assert periods.elapsed(first, timedelta(hours=number), zone) <= periods.elapsed(
        second, timedelta(hours=number), zone
    )
    days = [moment.astimezone(zone).date() for moment in (first, second)]
    months = [periods.months_later(day, number % 24) for day in days]
    assert months[0] <= months[1]
    rolled = [periods.working_day_from(day, "LU") for day in days]
    assert rolled[0] <= rolled[1]
    assert all(day <= roll for day, roll in zip(days, rolled, strict=True))
