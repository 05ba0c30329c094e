"""Clocks: from an event, a period and a rule of time to the moment until which something is due, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, assert_never
from zoneinfo import ZoneInfo

from tutela.core.law import periods
from tutela.core.law.instrument import Event, Limit, Name, Part, Period, Sourced, Text, Texts, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutela.core.law.instrument import Calendar

_COURSE: Final = (Event.OCCURRED, Event.DISCOVERED, Event.AWARE, Event.DETERMINED)
_UTC: Final = ZoneInfo("UTC")
_LENGTH: Final = {Unit.MINUTE: timedelta(minutes=1), Unit.HOUR: timedelta(hours=1)}


class Relief(Part):
    """A limit on a weekend day or public holiday may be met by noon of the next working day, but for some."""

    except_stages: tuple[Name, ...]
    except_when: Text


class TimeRule(Sourced):
    """How periods are counted: ``plain``, or ``rolling`` over days that are no working days."""

    id: Name
    title: Texts
    text: Text
    arithmetic: Literal["plain", "rolling"]
    relief: Relief | None = None


class TimeRules(Part):
    """All rules of time."""

    rules: tuple[TimeRule, ...]


Step = tuple[object, ...]
"""A step of counting: a sentence with gaps, and what fills them; told only where somebody asks."""


def in_words(step: Step) -> str:
    """A step in words."""
    sentence, *parts = step
    return str(sentence).format(*(_told(part) if isinstance(part, datetime) else part for part in parts))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a limit is counted: whose holidays, and whose days. None: nobody has said it yet."""

    country: str | None
    zone: ZoneInfo | None

    def of(self, calendar: Calendar | None) -> Place:
        """The place of the instrument, where it has one of its own."""
        return self if calendar is None else Place(calendar.country, ZoneInfo(calendar.timezone))


@dataclass(slots=True)
class Answer:
    """Until when (None: not known yet), what it waits for, what must be said first, and how it was counted."""

    due: datetime | None = None
    waits_for: str | None = None
    missing: tuple[str, ...] = ()
    relief: datetime | None = None
    steps: list[Step] = field(default_factory=list)


class Counting(NamedTuple):
    """What a limit is counted with."""

    rule: TimeRule
    place: Place
    events: Mapping[str, tuple[datetime, ...]]
    regime: str


def key(regime: str, limit: Limit) -> str:
    """The name of the event of a limit: ``aware``, or ``submitted.REGIME.STAGE``."""
    assert limit.from_ is not None  # noqa: S101 - a limit that is counted has one
    return f"{limit.from_}.{regime}.{limit.of}" if limit.of else str(limit.from_)


def happened(events: Mapping[str, tuple[datetime, ...]], name: str) -> datetime | None:
    """The last time that it happened; ``submitted.STAGE`` without a regime stands for every regime."""
    kind, _, rest = name.partition(".")
    found = events.get(name) or (events.get(f"{kind}.{rest.rpartition('.')[2]}") if rest else None)
    return max(found) if found else None


def earliest(limits: tuple[Limit, ...], counting: Counting) -> Answer:
    """The earliest of several limits; one whose event has not happened can only make it earlier, and is told.

    Where an event is not given though a later one of the same course is (determined, yet not aware), it has happened
    and only its time is unknown: then there is no answer before it is given.
    """
    answers: list[Answer] = []
    waiting: list[str] = []
    for limit in limits:
        name = key(counting.regime, limit)
        start = happened(counting.events, name)
        if start is not None:
            answers.append(_count(limit, name, start, counting))
            continue
        if _passed(limit.from_, counting.events):
            return Answer(waits_for=name, steps=[("{}: it must have happened, for what follows it has", name)])
        waiting.append(f"{name} + {limit.within}")
    open_ = next((answer for answer in answers if answer.due is None), None)
    if open_ or not answers:
        return open_ or Answer(waits_for=key(counting.regime, limits[0]), steps=[("runs from {}", waiting[0])])
    first = min(answers, key=lambda answer: answer.due or datetime.max.replace(tzinfo=UTC))
    if len(limits) > 1:
        first.steps = [step for answer in answers for step in answer.steps] + [("the earliest: {}", first.due)]
        first.steps += [("earlier still, if {} comes first", name) for name in waiting]
    return first


