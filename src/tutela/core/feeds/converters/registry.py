"""What a converter is, and the list of all of them.

A converter takes the text of a column and gives text. Absent (null) stays absent. What a converter cannot read it
leaves as it is, so that nothing is lost: a field that cannot hold it then says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    Apply = Callable[[pl.Expr, Any], pl.Expr]


class Kind(StrEnum):
    """What the text of a value is: the value itself, or JSON that spells it."""

    TEXT = "text"
    JSON = "JSON"
    ANY = "text or JSON"
    VALUE = "any value, spelled as JSON"


@dataclass(frozen=True, slots=True)
class Converter:
    """One converter: how it is named, what it is told, what it does."""

    name: str
    summary: str
    argument: TypeAdapter[Any] | None
    needs_argument: bool
    example: str
    takes: Kind
    gives: Kind
    function: Apply

    def wrong_argument(self, argument: object) -> str | None:
        """What is wrong with the argument, in one sentence; None when it is sound."""
        if argument is None:
            return f"“{self.name}” needs an argument, such as {self.example}" if self.needs_argument else None
        if self.argument is None:
            return f"“{self.name}” takes no argument"
        try:
            self.argument.validate_python(argument)
        except ValidationError as error:
            reasons = {entry["msg"].removeprefix("Value error, ") for entry in error.errors()}
            return f"“{self.name}” was told {argument!r}: {'; '.join(sorted(reasons))}"
        return None

    def apply(self, text: pl.Expr, argument: object) -> pl.Expr:
        """The converted expression; the argument is taken to be sound."""
        sound = self.argument.validate_python(argument) if self.argument and argument is not None else argument
        return self.function(text, sound)


_CONVERTERS: dict[str, Converter] = {}

CONVERTERS: Mapping[str, Converter] = MappingProxyType(_CONVERTERS)
"""All converters by name."""


def converter(
    name: str,
    argument: Any = None,
    *,
    example: str = "",
    optional: bool = False,
    takes: Kind = Kind.TEXT,
    gives: Kind = Kind.TEXT,
) -> Callable[[Apply], Apply]:
    """Put a function into the list; the first sentence of its docstring describes it.

    ``argument``: the type of what it is told (None: nothing), checked by pydantic; ``optional``: it may be left out.
    """

    def register(function: Apply) -> Apply:
        summary = (function.__doc__ or "").strip().split("\n", 1)[0]
        adapter = None if argument is None else TypeAdapter(argument)
        needed = adapter is not None and not optional
        _CONVERTERS[name] = Converter(name, summary, adapter, needed, example or name, takes, gives, function)
        return function

    return register


def reference() -> list[tuple[str, str, str]]:
    """Name, example and summary of each converter, by name: the table of the documentation."""
    return [(one.name, one.example, one.summary) for _name, one in sorted(_CONVERTERS.items())]
