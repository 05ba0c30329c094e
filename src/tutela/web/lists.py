"""A list as it is asked for: filters, order and place from the address; a page, or the same rows as a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from django.http import StreamingHttpResponse
from django.shortcuts import render

from tutela.core.errors import BadInput
from tutela.web import filters as filtering
from tutela.web import keyset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, QueryDict
    from django.http.response import HttpResponseBase

    from tutela.web.filters import Filter, Filters
    from tutela.web.table import Cell, Column, Table

Row = TypeVar("Row", bound="Model")
_MOST_EXPORTED: Final = 1_000_000
_BATCH: Final = 1000


def _nothing(_rows: Sequence[Any]) -> None:
    """Most lists need nothing more than their rows."""


@dataclass(frozen=True, slots=True)
class List(Generic[Row]):
    """What may be asked of a list, and where its rows come from.

    ``rows``: what the values of the filters leave, within what the viewer may see. ``first``: the column it is sorted
    by where nothing is said. ``prepare`` is given some rows, to look up at once what their cells need.
    """

    table: Table[Row]
    filters: Sequence[Filter]
    rows: Callable[[Mapping[str, Any]], QuerySet[Row]]
    first: str
    prepare: Callable[[Sequence[Row]], None] = field(default=_nothing)

    def answer(self, request: HttpRequest, template: str, **context: Any) -> HttpResponseBase:
        """The page of the list, or with ``format=csv`` all of it as a file: what the page would show, or none."""
        given = request.GET
        asked = filtering.read(self.filters, given)
        if given.get("format") == "csv" and not asked.errors:
            return self._file(asked, given)
        return render(request, template, {"list": self._page(asked, given), **context})

    def _page(self, asked: Filters, given: QueryDict) -> Listing:
        chosen, order = self._order(given.get("sort", ""))
        rows, problem = self.rows(asked.values), ""
        try:
            page = keyset.page(rows, order, given.get("cursor", ""))
        except BadInput as error:
            problem, page = str(error), keyset.page(rows, order)
        self.prepare(page.rows)
        return Listing(
            asked,
            [_heading(column, chosen, given) for column in self.table.columns],
            self.table.lines(page.rows),
            filtering.without(given, "format", cursor=page.next) if page.next else "",
            filtering.without(given, "format", cursor=page.previous) if page.previous else "",
            filtering.without(given, format="csv"),
            problem,
        )

    def _file(self, asked: Filters, given: QueryDict) -> StreamingHttpResponse:
        """In the order in which it is shown, without holding it in memory."""
        _, order = self._order(given.get("sort", ""))
        rows = self.rows(asked.values).order_by(*order.columns)[:_MOST_EXPORTED]
        answer = StreamingHttpResponse(self.table.csv(self._prepared(rows)), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.table.name}.csv"'
        return answer

    def _prepared(self, rows: QuerySet[Row]) -> Iterator[Row]:
        batch: list[Row] = []
        for row in rows.iterator(chunk_size=_BATCH):
            batch.append(row)
            if len(batch) == _BATCH:
                self.prepare(batch)
                yield from batch
                batch = []
        self.prepare(batch)
        yield from batch

    def _order(self, asked: str) -> tuple[str, keyset.Order]:
        """The name of the column it is sorted by, and the order; what cannot be sorted by is passed over."""
        columns = self.table.order_by(asked)
        chosen = asked if columns else self.first
        return chosen, keyset.Order((*(columns or self.table.order_by(self.first) or ()), "pk"))


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column: where a click leads, and how it is sorted now (ascending, descending or nothing)."""

    column: Column[Any]
    question: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Listing:
    """All that the page of a list shows; questions are what follows ``?`` in the address of a link."""

    filters: Filters
    headings: list[Heading]
    lines: list[tuple[str, list[Cell]]]
    next: str
    previous: str
    csv: str
    problem: str

    @property
    def has_more_filters(self) -> bool:
        """Whether some filters are behind a fold."""
        return any(not each.filter.is_first for each in self.filters.fields)


def _heading(column: Column[Any], chosen: str, given: QueryDict) -> Heading:
    if not column.order:
        return Heading(column, "", "")
    is_chosen = chosen.removeprefix("-") == column.name
    turned = is_chosen and not chosen.startswith("-")
    falls = column.order[0].startswith("-") != chosen.startswith("-")
    state = ("descending" if falls else "ascending") if is_chosen else ""
    question = filtering.without(given, "format", sort=f"-{column.name}" if turned else column.name)
    return Heading(column, question, state)
