"""Converters of JSON: arrays and objects in one value."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import polars as pl
from pydantic import Field

from tutela.core.feeds.converters.names import by_distinct
from tutela.core.feeds.converters.numbers import quoted
from tutela.core.feeds.converters.registry import Kind, converter
from tutela.core.idf.json_text import canonical_text, loads

NOTHING: Any = object()


def parsed(text: str) -> Any:
    """The value that a JSON text spells, ``NOTHING`` when it is no JSON."""
    try:
        return loads(text)
    except ValueError:
        return NOTHING


@converter("json", takes=Kind.ANY, gives=Kind.JSON)
def json(text: pl.Expr, _: None) -> pl.Expr:
    """The text is JSON and is kept as such; other text stays text."""
    known = by_distinct(text, lambda value: None if parsed(value) is NOTHING else value)
    return pl.coalesce(known, quoted(text))


@converter("json_path", str, example="{json_path: $.device.name}", takes=Kind.JSON)
def json_path(text: pl.Expr, path: str) -> pl.Expr:
    """The first value that a JSONPath finds, as text; absent when it finds nothing or the text is no JSON."""
    return by_distinct(text, lambda value: None if parsed(value) is NOTHING else value).str.json_path_match(path)


@converter("list", Annotated[str, Field(min_length=1)], example='{list: ","}', gives=Kind.JSON)
def parts(text: pl.Expr, separator: str) -> pl.Expr:
    """A JSON array of the parts between separators, without white space around them and without empty ones."""
    return by_distinct(text, partial(_parts, separator=separator))


def _parts(text: str, separator: str) -> str | None:
    found = [part.strip() for part in text.split(separator) if part.strip()]
    return canonical_text(found) if found else None


@converter("join", str, example='{join: ", "}', takes=Kind.JSON)
def join(text: pl.Expr, separator: str) -> pl.Expr:
    """The elements of a JSON array as one text with a separator between them; what is no array stays."""
    return by_distinct(text, partial(_joined, separator=separator))


def _joined(text: str, separator: str) -> str:
    value = parsed(text)
    return separator.join(spelled(item) for item in value if item is not None) if isinstance(value, list) else text


def spelled(value: Any) -> str:
    """A JSON value as text: a string is itself, anything else its JSON."""
    return value if isinstance(value, str) else canonical_text(value)


@converter("as_list", takes=Kind.VALUE, gives=Kind.JSON)
def as_list(text: pl.Expr, _: None) -> pl.Expr:
    """A JSON array with this one value, unless it is an array already."""
    return by_distinct(text, lambda value: canonical_text(_as_list(parsed(value), value)))


def _as_list(value: Any, text: str) -> list[Any]:
    if value is NOTHING:
        return [text]
    return value if isinstance(value, list) else [value]


@converter("keys", takes=Kind.JSON, gives=Kind.JSON)
def keys(text: pl.Expr, _: None) -> pl.Expr:
    """The keys of a JSON object as a JSON array, in their order; absent when it is no object."""
    return by_distinct(text, _keys)


def _keys(text: str) -> str | None:
    value = parsed(text)
    return canonical_text(list(value)) if isinstance(value, dict) else None
