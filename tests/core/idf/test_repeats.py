"""Work on different rows only: what comes out is what work on all rows gives."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.idf.repeats import Batch, constants

HEIGHT = 5000
FRAME = pl.DataFrame(
    {
        "same": ["a"] * HEIGHT,
        "nothing": pl.Series([None] * HEIGHT, dtype=pl.String),
        "few": [None if row % 7 == 0 else f"f{row % 5}" for row in range(HEIGHT)],
        "other": [f"o{row % 3}" for row in range(HEIGHT)],
        "many": [f"m{row}" for row in range(HEIGHT)],
        "late": ["a"] * (HEIGHT - 2) + ["b", "a"],
    }
)


@pytest.mark.parametrize(
    ("names", "height"),
    [
        ({"same"}, 1),
        ({"same", "nothing"}, 1),
        (set(), 1),
        ({"few"}, 6),
        ({"few", "other", "same"}, 18),
        ({"late"}, 2),
        ({"many"}, HEIGHT),
        ({"few", "many"}, HEIGHT),
    ],
)
def test_the_different_rows_stand_for_all(names, height):
    distinct = Batch(FRAME).distinct(frozenset(names))
    assert distinct.rows.height == height
    for name in names:
        assert distinct.spread(distinct.rows[name]).to_list() == FRAME[name].to_list()


def test_expressions_have_a_value_for_each_different_row():
    batch = Batch(FRAME)
    distinct = batch.distinct(frozenset({"few"}))
    table = distinct.table({"literal": pl.lit("x"), "text": pl.col("few").fill_null("-")})
    assert table["literal"].to_list() == ["x"] * 6
    assert distinct.spread(table["text"]).to_list() == FRAME["few"].fill_null("-").to_list()
    literal = batch.distinct(frozenset())
    assert literal.spread(literal.table({"literal": pl.lit("x")}).to_series()).to_list() == ["x"] * HEIGHT


def test_small_batches_and_added_columns_are_taken_as_they_are():
    small = Batch(FRAME.head(10))
    assert small.distinct(frozenset({"same"})).rows.height == 10
    assert small.distinct(frozenset()).table({"literal": pl.lit("x")}).height == 10
    assert Batch(FRAME.clear()).distinct(frozenset({"same"})).rows.height == 0
    batch = Batch(FRAME)
    batch.add([FRAME["same"].alias("added")])
    assert not batch.has_few(frozenset({"added"}))
    assert batch.distinct(frozenset({"added"})).rows["added"].to_list() == ["a"] * HEIGHT


@given(st.lists(st.tuples(*[st.sampled_from([None, "a", "b"])] * 3), max_size=4))
def test_constants_are_the_columns_with_one_value_or_none(rows):
    frame = pl.DataFrame(rows, schema=dict.fromkeys("xyz", pl.String), orient="row")
    expected = {name for name in "xyz" if frame[name].n_unique() <= 1}
    assert constants(frame, "xyz") == expected
