"""Converters of arrays of objects, and of top level domains."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tutela.core.feeds.converters import CONVERTERS

OBJECTS = '[{"name":"a","good":true},{"name":"b","good":false},{"good":true}]'


def apply(name: str, argument: Any, text: str | None) -> str | None:
    found = pl.select(CONVERTERS[name].apply(pl.lit(text, dtype=pl.String), argument)).item()
    assert found is None or isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("name", "argument", "text", "expected"),
    [
        ("object_list", "id", '{"x":{"n":1},"y":2}', '[{"id":"x","n":1},{"id":"y"}]'),
        ("object_list", "id", "[1]", "[1]"),
        ("where", {"good": True}, OBJECTS, '[{"good":true,"name":"a"},{"good":true}]'),
        ("where", {"good": True}, '"text"', '"text"'),
        ("pluck", "name", OBJECTS, '["a","b"]'),
        ("pluck", "name", "[1]", "[]"),
        ("without", ["a", "c"], '["a","b","c"]', '["b"]'),
        ("without", ["a"], '{"a":1,"b":2}', '{"b":2}'),
        ("sorted", None, '["b","a"]', '["a","b"]'),
        ("sorted", None, "[2,1]", "[2,1]"),
        ("known_suffix", None, "www.example.com", "com"),
        ("known_suffix", None, "Sales.exe", None),
        ("known_suffix", None, None, None),
    ],
)
def test_converters_of_objects(name: str, argument: Any, text: str | None, expected: str | None) -> None:
    assert apply(name, argument, text) == expected
