"""JSON text in one spelling, written for whole columns at once.

The spelling: keys sorted by code point, no blanks, UTF-8 unescaped, numbers as short as they go. It is what
``orjson.dumps(…, option=OPT_SORT_KEYS)`` writes, so the same content always has the same bytes.
"""

from __future__ import annotations

import json
import re
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from tutela.core.idf.addresses import each, mend

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_PLAIN = (
    r"^(?:0|-?[1-9][0-9]{0,14}|true|false"  # whole numbers and truths
    r"|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,3}[1-9]"  # decimals without an exponent in any spelling
    r'|"[^"\\\x00-\x1f]*")$'  # texts without an escape
)
LONG_NUMBER = r"[0-9]{19}"
"""Digits that may be a whole number beyond 64 bits, which the fast reader would make a decimal."""
_MAY_BE_LONG = re.compile(LONG_NUMBER).search
_ROWS_AT_ONCE = 100_000  # the text of more would cost memory and, with it, time
_END = "\x1f"
_END_TEXT = r'"\u001f":0}'


def canonical_json(text: pl.Series, *, objects_only: bool = False) -> pl.Series:
    """JSON texts in their one spelling (String); null where a text is no JSON (or no object, when only those count)."""
    spell = partial(each, function=partial(_canonical, objects_only=objects_only))
    if objects_only:
        nothing = pl.Series(text.name, [None], dtype=pl.String).new_from_index(0, len(text))
        return mend(nothing, text.is_not_null(), text, spell)
    odd = ~text.str.contains(_PLAIN)
    return mend(text.set(odd, None), odd, text, spell) if odd.any() else text


def canonical_text(value: Any) -> str:
    """A JSON value (dictionary, list, text, number, truth, None) as canonical text."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:  # a whole number beyond 64 bits
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(text: str | bytes) -> Any:
    """The value of a JSON text, whole numbers of any length kept exact; raises ValueError."""
    value = orjson.loads(text)
    spelled = text if isinstance(text, str) else text.decode()
    return json.loads(spelled) if _MAY_BE_LONG(spelled) else value


def json_objects(frame: pl.DataFrame, json_columns: Collection[str] = ()) -> pl.Series:
    """Each row as a JSON object of its values (String, null where a row has none), keys in the order of the columns.

    Columns are String, Boolean, whole numbers or finite Float64; those of ``json_columns`` hold JSON text already.
    """
    parts = [braced(members(part, json_columns)) for part in frame.iter_slices(_ROWS_AT_ONCE)]
    return pl.concat(parts, rechunk=True) if parts else pl.Series([], dtype=pl.String)


def members(frame: pl.DataFrame, json_columns: Collection[str] = ()) -> pl.Series:
    """The members of each row's JSON object, each followed by a comma, without the braces (String, never null)."""
    filled = [name for name in frame.columns if frame[name].null_count() < frame.height]
    pieces: list[pl.Expr] = []
    for is_json, names in groupby(filled, key=lambda name: name in json_columns):
        if is_json:
            for name in names:
                pieces += _json_member(name)
        else:
            pieces.append(_plain_members(frame, list(names)))
    if not pieces:
        return pl.Series([""]).new_from_index(0, frame.height)
    return frame.select(pl.concat_str(pieces, ignore_nulls=True).alias("members")).to_series()


def braced(inside: pl.Series) -> pl.Series:
    """Members of objects, each followed by a comma, made into whole objects; null where there is no member."""
    column = pl.col("members")
    whole = pl.concat_str(pl.lit("{"), column.str.strip_suffix(","), pl.lit("}"))
    return inside.to_frame("members").select(pl.when(column != "").then(whole).alias("json")).to_series()


def _json_member(name: str) -> Iterable[pl.Expr]:
    there = pl.col(name).is_not_null()
    key = f"{canonical_text(name)}:"
    return pl.when(there).then(pl.lit(key)), pl.col(name), pl.when(there).then(pl.lit(","))


def _plain_members(frame: pl.DataFrame, names: list[str]) -> pl.Expr:
    """By Polars' own JSON writer; what it writes for null is taken out again, by far the fastest way."""
    # A last member that is always there: after it no comma has to be thought of.
    text = pl.struct(*names, pl.lit(0, dtype=pl.Int8).alias(_END)).struct.json_encode()
    # No text value can contain these: in it every quotation mark follows a backslash.
    absent = [f"{canonical_text(name)}:null," for name in names if frame[name].null_count()]
    if absent:
        text = text.str.replace_many(absent, [""], leftmost=True)
    return text.str.strip_prefix("{").str.strip_suffix(_END_TEXT)


def _canonical(text: str, *, objects_only: bool) -> str | None:
    try:
        value = loads(text)
        return None if objects_only and not isinstance(value, dict) else canonical_text(value)
    except ValueError:
        return None
