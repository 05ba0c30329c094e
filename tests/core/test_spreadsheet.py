"""The rule for a single cell and that for a column are one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.spreadsheet import harmless, harmless_texts


def column(texts: list[str]) -> list[str]:
    return (
        pl.DataFrame({"text": texts}, schema={"text": pl.String})
        .select(harmless_texts(pl.col("text")))
        .to_series()
        .to_list()
    )


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "|x", "＝1", "－1", " =1", "\u200b=1", "\ufeff@x", "\tx", "\nx", "\rx"]
)
def test_what_may_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.text("=+-@|＝ \t\r\n\u200b'a1")))
def test_a_cell_and_a_column_are_told_alike(texts: list[str]) -> None:
    assert column(texts) == [harmless(text) for text in texts]
