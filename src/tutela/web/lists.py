"""The page of a list: filters, order and place from the address, the same rows as page, as CSV and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from tutela.core.errors import BadInput
from tutela.web import filters as filtering
from tutela.web import keyset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, QueryDict

    from tutela.web.filters import Filter, Filters
    from tutela.web.table import Cell, Column, Table

Row = TypeVar("Row", bound="Model")
_MOST_EXPORTED: Final = 1_000_000
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column: where a click leads, and how it is sorted now (ascending, descending or nothing)."""

    column: Column[Any]
    question: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """All that the page of a list shows."""

    table: Table[Row]
    filters: Filters
    headings: list[Heading]
    lines: list[tuple[str, list[Cell]]]
    rows: list[Row]
    next: str
    previous: str
    csv: str
    problem: str = ""

    @property
    def has_more_filters(self) -> bool:
        """Whether some filters are behind a fold."""
        return any(not each.filter.is_first for each in self.filters.fields)


def listing(
    given: QueryDict,
    table: Table[Row],
    wanted: Sequence[Filter],
    rows: Callable[[dict[str, Any]], QuerySet[Row]],
    *,
    first: str,
    prepare: Callable[[list[Row]], None] = lambda _rows: None,
) -> Listing[Row]:
    """The list that an address asks for. ``first``: the column it is sorted by where nothing is said.

    ``prepare`` is given the rows of the page, to look up at once what their cells need.
    """
    filters = filtering.read(wanted, given)
    chosen, order = _order(table, given.get("sort", ""), first)
    problem = ""
    try:
        page = keyset.page(rows(filters.values), order, given.get("cursor", ""))
    except BadInput as error:
        problem = str(error)
        page = keyset.page(rows(filters.values), order)
    prepare(page.rows)
    return Listing(
        table,
        filters,
        [_heading(column, chosen, given) for column in table.columns],
        table.lines(page.rows),
        page.rows,
        filtering.without(given, cursor=page.next) if page.next else "",
        filtering.without(given, cursor=page.previous) if page.previous else "",
        filtering.without(given, format="csv"),
        problem,
    )


def csv_answer(
    table: Table[Row],
    rows: QuerySet[Row],
    given: QueryDict,
    *,
    first: str,
    prepare: Callable[[list[Row]], None] = lambda _rows: None,
) -> StreamingHttpResponse:
    """The whole list as CSV, in the order in which it is shown, without holding it in memory."""
    _, order = _order(table, given.get("sort", ""), first)
    lines = table.csv(_batched(rows.order_by(*order.columns)[:_MOST_EXPORTED], prepare))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return answer


def _batched(rows: QuerySet[Row], prepare: Callable[[list[Row]], None]) -> Iterator[Row]:
    batch: list[Row] = []
    for row in rows.iterator(chunk_size=_BATCH):
        batch.append(row)
        if len(batch) == _BATCH:
            prepare(batch)
            yield from batch
            batch = []
    prepare(batch)
    yield from batch


def _order(table: Table[Any], asked: str, first: str) -> tuple[str, keyset.Order]:
    """The name of the column it is sorted by, and the order; what cannot be sorted by is passed over."""
    columns = table.order_by(asked)
    chosen = asked if columns else first
    columns = columns or table.order_by(first) or ()
    return chosen, keyset.Order((*columns, "pk"))


def _heading(column: Column[Any], chosen: str, given: QueryDict) -> Heading:
    if not column.order:
        return Heading(column, "", "")
    is_chosen = chosen.removeprefix("-") == column.name
    turned = is_chosen and not chosen.startswith("-")
    falls = column.order[0].startswith("-") != chosen.startswith("-")
    state = ("descending" if falls else "ascending") if is_chosen else ""
    return Heading(column, filtering.without(given, sort=f"-{column.name}" if turned else column.name), state)


def is_csv(request: HttpRequest) -> bool:
    """Whether the list is asked for as a file."""
    return request.GET.get("format") == "csv"


def sentence(errors: Iterable[filtering.Field]) -> str:
    """All that is wrong with the filters, as one text."""
    return " ".join(_("%(title)s: %(error)s") % {"title": each.filter.title, "error": each.error} for each in errors)
