"""Facts of an incident: what can be stated, of which type each is, and how what a person writes is read.

Names are those by which laws ask (``inc.*``), and the moments from which their clocks run (``event.*``). A fact is
never changed: who knows better states it anew, and both stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from tutela.core.errors import WrongUse

LONGEST_TEXT: Final = 2_000
_MOST: Final = 10**15
_YES: Final = {"yes": True, "no": False}

Value = bool | int | float | str


class Type(StrEnum):
    """What a fact may be."""

    YES_NO = "yes-no"
    NUMBER = "number"
    TEXT = "text"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that can be stated of an incident. ``unit``: of a number."""

    name: str
    type: Type
    unit: str = ""


FACTS: Final = (
    Fact("event.occurred", Type.MOMENT),
    Fact("event.discovered", Type.MOMENT),
    Fact("event.aware", Type.MOMENT),
    Fact("event.determined", Type.MOMENT),
    Fact("event.measure_available", Type.MOMENT),
    Fact("event.handled", Type.MOMENT),
    Fact("event.paid", Type.MOMENT),
    Fact("inc.cause", Type.TEXT),
    Fact("inc.ongoing", Type.YES_NO),
    Fact("inc.suspected_malicious", Type.YES_NO),
    Fact("inc.personal_data_breach", Type.YES_NO),
    Fact("inc.ransom_paid", Type.YES_NO),
    Fact("inc.users", Type.NUMBER, "users"),
    Fact("inc.users_pct", Type.NUMBER, "%"),
    Fact("inc.persons", Type.NUMBER, "persons"),
    Fact("inc.unavailable_min", Type.NUMBER, "min"),
    Fact("inc.loss_eur", Type.NUMBER, "EUR"),
    Fact("inc.member_states", Type.NUMBER, "states"),
)
"""What can be stated, in the order in which it is asked."""

BY_NAME: Final = {fact.name: fact for fact in FACTS}


def read(name: str, text: str) -> Value:
    """What a person wrote, as a value of the fact's type; moments as ISO 8601 in UTC. Raises WrongUse."""
    fact = BY_NAME.get(name)
    if fact is None:
        raise WrongUse("there is no such fact.", where=name, remedy=f"There are: {', '.join(BY_NAME)}.")
    text = text.strip()
    if fact.type is Type.YES_NO:
        return _yes_or_no(fact, text)
    if fact.type is Type.NUMBER:
        return _number(fact, text)
    if fact.type is Type.MOMENT:
        return _moment(fact, text)
    if not text or len(text) > LONGEST_TEXT:
        raise WrongUse(f"is empty or longer than {LONGEST_TEXT:,} characters.", where=name, remedy="Write it shorter.")
    return text


def _yes_or_no(fact: Fact, text: str) -> bool:
    if text.casefold() not in _YES:
        raise WrongUse("is neither yes nor no.", where=fact.name, remedy="Write yes or no.")
    return _YES[text.casefold()]


def _number(fact: Fact, text: str) -> int | float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= _MOST:  # what is no number is not between two either
        raise WrongUse("is no number from 0 upwards.", where=fact.name, remedy="Write digits alone, as 1200 or 0.5.")
    return int(value) if value.is_integer() else value


def _moment(fact: Fact, text: str) -> str:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUse("is no moment.", where=fact.name, remedy="Write it as 2026-03-01 14:05, in UTC.") from error
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
