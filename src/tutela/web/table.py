"""A table is one list of columns: the page, the CSV file and the interface for programs all come from it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from tutela.core.findings.fold import SEVERITIES, TLP_LEVELS
from tutela.core.spreadsheet import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.utils.functional import _StrPromise

Row = TypeVar("Row")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")


class Kind(StrEnum):
    """How a value is shown."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    TIME = "time"
    LEFT = "left"
    SEVERITY = "severity"
    STATE = "state"
    TLP = "tlp"


_WORDS: Final = {Kind.SEVERITY: SEVERITIES, Kind.TLP: TLP_LEVELS}


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: its name for programs, its title for people, and how to get its value from a row.

    ``order``: the columns of the database by which it is sorted, the way round in which people want it first.
    ``link``: the address to which a row's cell leads. ``is_minor``: left out where the screen is narrow. ``plain``:
    what programs read, where people are shown a word of their language.
    """

    name: str
    title: str | _StrPromise
    value: Callable[[Row], Any]
    kind: Kind = Kind.TEXT
    order: tuple[str, ...] = ()
    link: Callable[[Row], str] | None = None
    is_minor: bool = False
    plain: Callable[[Row], Any] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value on a page."""

    column: Column[Any]
    value: Any
    link: str


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A named list of columns."""

    name: str
    columns: tuple[Column[Row], ...]
    key: Callable[[Row], str] = field(default=lambda row: str(row.pk))

    def lines(self, rows: Iterable[Row]) -> list[tuple[str, list[Cell]]]:
        """Rows as a page shows them: their key and their cells."""
        return [(self.key(row), [self._cell(column, row) for column in self.columns]) for row in rows]

    def as_dicts(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Rows as programs read them; times end in Z."""
        for row in rows:
            yield {column.name: _plain((column.plain or column.value)(row), column.kind) for column in self.columns}

    def csv(self, rows: Iterable[Row]) -> Iterator[str]:
        """Rows as lines of CSV (RFC 4180), with a header; nothing in them is a formula to a spreadsheet."""
        yield _csv_line([column.name for column in self.columns])
        for row in rows:
            yield _csv_line([_harmless(_plain(column.value(row), column.kind)) for column in self.columns])

    def order_by(self, name: str) -> tuple[str, ...] | None:
        """The columns of the database for a column (``-`` turns it round); None where it cannot be sorted."""
        for column in self.columns:
            if column.order and column.name == name.removeprefix("-"):
                return column.order if not name.startswith("-") else tuple(map(_turned, column.order))
        return None

    def sorts(self) -> tuple[str, ...]:
        """All that `order_by` knows."""
        names = [column.name for column in self.columns if column.order]
        return (*names, *(f"-{name}" for name in names))

    @staticmethod
    def _cell(column: Column[Row], row: Row) -> Cell:
        return Cell(column, column.value(row), column.link(row) if column.link else "")


def _turned(column: str) -> str:
    return column[1:] if column.startswith("-") else f"-{column}"


def _plain(value: Any, kind: Kind) -> Any:
    if kind in _WORDS and isinstance(value, int):
        return _WORDS[kind][value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | list | dict) else str(value)


def _harmless(value: Any) -> str:
    """A text that no spreadsheet takes for a formula; what is a number stays one."""
    text = "" if value is None else str(value)
    return text if _NUMBER.fullmatch(text) else harmless(text)


def _csv_line(values: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue()
