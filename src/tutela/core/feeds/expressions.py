"""Values and conditions of a definition as Polars expressions over the columns that a report has."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.feeds.converters import CONVERTERS, Kind
from tutela.core.feeds.converters.arguments import as_text
from tutela.core.feeds.converters.numbers import quoted
from tutela.core.idf.json_text import canonical_text
from tutela.core.idf.types import is_present

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutela.core.feeds.values import Condition, Step, Value

NOTHING = pl.lit(None, dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Column:
    """A String expression made of source columns.

    ``is_json``: its text spells JSON; ``source``: the one column that it is, unchanged; ``origin``: the one that it
    came from, changed or not.
    """

    expression: pl.Expr
    is_json: bool = False
    source: str | None = None
    origin: str | None = None

    def text(self) -> pl.Expr:
        """The value itself: a JSON string without its quotation marks, all else as it is spelled."""
        return unquoted(self.expression) if self.is_json else self.expression

    def json(self) -> pl.Expr:
        """The value as JSON."""
        return self.expression if self.is_json else quoted(self.expression)

    def reads(self) -> frozenset[str]:
        """The columns that it is made of."""
        return frozenset(self.expression.meta.root_names())

    def given(self, takes: Kind) -> pl.Expr:
        """The value as a converter wants it."""
        if takes == Kind.TEXT:
            return self.text()
        return self.json() if takes == Kind.VALUE else self.expression


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a batch has, and those of them whose text is JSON."""

    names: frozenset[str]
    json: frozenset[str] = field(default=frozenset())

    def get(self, name: str) -> Column | None:
        """A column, or None where the batch has no such column."""
        return Column(pl.col(name), name in self.json, name, name) if name in self.names else None

    def text(self, name: str) -> pl.Expr:
        """The text of a column; null where the batch has no such column."""
        column = self.get(name)
        return NOTHING if column is None else column.text()


def unquoted(json: pl.Expr) -> pl.Expr:
    """JSON text as the value it spells, where that is a string; other JSON stays as it is; ``null`` is absent."""
    is_string = json.str.starts_with('"')
    plain = json.str.slice(1, (json.str.len_chars().cast(pl.Int64) - 2).clip(lower_bound=0))
    simple = is_string & json.str.contains("\\", literal=True).not_()
    escaped = is_string & json.str.contains("\\", literal=True)
    # The decoder reads all rows that it is given: the others are shown an empty object.
    wrapped = pl.when(escaped).then(pl.concat_str(pl.lit('{"v":'), json, pl.lit("}"))).otherwise(pl.lit("{}"))
    decoded = wrapped.str.json_decode(pl.Struct({"v": pl.String})).struct.field("v")
    return pl.when(simple).then(plain).when(escaped).then(decoded).when(json != "null").then(json)


def present(text: pl.Expr) -> pl.Expr:
    """The text, null where it says nothing."""
    return pl.when(is_present(text)).then(text)


def literal(value: object) -> Column:
    """A literal of a definition: text is text, all else is JSON."""
    if isinstance(value, str):
        return Column(pl.lit(value, dtype=pl.String))
    return Column(pl.lit(canonical_text(value), dtype=pl.String), is_json=True)


def compiled(value: Value, columns: Columns) -> Column | None:
    """The expression of a value; None where no column that it needs is there."""
    made = _steps(_origin(value, columns), value.steps)
    if made is not None and value.when is not None:
        made = Column(pl.when(condition(value.when, columns)).then(made.expression), made.is_json, origin=made.origin)
    if value.default is None:
        return made
    return _first([made, literal(value.default)])


def alternatives(value: Value, columns: Columns) -> list[Column]:
    """The expressions of a value one by one: those of a bare list, else the one of the value."""
    bare = value.first and not value.steps and value.when is None and value.default is None
    made = (compiled(one, columns) for one in (value.first if bare else (value,)))
    return [one for one in made if one is not None]


def _origin(value: Value, columns: Columns) -> Column | None:
    if value.const is not None:
        return literal(value.const)
    if value.first:
        return _first([compiled(one, columns) for one in value.first])
    if value.template is not None:
        return _template(value.template, columns)
    return columns.get(value.source[0])


def _first(candidates: Iterable[Column | None]) -> Column | None:
    known = [one for one in candidates if one is not None]
    if len(known) <= 1:
        return known[0] if known else None
    if any(one.is_json for one in known):
        return Column(pl.coalesce(*(_present_json(one) for one in known)), is_json=True)
    return Column(pl.coalesce(*(present(one.expression) for one in known)))


def _present_json(column: Column) -> pl.Expr:
    return pl.when(is_present(column.text())).then(column.json())


def _template(template: str, columns: Columns) -> Column | None:
    parts: list[pl.Expr] = []
    for text, name, _format, _conversion in string.Formatter().parse(template):
        if text:
            parts.append(pl.lit(text))
        if name is None:
            continue
        if name not in columns.names:
            return None
        parts.append(present(columns.text(name)))
    return Column(pl.concat_str(parts))


def _steps(column: Column | None, steps: Iterable[Step]) -> Column | None:
    for step in steps:
        if column is None:
            return None
        converter = CONVERTERS[step.name]
        given = column.given(converter.takes)
        is_json = column.is_json if converter.gives == Kind.ANY else converter.gives == Kind.JSON
        column = Column(converter.apply(given, step.argument), is_json, origin=column.origin)
    return column


def condition(question: Condition, columns: Columns) -> pl.Expr:
    """A condition as a Boolean expression that is never null."""
    if question.every is not None:
        return reduce(and_, (condition(inner, columns) for inner in question.every), pl.lit(value=True))
    if question.some is not None:
        return reduce(or_, (condition(inner, columns) for inner in question.some), pl.lit(value=False))
    if question.negated is not None:
        return condition(question.negated, columns).not_()
    return _test(question, columns).fill_null(value=False)


def _test(question: Condition, columns: Columns) -> pl.Expr:
    text = columns.text(question.column or "")
    if question.empty is not None:
        return is_present(text).not_() if question.empty else is_present(text)
    if question.among is not None:
        return text.is_in([str(as_text(one)) for one in question.among])
    if question.matches is not None:
        return text.str.contains(question.matches)
    if question.same_as is not None:
        return text == columns.text(question.same_as)
    if question.at_least is not None:
        bound = question.at_least
        least = _number(columns.text(bound)) if isinstance(bound, str) else pl.lit(bound)
        return _number(text) >= least
    return text == str(as_text(question.equals))


def _number(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().cast(pl.Float64, strict=False)
