"""The book of facts: every fact that a law may ask for, its type and unit, and how it is asked."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, model_validator

from tutela.core.law.condition import Fact as Value  # noqa: TC001 - as in instrument.py
from tutela.core.law.instrument import Event, Part, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

FACT: Final = r"^(org|inc)\.[a-z][a-z0-9_]*$"
_MOST: Final = 10**15
LONGEST: Final = 500


class Type(StrEnum):
    """What a fact may be."""

    YES_NO = "yes-no"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"


class Between(Part):
    """A fact that the events tell: that one came more than so many hours after another."""

    event: Event
    after: Event
    more_than_hours: int = Field(ge=1)


class Declaration(Part):
    """One fact: its name, type and unit, and the words in which it is asked."""

    name: Annotated[str, Field(pattern=FACT)]
    type: Type
    unit: Text | None = Field(default=None, description="Of a number.")
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = Field(default=(), description="Of a choice.")
    question: Texts
    help: Texts
    from_events: Between | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        counted = self.type in {Type.INTEGER, Type.NUMBER}
        if counted != (self.unit is not None):
            raise ValueError("a number has a unit, and nothing else has one")
        if (self.type is Type.CHOICE) != bool(self.values):
            raise ValueError("a choice has values, and nothing else has them")
        return self

    def read(self, given: object) -> Value:
        """What was given as a value of this type; raises ValueError with what is wrong and what is wanted."""
        if self.type is Type.YES_NO:
            if isinstance(given, bool):
                return given
            raise ValueError(f"{_shown(given)} is neither true nor false")
        if self.type in {Type.CHOICE, Type.TEXT}:
            return self._word(given)
        return self._number(given)

    def _word(self, given: object) -> str:
        if not isinstance(given, str) or len(given) > LONGEST:
            raise ValueError(f"{_shown(given)} is no text of up to {LONGEST} characters")
        if self.type is Type.CHOICE and given not in self.values:
            none = " (or empty: none of them)" if "" in self.values else ""
            raise ValueError(f"{_shown(given)} is none of {', '.join(filter(None, self.values))}{none}")
        return given

    def _number(self, given: object) -> int | float:
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise ValueError(  # noqa: TRY004 - one kind of error for whoever tells it
                f"{_shown(given)} is no number; give it in {self.unit}, as digits alone"
            )
        lowest = 0 if self.minimum is None else self.minimum
        highest = _MOST if self.maximum is None else self.maximum
        if not lowest <= given <= highest:
            raise ValueError(f"{given} is not between {lowest:g} and {highest:g} {self.unit}")
        if self.type is Type.NUMBER:
            return float(given)
        if given != int(given):
            raise ValueError(f"{given} is no whole number of {self.unit}")
        return int(given)

    def samples(self) -> tuple[Value, ...]:
        """Some values of this type, with which a condition can be tried."""
        if self.type is Type.YES_NO:
            return (True, False)
        if self.type is Type.CHOICE:
            return self.values
        if self.type is Type.TEXT:
            return ("", "text")
        return (0, 1) if self.type is Type.INTEGER else (0.0, 1.0)


def _shown(given: object) -> str:
    return repr(given)[:80]


class Contradiction(Part):
    """Facts that cannot all be so; what is asked of who stated them."""

    when: Text
    question: Texts


class FactBook(Part):
    """All facts in the order in which they are told, and what cannot be so at once."""

    facts: tuple[Declaration, ...]
    contradictions: tuple[Contradiction, ...] = ()

    def by_name(self) -> Mapping[str, Declaration]:
        """The facts by their full names."""
        return {fact.name: fact for fact in self.facts}
