"""Nested objects as rows and columns: paths, lists of entries, arrays taken apart, values as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tutela.core.feeds.formats.limits import bear
from tutela.core.feeds.formats.records import INTERNAL, records_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from tutela.core.feeds.formats.specification import Flattened

DEEPEST = 64
SCALAR_COLUMN = "value"
EVERYTHING = "*"
"""Among the paths kept whole: every object that stands directly in the record."""


class TooDeepError(ValueError):
    """A value is nested more deeply than anybody means it to be."""


class JsonText(str):
    """Text that is JSON already; any other string in the leaves of a record is plain text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FlatRecord:
    """One record: row number, leaves by dotted path (plain text or ``JsonText``), source text."""

    row: int
    leaves: dict[str, str]
    raw: str


def with_entries(document: Any, paths: Sequence[str]) -> Any:
    """The document with the objects at ``paths`` turned into lists of {key, value}."""
    for path in paths:
        document = _replaced(document, path, _entries)
    return document


def _entries(value: Any) -> Any:
    if isinstance(value, dict):
        return [{"key": key, "value": one} for key, one in value.items()]
    return value


def _replaced(holder: Any, path: str, change: Any) -> Any:
    """A copy of ``holder`` (as deep as needed) in which the value at ``path`` is changed; arrays are gone through."""
    if not path:
        return change(holder)
    if isinstance(holder, list):
        return [_replaced(one, path, change) for one in holder]
    step = _first_step(holder, path)
    if step is None:
        return holder
    key, rest = step
    return {**holder, key: _replaced(holder[key], rest, change)}


def _first_step(holder: Any, path: str) -> tuple[str, str] | None:
    """The key of ``holder`` that ``path`` begins with, and the path from there; a key may hold dots itself."""
    if not isinstance(holder, dict):
        return None
    if path in holder:
        return path, ""
    position = path.find(".")
    while position >= 0:
        if path[:position] in holder:
            return path[:position], path[position + 1 :]
        position = path.find(".", position + 1)
    return None


def elements_at(document: Any, path: str | None) -> list[Any] | None:
    """The records of a document: the array at ``path``, or the one value there; None if there is nothing."""
    value = document
    rest = path or ""
    while rest:
        if isinstance(value, list):
            nested = [elements_at(one, rest) or [] for one in value]
            return [one for some in nested for one in some]
        step = _first_step(value, rest)
        if step is None:
            return None
        value, rest = value[step[0]], step[1]
    return value if isinstance(value, list) else [value]


def branches_of(element: Any, specification: Flattened) -> Iterator[dict[str, str]]:
    """The leaves of the records that one element makes: its own, or one for each element of the arrays taken apart."""
    kept: dict[str, str] = {}
    for name, path in specification.keep.items():
        value = _value_at(element, path)
        if value is not None:
            kept[name] = json_text(value)
    whole = frozenset(specification.whole)
    for branch in _branches(element, specification):
        leaves = flatten(branch, whole)
        leaves.update(kept)
        yield leaves


def _branches(element: Any, specification: Flattened) -> Iterator[Any]:
    if not isinstance(element, dict):
        yield element
    elif specification.branches:
        for paths in specification.branches:
            yield from _exploded(element, paths, keep_without=False)
    else:
        yield from _exploded(element, specification.explode, keep_without=True)


def _exploded(element: Any, paths: Sequence[str], *, keep_without: bool) -> Iterator[Any]:
    """One after another: a small document may stand for more records than memory holds."""
    if not paths:
        yield element
        return
    for one in _exploded_at(element, paths[0], keep_without=keep_without):
        yield from _exploded(one, paths[1:], keep_without=keep_without)


def _exploded_at(element: Any, path: str, *, keep_without: bool) -> Iterator[Any]:
    found = _value_at(element, path)
    if isinstance(found, list) and found:
        yield from (_replaced(element, path, lambda _, one=one: one) for one in found)
    elif found is not None and not isinstance(found, list):
        yield element
    elif keep_without:
        yield _replaced(element, path, lambda _: None)


def _value_at(value: Any, path: str) -> Any:
    while path:
        step = _first_step(value, path)
        if step is None:
            return None
        value, path = value[step[0]], step[1]
    return value


def flatten(element: Any, whole: frozenset[str]) -> dict[str, str]:
    """The leaves of an object by dotted path; a scalar element is column ``value``."""
    leaves: dict[str, str] = {}
    if isinstance(element, dict):
        _flatten_into(leaves, element, "", whole, DEEPEST)
    else:
        leaves[SCALAR_COLUMN] = element if isinstance(element, str) else json_text(element)
    for name in INTERNAL & leaves.keys():
        leaves[name + "#2"] = leaves.pop(name)
    return leaves


def _flatten_into(
    leaves: dict[str, str], holder: dict[str, Any], prefix: str, whole: frozenset[str], depth: int
) -> None:
    if not depth:
        raise TooDeepError
    for key, value in holder.items():
        path = prefix + key
        if isinstance(value, str):
            if value:
                leaves.setdefault(path, value)
        elif isinstance(value, dict) and path not in whole and (prefix or EVERYTHING not in whole):
            _flatten_into(leaves, value, path + ".", whole, depth - 1)
        elif value is not None and value != {}:
            leaves.setdefault(path, json_text(value))


def frame_of(records: Sequence[FlatRecord], *, keep_raw: bool) -> tuple[pl.DataFrame, frozenset[str]]:
    """The records as columns of text, and which of them are JSON: those with a value that is no string."""
    names = list(dict.fromkeys(name for record in records for name in record.leaves))
    json_columns: set[str] = set()
    bear(len(records), len(names))
    columns: list[list[str | None]] = []
    for name in names:
        values = [record.leaves.get(name) for record in records]
        if any(type(value) is JsonText for value in values):
            json_columns.add(name)
            columns.append([value if value is None else _as_json(value) for value in values])
        else:
            columns.append(values)
    raws = [record.raw for record in records] if keep_raw else None
    frame = records_frame(names, columns, [record.row for record in records], raws)
    return frame, frozenset(json_columns)


def _as_json(value: str) -> str:
    return value if type(value) is JsonText else json_text(value)


def json_text(value: Any) -> JsonText:
    """A value as JSON text, compact."""
    if isinstance(value, int):
        return JsonText(value) if not isinstance(value, bool) else JsonText("true" if value else "false")
    try:
        return JsonText(orjson.dumps(value).decode())
    except TypeError:  # nested too deeply for it, or a number of more than 64 bits inside
        return _slow_json_text(value)


def _slow_json_text(value: Any) -> JsonText:
    if _depth(value) > 2 * DEEPEST:
        raise TooDeepError
    return JsonText(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _depth(value: Any) -> int:
    """How deeply arrays and objects are nested in a value."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, (dict, list))]:
        depth += 1
        level = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
    return depth