def _passed(event: Event | None, events: Mapping[str, tuple[datetime, ...]]) -> bool:
    if event not in _COURSE:
        return False
    return any(str(later) in events for later in _COURSE[_COURSE.index(event) + 1 :])


def _count(limit: Limit, name: str, start: datetime, counting: Counting) -> Answer:
    period, place = limit.within, counting.place
    assert period is not None  # noqa: S101 - as in `key`
    missing = _unknown(period, counting)
    if missing:
        return Answer(
            missing=missing,
            steps=[("{} from {} cannot be counted before {} is known", period, name, " and ".join(missing))],
        )
    zone = place.zone or _UTC
    start = start.astimezone(zone)
    steps: list[Step] = [("{}: {}", name, start)]
    match limit.beginning:
        case None:
            pass
        case "end of calendar year":
            start = periods.end_of_day(start.date().replace(month=12, day=31), zone)
            steps.append(("{}: {}", limit.beginning, start))
        case _:  # another way to begin must say here how it is counted
            assert_never(limit.beginning)
    due = _end(start, period, counting, steps)
    return _relieved(due, counting, steps)


def _unknown(period: Period, counting: Counting) -> tuple[str, ...]:
    """What must be known of the place before a period in days or months can be counted."""
    place = counting.place
    by_the_clock = period.unit in _LENGTH
    zone = () if place.zone or by_the_clock else ("timezone",)
    needs_holidays = period.unit is Unit.BUSINESS_DAY or (counting.rule.arithmetic == "rolling" and not by_the_clock)
    country = () if place.country or not needs_holidays else ("country",)
    return zone + country


def _end(start: datetime, period: Period, counting: Counting, steps: list[Step]) -> datetime:
    zone, country, number = counting.place.zone or _UTC, counting.place.country or "", period.number
    if period.unit in _LENGTH:
        due = periods.elapsed(start, number * _LENGTH[period.unit], zone)
        steps.append(("+ {}, counted without a break: {}", period, due))
        return due
    if period.unit is Unit.BUSINESS_DAY:
        due = periods.end_of_day(periods.business_days_later(start.date(), number, country), zone)
        steps.append(("+ {} of {}, the day itself not counted: {}", period, country, due))
        return due
    if period.unit is Unit.DAY and counting.rule.arithmetic == "plain":
        due = periods.same_time_later(start, number, zone)
        steps.append(("+ {}, at the same time of day: {}", period, due))
        return due
    months = period.unit is Unit.MONTH
    last = periods.months_later(start.date(), number) if months else start.date() + timedelta(days=number)
    steps.append(("+ {}, the day itself not counted: end of {:%A %Y-%m-%d}", period, last))
    if counting.rule.arithmetic == "rolling" and counting.rule.relief is None:
        last = _rolled(start, last, counting, steps)
    return periods.end_of_day(last, zone)


def _rolled(start: datetime, last: date, counting: Counting, steps: list[Step]) -> date:
    country = counting.place.country or ""
    rolled = periods.working_day_from(last, country)
    if rolled != last:
        why = periods.holiday(last, country) or f"{last:%A}"
        steps.append(("{} is no working day ({}): end of {:%A %Y-%m-%d}", last, why, rolled))
    longer = periods.with_two_working_days(start.date() + timedelta(days=1), rolled, country)
    if longer != rolled and (last - start.date()).days > 1:
        steps.append(("with two working days in it: end of {:%A %Y-%m-%d}", longer))
        return longer
    return rolled


def _relieved(due: datetime, counting: Counting, steps: list[Step]) -> Answer:
    relief = None
    if counting.rule.relief is not None:
        zone, country = counting.place.zone, counting.place.country
        if zone is None or country is None:
            steps.append(("on a weekend or public holiday it may be later: country and time zone are not known",))
        else:
            relief = periods.noon_of_next_working_day(due, zone, country)
    return Answer(due, relief=relief, steps=steps)


def _told(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%A} {moment.isoformat(sep=' ', timespec='minutes')}"
