"""Converters of JSON arrays of objects, and of names that need a list of their own."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from publicsuffixlist import PublicSuffixList
from pydantic import JsonValue

from tutela.core.feeds.converters.names import by_distinct
from tutela.core.feeds.converters.registry import Kind, converter
from tutela.core.feeds.converters.structures import parsed
from tutela.core.idf.json_text import canonical_text

if TYPE_CHECKING:
    import polars as pl


@converter("object_list", str, example="{object_list: identifier}", takes=Kind.JSON, gives=Kind.JSON)
def object_list(text: pl.Expr, key: str) -> pl.Expr:
    """A JSON object of objects as an array of them, each with its key under this name; other JSON stays."""
    return by_distinct(text, partial(_object_list, key=key))


def _object_list(text: str, key: str) -> str:
    value = parsed(text)
    if not isinstance(value, dict):
        return text
    return canonical_text(
        [{**inner, key: name} if isinstance(inner, dict) else {key: name} for name, inner in value.items()]
    )


@converter("where", dict[str, JsonValue], example="{where: {verified: true}}", takes=Kind.JSON, gives=Kind.JSON)
def where(text: pl.Expr, wanted: dict[str, Any]) -> pl.Expr:
    """The objects of a JSON array that have these values; what is no array stays."""
    return by_distinct(text, partial(_where, wanted=wanted))


def _where(text: str, wanted: dict[str, Any]) -> str:
    value = parsed(text)
    if not isinstance(value, list):
        return text
    objects = (one for one in value if isinstance(one, dict))
    return canonical_text([one for one in objects if all(one.get(key) == want for key, want in wanted.items())])


@converter("pluck", str, example="{pluck: name}", takes=Kind.JSON, gives=Kind.JSON)
def pluck(text: pl.Expr, key: str) -> pl.Expr:
    """The values under one key of the objects of a JSON array; what is no array stays."""
    return by_distinct(text, partial(_pluck, key=key))


def _pluck(text: str, key: str) -> str:
    value = parsed(text)
    if not isinstance(value, list):
        return text
    return canonical_text([one[key] for one in value if isinstance(one, dict) and key in one])


@converter("without", list[str], example="{without: [id, time]}", takes=Kind.JSON, gives=Kind.JSON)
def without(text: pl.Expr, left_out: list[str]) -> pl.Expr:
    """A JSON array without these texts, or a JSON object without these keys; other JSON stays."""
    return by_distinct(text, partial(_without, left_out=frozenset(left_out)))


def _without(text: str, left_out: frozenset[str]) -> str:
    value = parsed(text)
    if isinstance(value, dict):
        return canonical_text({key: inner for key, inner in value.items() if key not in left_out})
    return canonical_text([one for one in value if one not in left_out]) if isinstance(value, list) else text


@converter("sorted", takes=Kind.JSON, gives=Kind.JSON)
def in_order(text: pl.Expr, _: None) -> pl.Expr:
    """A JSON array of texts in alphabetical order; what is no such array stays."""
    return by_distinct(text, _sorted)


def _sorted(text: str) -> str:
    value = parsed(text)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return text
    return canonical_text(sorted(value))


@converter("known_suffix")
def known_suffix(text: pl.Expr, _: None) -> pl.Expr:
    """The top level domain of a name; absent when there is no such one on the Internet."""
    return by_distinct(text, _known_suffix)


def _known_suffix(text: str) -> str | None:
    name = text.strip().rstrip(".").lower()
    return name.rpartition(".")[2] if _public_suffixes().publicsuffix(name) else None


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
