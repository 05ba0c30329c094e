"""What people state: which facts and moments can be, and how what they write is read as a value of its type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tutela.core.errors import WrongUse
from tutela.core.law.case import fault_of_event
from tutela.core.law.facts import Type
from tutela.core.law.instrument import OF_A_STAGE, Event
from tutela.core.law.periods import countries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.core.law.condition import Fact
    from tutela.core.law.facts import Declaration
    from tutela.core.law.library import Library

ORGANISATION: Final = "org."
INCIDENT: Final = "inc."
MOMENT: Final = "event."
COUNTRY: Final = "country"
TIMEZONE: Final = "timezone"
PLACE: Final = (COUNTRY, TIMEZONE)
"""Where limits are counted: no fact of a law, but stated as one."""

UNKNOWN: Final = "unknown"
"""What is written to say that nobody knows it (any more)."""

_LONGEST: Final = 2_000
_WORDS: Final = {"yes": True, "true": True, "no": False, "false": False}
_DIGITS: Final = "Write digits alone, as 1200 or 0.5."

MOMENTS: Final = tuple(f"{MOMENT}{event}" for event in Event if event not in OF_A_STAGE)
"""The moments of an incident that can be stated, in the order of its course."""


def is_of_a_stage(name: str) -> bool:
    """Whether it is a moment of a report (``event.submitted.…``), which is told with the report itself."""
    return name.startswith(MOMENT) and name.removeprefix(MOMENT).partition(".")[0] in OF_A_STAGE


def statable(library: Library, space: str) -> Iterator[Declaration]:
    """The facts of ``org.`` or ``inc.`` that people can state; those that events tell are not among them."""
    for name, fact in library.facts.items():
        if name.startswith(space) and fact.from_events is None:
            yield fact


def read(library: Library, name: str, text: str) -> Fact | None:
    """What a person wrote, as a value of the fact's type; None for ``unknown``. Raises WrongUse.

    Moments become ISO 8601 in UTC, and are in UTC where they say no offset; numbers have no separators.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise WrongUse(f"is longer than {_LONGEST:,} characters.", where=name[:100], remedy="Write it shorter.")
    if name.startswith(MOMENT):
        return _moment(library, name, text)
    if name in PLACE:
        return _place(name, text)
    declared = library.facts.get(name)
    if declared is None:
        raise WrongUse("there is no such fact.", where=name[:100], remedy="`tutela law facts` lists them.")
    if text == UNKNOWN:
        return None
    return _value(declared, text)


def _value(declared: Declaration, text: str) -> Fact:
    given: object = text
    if declared.type is Type.YES_NO:
        given = _WORDS.get(text.casefold(), text)
    elif declared.type in {Type.INTEGER, Type.NUMBER}:
        given = _number(declared.name, text)
    try:
        return declared.read(given)
    except ValueError as error:
        raise WrongUse(f"{error}.", where=declared.name, remedy=f"{declared.question['en']} Or: {UNKNOWN}.") from error


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise WrongUse(f"{text[:80]!r} is no number.", where=name, remedy=_DIGITS) from error
    if not abs(value) < float("inf"):
        raise WrongUse(f"{text[:80]!r} is no number that can be meant.", where=name, remedy=_DIGITS)
    return value


def _moment(library: Library, name: str, text: str) -> str | None:
    event = name.removeprefix(MOMENT)
    wrong = fault_of_event(event, library)
    if wrong:
        raise WrongUse(wrong[0], where=name[:100], remedy=wrong[1])
    if text == UNKNOWN:
        return None
    try:
        value = datetime.fromisoformat(text)
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongUse("is no moment.", where=name, remedy="Write it as 2026-03-01 14:05, in UTC.") from error
    if not 1990 <= value.year <= 2200:  # noqa: PLR2004 - as in a case
        raise WrongUse(f"the year {value.year} cannot be meant.", where=name, remedy="Look at the date.")
    return value.isoformat()


def _place(name: str, text: str) -> str | None:
    if text == UNKNOWN:
        return None
    if name == COUNTRY:
        if text not in countries():
            remedy = "Write LU, DE, CN …"
            raise WrongUse("is no country whose holidays are known.", where=name, remedy=remedy)
        return text
    try:
        return ZoneInfo(text or "/").key
    except (ValueError, OSError, KeyError) as error:
        remedy = "Write a name such as Europe/Luxembourg."
        raise WrongUse("is no time zone.", where=name, remedy=remedy) from error
