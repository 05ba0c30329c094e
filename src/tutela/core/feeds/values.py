"""The small grammar of feed definitions: where a value comes from (Value), how it is changed (Step), when (Condition).

::

    Value      "column"                                   the text of a source column
               {from: column, steps: [...], when: Condition, default: literal}
               {from: [a, b], template: "http://{a}{b}"}  absent where one of the columns named in the template is
               {const: literal, when: Condition}
               [Value, Value]                             the first that gives a value
    Step       lower                                      a converter by name
               {split: ["/", 0]}                          a converter and its argument
    Condition  {column: a, equals: x} | {column: a, in: [x, y]} | {column: a, matches: regex} | {column: a, empty: true}
               {column: a, same_as: b} | {column: a, at_least: 4}
               {all: [Condition]} | {any: [Condition]} | {not: Condition}

A column that a report does not have is a column without values. "", "-" and "N/A" are no values.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

Literal = bool | int | float | str

_FROZEN = ConfigDict(
    frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
)


class Step(BaseModel):
    """One converter in the way of a value: its name, and its argument if it takes one."""

    model_config = _FROZEN

    name: str = Field(description="The name of a converter.")
    argument: JsonValue = Field(default=None, description="What the converter is told; its table says which shape.")

    @model_validator(mode="before")
    @classmethod
    def _written(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"name": data}
        if isinstance(data, Mapping) and len(data) == 1 and "name" not in data:
            ((name, argument),) = data.items()
            return {"name": name, "argument": argument}
        return data

    def written(self) -> JsonValue:
        """The step as it stands in a file."""
        return self.name if self.argument is None else {self.name: self.argument}


class Condition(BaseModel):
    """A question about the source columns of one row, answered yes or no (never unknown)."""

    model_config = _FROZEN

    column: str | None = Field(default=None, description="The source column that is asked about.")
    equals: Literal | None = Field(default=None, description="Its text is exactly this.")
    among: tuple[Literal, ...] | None = Field(default=None, alias="in", description="Its text is one of these.")
    matches: str | None = Field(
        default=None, description="A regular expression (Rust syntax, no look-around) is found in its text."
    )
    empty: bool | None = Field(default=None, description="It has no value (true), or has one (false).")
    same_as: str | None = Field(default=None, description="Its text is that of another column.")
    at_least: float | str | None = Field(
        default=None, description="Its number is this or more; a name means the number in that column."
    )
    every: tuple[Condition, ...] | None = Field(default=None, alias="all", description="All of these hold.")
    some: tuple[Condition, ...] | None = Field(default=None, alias="any", description="At least one of these holds.")
    negated: Condition | None = Field(default=None, alias="not", description="This does not hold.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        tests = [
            value is not None
            for value in (self.equals, self.among, self.matches, self.empty, self.same_as, self.at_least)
        ]
        groups = [value is not None for value in (self.every, self.some, self.negated)]
        if self.column is None:
            if sum(groups) != 1 or any(tests):
                raise ValueError(
                    "a condition is one of: column with equals, in, matches, empty, same_as or at_least; all; any; not"
                )
        elif sum(tests) != 1 or any(groups):
            raise ValueError("a condition on a column has exactly one of equals, in, matches, empty, same_as, at_least")
        return self

    def columns(self) -> Iterator[str]:
        """The source columns it asks about."""
        if self.column is not None:
            yield self.column
        if self.same_as is not None:
            yield self.same_as
        if isinstance(self.at_least, str):
            yield self.at_least
        for inner in (*(self.every or ()), *(self.some or ()), *((self.negated,) if self.negated else ())):
            yield from inner.columns()


class Value(BaseModel):
    """Where a value comes from: source columns, a template over them, a constant, or the first of several values."""

    model_config = _FROZEN

    source: tuple[str, ...] = Field(
        default=(), alias="from", description="The source column, or those of the template."
    )
    template: str | None = Field(
        default=None, description="Text with {column} for each column of `from`; {{ and }} are braces."
    )
    const: JsonValue = Field(default=None, description="A literal value.")
    steps: tuple[Step, ...] = Field(default=(), max_length=100, description="Converters, applied in this order.")
    when: Condition | None = Field(default=None, description="Only rows where this holds get the value.")
    default: JsonValue = Field(default=None, description="The value of rows where nothing came out.")
    first: tuple[Value, ...] = Field(
        default=(), description="Alternatives: the first that gives a value; written as a list."
    )

    @model_validator(mode="before")
    @classmethod
    def _written(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"from": (data,)}
        if isinstance(data, (list, tuple)):
            return {"first": tuple(data)}
        if isinstance(data, Mapping) and isinstance(data.get("from"), str):
            return {**data, "from": (data["from"],)}
        return data

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum((bool(self.source), self.const is not None, bool(self.first))) != 1:
            raise ValueError("a value has exactly one of: from, const, a list of alternatives")
        if self.template is None:
            if len(self.source) > 1:
                raise ValueError("several columns need a template, or a list of values if the first present is meant")
            return self
        unknown = set(template_columns(self.template)) ^ set(self.source)
        if unknown:
            raise ValueError(
                f"template and from must name the same columns; only one of them has {', '.join(sorted(unknown))}"
            )
        return self

    def columns(self) -> Iterator[str]:
        """The source columns whose text may go into the value (those of conditions apart)."""
        yield from self.source
        for value in self.first:
            yield from value.columns()

    def walk(self) -> Iterator[Value]:
        """The value and all values inside it."""
        yield self
        for value in self.first:
            yield from value.walk()

    def written(self) -> JsonValue:
        """The value as it stands in a file, in the shortest spelling."""
        if self.first and not self.steps and self.when is None and self.default is None:
            return [value.written() for value in self.first]
        out: dict[str, JsonValue] = {}
        if self.first:
            out["first"] = [value.written() for value in self.first]
        if self.source:
            out["from"] = self.source[0] if self.template is None else list(self.source)
        literals = (("template", self.template), ("const", self.const), ("default", self.default))
        out |= {key: item for key, item in literals if item is not None}
        if self.steps:
            out["steps"] = [step.written() for step in self.steps]
        if self.when is not None:
            out["when"] = self.when.model_dump(mode="json", exclude_none=True, by_alias=True)
        return self.source[0] if list(out) == ["from"] and self.template is None else out


def template_columns(template: str) -> list[str]:
    """The columns that a template names, in order; ValueError where its braces do not fit."""
    return [name for _text, name, _format, _conversion in string.Formatter().parse(template) if name is not None]
