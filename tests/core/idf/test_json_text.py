"""JSON text in one spelling, against orjson."""

from __future__ import annotations

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.idf.json_text import canonical_json, canonical_text, json_objects, loads

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@settings(deadline=None)
@given(st.lists(values, max_size=8))
def test_the_spelling_is_that_of_orjson(items):
    loose = [orjson.dumps(item, option=orjson.OPT_INDENT_2).decode() for item in items]
    strict = [orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode() for item in items]
    assert canonical_json(pl.Series(loose, dtype=pl.String)).to_list() == strict


@settings(deadline=None)
@given(st.decimals(-1000, 1000, allow_nan=False, places=4), st.integers(0, 4))
def test_decimals_are_as_short_as_they_go(number, places):
    written = f"{number:.{places}f}"
    assert canonical_json(pl.Series([written])).to_list() == [canonical_text(orjson.loads(written))]


@pytest.mark.parametrize("text", ["", "x", "{", "01", "nan", "NaN", "'a'", '"\x01"', "1 2"])
def test_what_is_no_json(text):
    assert canonical_json(pl.Series([text])).to_list() == [None]


def test_long_whole_numbers_stay_exact():
    text = '{"n":123456789012345678901234567890}'
    assert canonical_json(pl.Series([text])).to_list() == [text]
    assert loads(text.encode()) == {"n": 123456789012345678901234567890}


keys = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=6)
rows = st.lists(keys, unique=True, max_size=5).flatmap(
    lambda names: st.lists(
        st.fixed_dictionaries(
            {name: st.one_of(st.none(), st.text(max_size=8), st.just(f'"{name}":null,')) for name in names}
        ),
        min_size=1,
        max_size=8,
    )
)


@settings(deadline=None)
@given(rows)
def test_objects_have_what_each_row_has(items):
    names = sorted(items[0])
    frame = pl.DataFrame({name: pl.Series([item[name] for item in items], dtype=pl.String) for name in names})
    if not names:
        frame = pl.DataFrame({"none": pl.Series([None] * len(items), dtype=pl.String)})
    expected = [{name: text for name, text in item.items() if text is not None} for item in items]
    texts = [canonical_text(item) if item else None for item in expected]
    assert json_objects(frame).to_list() == texts


def test_columns_of_json_text_stand_among_the_others():
    frame = pl.DataFrame(
        {"a": ["x", None, None], "b": ["[1]", None, '"y"'], "c": [1, 2, None], "d": [True, None, None]}
    )
    assert json_objects(frame, {"b"}).to_list() == ['{"a":"x","b":[1],"c":1,"d":true}', '{"c":2}', '{"b":"y"}']
