"""Decision tables: plain rows from which a fact is derived, or an outcome is read.

``highest``: rows stand from the gravest down; the first that holds says that the result is at least that.
``count``: the result is how many rows hold.
``unique``: every combination of the inputs stands in exactly one row.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field

from tutela.core.law.condition import Condition, Known, parse
from tutela.core.law.instrument import Identifier, Name, Part, Rule, Sourced, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Input = bool | str


class Grade(Rule):
    """A row of a derived fact: when it holds, and what it makes of the fact."""

    result: str | None = None


class Derivation(Part):
    """A table from which a fact is derived."""

    id: Identifier
    title: Texts
    result: str = Field(pattern=r"^inc\.[a-z0-9_]+$", description="The fact that is derived.")
    policy: Literal["highest", "count"]
    enough: int | None = Field(default=None, description="Of count: more of them change no answer.")
    rows: tuple[Grade, ...] = Field(min_length=1)
    note: Text | None = None


class Outcome(Part):
    """What a row of a unique table leads to; ``days``: until it must be done."""

    en: Text
    zh_hans: Annotated[Text, Field(alias="zh-hans")]
    days: int | None = None


class Combination(Part):
    """A row of a unique table: a value for each input, and the outcome."""

    model_config = ConfigDict(frozen=True, extra="allow")
    result: Name

    def values(self) -> dict[str, Any]:
        """The inputs of this row."""
        return dict(self.model_extra or {})


class DecisionTable(Sourced):
    """A table that gives an outcome for every combination of its inputs."""

    id: Identifier
    title: Texts
    result: Literal["outcome"]
    policy: Literal["unique"]
    inputs: dict[Name, tuple[Input, ...]]
    rows: tuple[Combination, ...]
    outcomes: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], Outcome]
    supersedes: tuple[Text, ...] = ()
    milestones: tuple[Text, ...] = ()

    def decide(self, given: Mapping[str, Input]) -> str | None:
        """The outcome of these inputs; None where one of them is missing and the outcome hangs on it."""
        fitting = {row.result for row in self.rows if all(row.values().get(name) == v for name, v in given.items())}
        return fitting.pop() if len(fitting) == 1 else None

    def faults(self) -> Iterator[str]:
        """Combinations without a row, or with several; rows and outcomes that do not fit each other."""
        for row in self.rows:
            if row.result not in self.outcomes:
                yield f"the outcome {row.result} is not told"
            wrong = row.values().keys() ^ self.inputs.keys()
            if wrong:
                yield f"a row has not exactly the inputs of the table: {', '.join(sorted(wrong))}"
        for values in itertools.product(*self.inputs.values()):
            given = dict(zip(self.inputs, values, strict=True))
            rows = sum(row.values() == given for row in self.rows)
            if rows != 1:
                told = ", ".join(f"{name}={value}" for name, value in given.items())
                yield f"{rows} rows for {told}; there must be one"


@dataclass(frozen=True, slots=True)
class Derived:
    """What a table makes of the facts of a case: the value, by which row, and whether what was stated fits it.

    ``open``: the values of which one is right, where not all facts are known that decide between them.
    """

    fact: str
    value: str | int | None
    because: tuple[str, ...]
    contradicted: bool = False
    open: tuple[str | int, ...] = ()


def compiled(table: Derivation) -> tuple[Condition, ...]:
    """The conditions of its rows; raises ConditionError."""
    return tuple(parse(row.when) for row in table.rows)


def derive(table: Derivation, conditions: tuple[Condition, ...], known: Known) -> Derived | None:
    """The fact that a table gives for a case; None where it says nothing yet."""
    values = [condition.holds(known).value for condition in conditions]
    stated = known.facts.get(table.result)
    return _highest(table, values, stated) if table.policy == "highest" else _counted(table, values, stated)


def _highest(table: Derivation, values: list[bool | None], stated: object) -> Derived | None:
    found = next((number for number, value in enumerate(values) if value), None)
    if found is None:
        return None
    row = table.rows[found]
    graver = {row.result for row in table.rows[: found + 1]}
    because = (f"{row.citation}: {row.text}",)
    unknown = (one.result for one, value in zip(table.rows[:found], values, strict=False) if value is None)
    possible = tuple(one for one in dict.fromkeys((*unknown, row.result)) if one is not None)
    if stated is None and len(possible) > 1:  # it is at least that; whether it is graver, other facts say
        return Derived(fact=table.result, value=None, because=because, open=possible)
    if stated is None or stated in graver:
        return Derived(fact=table.result, value=row.result, because=because)
    return Derived(fact=table.result, value=None, because=because, contradicted=True)


def _counted(table: Derivation, values: list[bool | None], stated: object) -> Derived | None:
    holding = [row for row, value in zip(table.rows, values, strict=True) if value]
    least, most = len(holding), len(holding) + values.count(None)
    because = tuple(f"{row.citation}: {row.text}" for row in holding) or ("none of its rows holds",)
    if stated is not None:
        wrong = not isinstance(stated, int | float) or not least <= stated <= most
        if wrong:
            return Derived(fact=table.result, value=None, because=because, contradicted=True)
        return None
    enough = table.enough if table.enough is not None else len(values) + 1
    if least == most or least >= enough or most < enough:
        return Derived(fact=table.result, value=least, because=because)
    return None
