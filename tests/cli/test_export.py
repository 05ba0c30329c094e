from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.cli.export import _csv

RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  @x", "＝1", "＋1", "－1", "＠x", " ＝1"]
RISKY += ["\u00a0=1", "\u200b=1", "\ufeff=1", "\u3000@x", "\tx", "\rx", "\nx"]
HARMLESS = ["mirai", "1+1", "a=b", "user@example.org", "192.0.2.1", "2001:db8::1", "", " x", "'=1"]


def exported(values: list[str | None]) -> list[str]:
    stream = io.BytesIO()
    _csv(
        pl.LazyFrame({"malware.name": values, "n": [1] * len(values)}, schema_overrides={"malware.name": pl.String}),
        stream,
    )
    head, *rows = csv.reader(io.StringIO(stream.getvalue().decode(), newline=""))
    assert head == ["malware.name", "n"]
    return [row[0] for row in rows]


@pytest.mark.parametrize("value", RISKY)
def test_no_cell_is_a_formula(value: str) -> None:
    assert exported([value]) == ["'" + value]


def test_what_is_harmless_stays_as_it_is() -> None:
    assert exported(HARMLESS) == HARMLESS


def test_without_events_there_is_a_header() -> None:
    assert exported([]) == []


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=5))
def test_nothing_else_is_changed(values: list[str]) -> None:
    assert [found.removeprefix("'") for found in exported(list(values))] == [
        value.removeprefix("'") for value in values
    ]
