"""The interface to a list: the same filters, columns and order as its page, described as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ninja import Schema
from pydantic import create_model

from tutela.core.errors import WrongUse
from tutela.web import filters as filtering
from tutela.web import keyset
from tutela.web.filters import Kind as FilterKind
from tutela.web.questions import refuse_unknown
from tutela.web.table import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from tutela.web.filters import Filter
    from tutela.web.lists import List
    from tutela.web.table import Table

_PLACE: Final = ("sort", "cursor", "limit")
_USUAL: Final = 100


def page_of(table: Table[Any]) -> type[Schema]:
    """The form of an answer: some rows, and cursors that are empty at the ends of the list."""
    name = table.name.capitalize()
    fields: dict[str, Any] = {
        column.name: (int | None if column.kind is Kind.NUMBER else str | None, ...) for column in table.columns
    }
    row = create_model(f"{name}Row", __base__=Schema, key=(str, ...), **fields)
    return create_model(
        f"{name}Page",
        __base__=Schema,
        items=(list[row], ...),
        next=(str, ...),
        previous=(str, ...),
    )


def described(table: Table[Any], filters: Sequence[Filter]) -> dict[str, Any]:
    """What may be asked, for the description of the interface."""
    asked = [_parameter(one.name, {"type": "string", **_choices(one)}, str(one.hint or one.title)) for one in filters]
    return {
        "parameters": [
            *asked,
            _parameter("sort", {"type": "string", "enum": ["", *table.sorts()]}, "a column; with - turned round"),
            _parameter("cursor", {"type": "string", "maxLength": 2000}, "where to go on"),
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": keyset.LARGEST, "default": _USUAL}, ""),
        ]
    }


def _choices(one: Filter) -> dict[str, Any]:
    values = [value for value, _ in one.choices()]
    return {"enum": ["", *values]} if one.kind is FilterKind.CHOICE and values else {"maxLength": 200}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": False, "schema": schema, "description": description}


def answer(request: HttpRequest, asked: List[Any]) -> dict[str, Any]:
    """The page of a list that was asked for. Raises WrongUse with all that is wrong, BadInput for a foreign cursor."""
    refuse_unknown(request, [*(one.name for one in asked.filters), *_PLACE])
    wanted = filtering.read(asked.filters, request.GET)
    wrong = [f"{field.filter.name}: {field.error}" for field in wanted.errors]
    sort, limit = request.GET.get("sort", "") or asked.first, request.GET.get("limit", str(_USUAL))
    if asked.table.order_by(sort) is None:
        wrong.append(f"sort: is none of {', '.join(asked.table.sorts())}.")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= keyset.LARGEST):
        wrong.append(f"limit: is no number from 1 to {keyset.LARGEST:,}.")
    if wrong:
        raise WrongUse("; ".join(wrong))
    order = keyset.Order((*(asked.table.order_by(sort) or ()), "pk"))
    page = keyset.page(asked.rows(wanted.values), order, request.GET.get("cursor", ""), int(limit))
    asked.prepare(page.rows)
    rows = zip(page.rows, asked.table.as_dicts(page.rows), strict=True)
    items = [{"key": asked.table.key(row), **values} for row, values in rows]
    return {"items": items, "next": page.next, "previous": page.previous}
