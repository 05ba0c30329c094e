"""Converters of numbers, truths and times.

``integer``, ``float`` and ``boolean`` decide what a value of ``extra.*`` is in JSON; IDF fields know their own types.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from tutela.core.feeds.converters.arguments import TimeFormat, Times
from tutela.core.feeds.converters.registry import Kind, converter
from tutela.core.idf.times import parse_time

TRUE = ("true", "t", "yes", "y", "1", "on")
FALSE = ("false", "f", "no", "n", "0", "off")


def quoted(text: pl.Expr) -> pl.Expr:
    """Text as a JSON string."""
    encoded = pl.struct(text.alias("v")).struct.json_encode().str.slice(5).str.strip_suffix("}")
    return pl.when(text.is_not_null()).then(encoded)


def _json_or_text(found: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(found.is_not_null()).then(found).otherwise(quoted(text))


@converter("integer", gives=Kind.JSON)
def integer(text: pl.Expr, _: None) -> pl.Expr:
    """A whole number; other text stays text."""
    number = text.str.strip_chars()
    plain = number.cast(pl.Int64, strict=False).cast(pl.String)
    return _json_or_text(plain, text)


@converter("float", gives=Kind.JSON)
def decimal(text: pl.Expr, _: None) -> pl.Expr:
    """A decimal number; other text stays text."""
    number = text.str.strip_chars().cast(pl.Float64, strict=False)
    return _json_or_text(pl.when(number.is_finite()).then(number.cast(pl.String)), text)


@converter("boolean", gives=Kind.JSON)
def boolean(text: pl.Expr, _: None) -> pl.Expr:
    """True for true, yes, y, t, on, 1, false for the opposites, in any case; other text stays text."""
    table = dict.fromkeys(TRUE, "true") | dict.fromkeys(FALSE, "false")
    word = text.str.strip_chars().str.to_lowercase().replace_strict(table, default=None, return_dtype=pl.String)
    return _json_or_text(word, text)


def _number_text(number: pl.Expr) -> pl.Expr:
    return (
        pl.when(number == number.round(0))
        .then(number.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(number.cast(pl.String))
    )


@converter("scale", float, example="{scale: 0.01}")
def scale(text: pl.Expr, factor: float) -> pl.Expr:
    """The number multiplied by a factor; other text stays."""
    scaled = (text.str.strip_chars().cast(pl.Float64, strict=False) * factor).round_sig_figs(15)
    return pl.coalesce(_number_text(scaled), text)


@converter("product")
def product(text: pl.Expr, _: None) -> pl.Expr:
    """The product of numbers that stand between blanks; absent when one of them is no number."""
    numbers = text.str.strip_chars().str.split(" ").list.eval(pl.element().cast(pl.Float64, strict=False))
    whole = pl.when(numbers.list.eval(pl.element().is_null().any()).list.first().not_()).then(
        numbers.list.eval(pl.element().product()).list.first()
    )
    return _number_text(whole.round_sig_figs(15))


@converter("hexadecimal")
def hexadecimal(text: pl.Expr, _: None) -> pl.Expr:
    """The number that hexadecimal digits (with or without 0x) spell; other text stays."""
    number = text.str.strip_chars().str.strip_prefix("0x").str.to_integer(base=16, strict=False, dtype=pl.Int64)
    return pl.coalesce(number.cast(pl.String), text)


@converter("time", TimeFormat | list[TimeFormat] | Times, optional=True, example='{time: [epoch, "%d/%m/%Y %H:%M"]}')
def time(text: pl.Expr, how: Any) -> pl.Expr:
    """A time by formats, or {formats: […], zone: Europe/Vienna}, in ISO 8601 and UTC; other text stays."""
    if not isinstance(how, Times):
        how = Times() if how is None else Times(formats=(how,) if isinstance(how, str) else tuple(how))
    moment = parse_time(text, how.formats, assume_zone=how.zone)
    return pl.coalesce(iso(moment), text)


def iso(moment: pl.Expr) -> pl.Expr:
    """UTC datetimes as ISO 8601, with microseconds only where there are any."""
    whole = moment.dt.to_string("%Y-%m-%dT%H:%M:%S+00:00")
    return (
        pl.when(moment.dt.microsecond() == 0).then(whole).otherwise(moment.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f+00:00"))
    )
