"""What a list is narrowed down to: the fields stand in the address, so a view can be kept and sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from tutela.core.errors import TutelaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict
    from django.utils.functional import _StrPromise

_LONGEST: Final = 200
Choices = Callable[[], "Sequence[tuple[str, str | _StrPromise]]"]


class Kind(StrEnum):
    """How a filter is asked for."""

    TEXT = "text"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Filter:
    """One field: its name in the address, its title, how it is read. ``parse`` raises TutelaError or ValueError.

    ``is_first``: always there; the others are behind a fold until one of them is set.
    """

    name: str
    title: str | _StrPromise
    kind: Kind = Kind.TEXT
    choices: Choices = tuple
    parse: Callable[[str], Any] = str
    hint: str | _StrPromise = ""
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A filter with what was given for it."""

    filter: Filter
    text: str
    error: str
    shown: str
    without: str


@dataclass(slots=True)
class Filters:
    """All filters of a list as they are set."""

    fields: list[Field] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def chosen(self) -> list[Field]:
        """Those that are set."""
        return [each for each in self.fields if each.text]

    @property
    def errors(self) -> list[Field]:
        """Those that were given something that cannot be."""
        return [each for each in self.fields if each.error]

    @property
    def are_behind_set(self) -> bool:
        """Whether one that is not always there is set."""
        return any(not each.filter.is_first for each in self.chosen)


def read(filters: Sequence[Filter], given: QueryDict) -> Filters:
    """The filters as an address sets them: every wrong one is told, and holds nothing back."""
    found = Filters()
    for each in filters:
        text = " ".join(given.get(each.name, "").split())
        error = shown = ""
        if text:
            try:
                found.values[each.name] = _parsed(each, text)
            except (TutelaError, ValueError) as wrong:
                error = wrong.what if isinstance(wrong, TutelaError) else str(wrong)
            shown = str(dict(each.choices()).get(text, text)) if each.kind is Kind.CHOICE else text
        found.fields.append(Field(each, text, error, shown, without(given, each.name)))
    return found


def without(given: QueryDict, *names: str, **changes: str) -> str:
    """The address's question without some fields and with others changed; the place in the list is given up."""
    left = given.copy()
    for name in (*names, "cursor", *changes):
        left.pop(name, None)
    for name, value in changes.items():
        left[name] = value
    for name in [name for name, value in left.items() if not value]:
        del left[name]
    return left.urlencode()


def _parsed(each: Filter, text: str) -> Any:
    if len(text) > _LONGEST:
        raise ValueError(_("This is too long."))
    if each.kind is Kind.CHOICE and text not in dict(each.choices()):
        raise ValueError(_("This is none of the choices."))
    return each.parse(text)
