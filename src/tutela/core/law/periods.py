"""The arithmetic of time limits: eight small functions, each with the text of law that it follows.

All moments are aware; a *zone* says where a day begins and ends, a *country* whose public holidays count (ISO 3166-1).
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import holidays

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_LAST: Final = time(23, 59, 59)
_NOON: Final = time(12)


@lru_cache(maxsize=256)
def countries() -> frozenset[str]:
    """The countries whose public holidays are known."""
    return frozenset(holidays.list_supported_countries())


@lru_cache(maxsize=256)
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, language="en_US")


def elapsed(start: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """After so much time, counted without a break: a change of daylight saving neither lengthens nor shortens it.

    Regulation (EEC, Euratom) 1182/71, Article 3(4): what is expressed in hours ends where it ends, on a holiday too.
    """
    return (start.astimezone(UTC) + length).astimezone(zone)


def same_time_later(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time of day so many calendar days later; where a spring night has not that hour, as much later."""
    later = start.astimezone(zone).replace(fold=0) + days * _DAY
    return later.astimezone(UTC).astimezone(zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day (Regulation 1182/71, Article 3(2)(b): "the last hour of the last day")."""
    return datetime.combine(day, _LAST, zone)


def months_later(day: date, months: int) -> date:
    """The day of the same number, or the last of a shorter month (Regulation 1182/71, Article 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def holiday(day: date, country: str) -> str:
    """The name of the public holiday; empty where it is none."""
    return str(_holidays(country).get(day, ""))


def is_working_day(day: date, country: str) -> bool:
    """No Saturday, no Sunday, no public holiday of the country (Regulation 1182/71, Article 2)."""
    return day.weekday() < _SATURDAY and day not in _holidays(country)


def working_day_from(day: date, country: str) -> date:
    """The day itself where it is a working day, otherwise the next one (Regulation 1182/71, Article 3(4))."""
    while not is_working_day(day, country):
        day += _DAY
    return day


def with_two_working_days(first: date, last: date, country: str) -> date:
    """The last day, later where the period has not two working days in it (Regulation 1182/71, Article 3(5)).

    ``first``: the day after that of the event, which is not counted (Article 3(1)).
    """
    days = min((last - first).days + 1, 14)  # in fourteen days there are always two
    working = sum(is_working_day(first + number * _DAY, country) for number in range(days))
    while working < 2:  # noqa: PLR2004 - the two of the name
        last = working_day_from(last + _DAY, country)
        working += 1
    return last


def business_days_later(day: date, number: int, country: str) -> date:
    """The last of so many business days after a day that is day 0 (as of Form 8-K, General Instruction B.1)."""
    for _ in range(number):
        day = working_day_from(day + _DAY, country)
    return day


def noon_of_next_working_day(moment: datetime, zone: ZoneInfo, country: str) -> datetime | None:
    """What a limit on a day that is no working day may be met by (Delegated Regulation (EU) 2025/301, Article 5(4)).

    None where the limit falls on a working day.
    """
    day = moment.astimezone(zone).date()
    following = working_day_from(day, country)
    return None if following == day else datetime.combine(following, _NOON, zone)
