"""Converters of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
from pydantic import Field

from tutela.core.feeds.converters.arguments import Table, Text
from tutela.core.feeds.converters.registry import converter
from tutela.core.feeds.patterns import OneGroupPattern, Pattern

if TYPE_CHECKING:
    from collections.abc import Sequence


@converter("lower")
def lower(text: pl.Expr, _: None) -> pl.Expr:
    """In lower case."""
    return text.str.to_lowercase()


@converter("upper")
def upper(text: pl.Expr, _: None) -> pl.Expr:
    """In upper case."""
    return text.str.to_uppercase()


@converter("strip", str, optional=True, example='{strip: "/"}')
def strip(text: pl.Expr, characters: str | None) -> pl.Expr:
    """Without white space at both ends, or without the characters given."""
    return text.str.strip_chars(characters)


@converter("prefix", str, example='{prefix: "http://"}')
def prefix(text: pl.Expr, before: str) -> pl.Expr:
    """With a text put before it."""
    return pl.lit(before) + text


@converter("suffix", str, example='{suffix: "/"}')
def suffix(text: pl.Expr, after: str) -> pl.Expr:
    """With a text put after it."""
    return text + pl.lit(after)


@converter("translate", Table, example="{translate: {up: online, down: offline}}")
def translate(text: pl.Expr, table: dict[str, str | None]) -> pl.Expr:
    """Another text for each text of a table (null: absent); a text that is not in it stays."""
    return text.replace(table)


@converter("only", Table, example="{only: {scan: scanner, bot: infected-system}}")
def only(text: pl.Expr, table: dict[str, str | None]) -> pl.Expr:
    """Another text for each text of a table; a text that is not in it counts as absent."""
    return text.replace_strict(table, default=None, return_dtype=pl.String)


@converter("null_if", list[Text], example='{null_if: ["0", unknown]}')
def null_if(text: pl.Expr, values: Sequence[str]) -> pl.Expr:
    """Absent when the text is one of these."""
    return pl.when(text.is_in(values).not_()).then(text)


@converter("zero_is_absent")
def zero_is_absent(text: pl.Expr, _: None) -> pl.Expr:
    """Absent when the text is 0."""
    return pl.when(text != "0").then(text)


@converter("extract", OneGroupPattern, example=r"{extract: 'port (\d+)'}")
def extract(text: pl.Expr, pattern: str) -> pl.Expr:
    """What the one group of a regular expression finds first; absent when nothing is found."""
    return text.str.extract(pattern)


@converter("replace", tuple[Pattern, str], example=r"{replace: ['\.\d+$', '']}")
def replace(text: pl.Expr, change: tuple[str, str]) -> pl.Expr:
    """Every place that a regular expression finds, replaced by a text in which $1 is the first group."""
    return text.str.replace_all(*change)


@converter("split", tuple[Annotated[str, Field(min_length=1)], int], example='{split: ["/", 0]}')
def split(text: pl.Expr, how: tuple[str, int]) -> pl.Expr:
    """One part between separators, counted from 0, or from the end by -1; absent when there is no such part."""
    separator, index = how
    return text.str.split(separator).list.get(index, null_on_oob=True)


@converter("ascii")
def ascii_only(text: pl.Expr, _: None) -> pl.Expr:
    """Absent when the text has a character outside ASCII."""
    return pl.when(text.str.contains(r"^[\x00-\x7F]*$")).then(text)
