"""What a spreadsheet would run when it opens a file of text: one rule, for whole columns and for single cells.

A formula begins with one of its signs, behind anything that is not seen. Some spreadsheets take a tab or the end of a
line at the beginning for the end of the cell, and then look at what follows. An apostrophe in front makes a text of it.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import polars as pl

_SIGNS: Final = "-=+@|＝＋＠－"  # the hyphen first, where a class of characters takes it as it is
_ENDS: Final = "\t\r\n"
_PATTERN: Final = rf"^[\s\p{{C}}]*[{_SIGNS}]|^[{_ENDS}]"


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if _is_formula(text) else text


def harmless_texts(texts: pl.Expr) -> pl.Expr:
    """The same for a column (String)."""
    return pl.when(texts.str.contains(_PATTERN)).then("'" + texts).otherwise(texts)


def _is_formula(text: str) -> bool:
    seen = next((one for one in text if not one.isspace() and unicodedata.category(one)[0] != "C"), "")
    return text[:1] in set(_ENDS) or seen in set(_SIGNS)
