"""Pages of a long list by where the last one ended, so that the thousandth costs what the first does.

An order is a list of columns that are never null, ended by the primary key, so it is total: no row stands on two
pages, and none is left out. A cursor is the values of the row at which a page ends, signed, so that nobody can ask
the database for something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from django.core import signing
from django.db.models import Q

from tutela.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound="Model")
SIZE: Final = 50
LARGEST: Final = 1000
_SALT: Final = "tutela.web.keyset"
_LONGEST: Final = 2000
_FORWARD, _BACK = "next", "previous"


@dataclass(frozen=True, slots=True)
class Order:
    """Columns in the order in which they count; with ``-`` in front the greatest first."""

    columns: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The columns without their direction."""
        return [column.removeprefix("-") for column in self.columns]

    def turned(self) -> list[str]:
        """The same backwards."""
        return [column[1:] if column.startswith("-") else f"-{column}" for column in self.columns]

    def beyond(self, values: Sequence[Any], *, back: bool) -> Q:
        """The rows after the row with these values, or before it.

        The first column bounds the search alone, so that an index of it is used: ``a <= 1 AND (a < 1 OR (a = 1 AND
        …))``.
        """
        condition = Q(pk__in=[])
        equal = Q()
        for column, value in zip(self.columns, values, strict=True):
            name = column.removeprefix("-")
            side = "lt" if column.startswith("-") != back else "gt"
            condition |= equal & Q(**{f"{name}__{side}": value})
            equal &= Q(**{name: value})
        first = self.names[0]
        side = "lte" if self.columns[0].startswith("-") != back else "gte"
        return Q(**{f"{first}__{side}": values[0]}) & condition


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and cursors to those after and before them (empty where there are none)."""

    rows: list[Row]
    next: str
    previous: str


def page(rows: QuerySet[Row], order: Order, cursor: str = "", size: int = SIZE) -> Page[Row]:
    """The page that a cursor leads to, the first one without; raises BadInput for a foreign cursor."""
    way, values = _read(cursor, order)
    back = way == _BACK
    wanted = rows.order_by(*(order.turned() if back else order.columns))
    if values:
        wanted = wanted.filter(order.beyond(values, back=back))
    found = list(wanted[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    if not found:
        return Page([], "", "")
    follows = more if not back else True
    precedes = more if back else bool(values)
    return Page(
        found,
        _written(found[-1], order, _FORWARD) if follows else "",
        _written(found[0], order, _BACK) if precedes else "",
    )


def _written(row: Model, order: Order, way: str) -> str:
    values = [_plain(row, name) for name in order.names]
    return signing.dumps([way, list(order.columns), values], salt=_SALT, compress=True)


def _plain(row: Model, name: str) -> Any:
    field: Any = row._meta.get_field(name if name != "pk" else str(row._meta.pk.name))  # noqa: SLF001 - Django's documented way
    return field.value_to_string(row)


def _read(cursor: str, order: Order) -> tuple[str, list[Any]]:
    if not cursor:
        return _FORWARD, []
    if len(cursor) > _LONGEST:
        raise _foreign()
    try:
        way, columns, values = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise _foreign() from error
    if columns != list(order.columns):
        raise _foreign()
    return str(way), list(values)


def _foreign() -> BadInput:
    return BadInput("this page of the list cannot be found.", where="cursor", remedy="Begin at the first page.")
