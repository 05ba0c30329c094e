"""Is this the same event? One number for all that an event says.

The identity of recipe 1 is the XXH3 128-bit hash (seed 0) of these UTF-8 bytes::

    1 US field=value US field=value …

where US is the byte 0x1f. The fields are those of IDF that have a value, except ``raw`` and ``time.observation``, which
say how an event reached us; they stand in the order of their names (by code point). Two rows that differ only in a
value that is not valid are two events: where an event has such values, ``invalid`` stands among the fields. A value is

=========  =============================================================================================================
text       as it is; a US in it is written twice, so that no text can pass for two fields
number     whole ones in decimal digits
decimal    the 64 bits of the IEEE 754 double, read as a signed whole number, in decimal digits; -0.0 is 0.0
truth      ``true`` or ``false``
time       microseconds since 1970-01-01T00:00:00Z in decimal digits
``extra``  its canonical JSON text (keys sorted), an object without members counts as no value
invalid    the canonical JSON text of an object from each field to its text that is not valid, without the reasons
=========  =============================================================================================================

So neither the order of columns nor columns without a value matter, nor does the machine or the version of any library.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl
import polars_hash as plh

from tutela.core.idf.fields import EVENT_FIELDS, FIELDS, NOT_IDENTITY, IdfType
from tutela.core.idf.json_text import canonical_text
from tutela.core.idf.repeats import constants

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

IDENTITY_RECIPE: Final = 1
ROWS_AT_ONCE: Final = 16_000
"""The text of more rows is no longer in the processor's cache when it is hashed, which costs a sixth more time."""

INVALID: Final = "invalid"
"""The column of values that are not valid: a JSON object from field to {reason, value}, null where all are valid."""

IDENTITY_FIELDS: Final = tuple(sorted(field.name for field in EVENT_FIELDS if field.name not in NOT_IDENTITY))
"""The fields that make an event what it is, in the order of the recipe."""

_PARTS: Final = tuple(sorted((*IDENTITY_FIELDS, INVALID)))
SEPARATOR: Final = "\x1f"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NO_MEMBERS: Final = "{}"
_FREE_TEXT: Final = frozenset({IdfType.STRING, IdfType.LOWERCASE_STRING, IdfType.UPPERCASE_STRING, IdfType.URL})


def identity(frame: pl.DataFrame) -> pl.Series:
    """The identity of each event (UInt128, named ``identity``); columns that are not of IDF do not count."""
    columns = set(frame.columns)
    names = [name for name in _PARTS if name in columns and frame[name].null_count() < frame.height]
    if not names:
        return _hashed(pl.Series("identity", [str(IDENTITY_RECIPE)]).new_from_index(0, frame.height))
    values = frame.select(_value(frame[name]) for name in names)
    steady = constants(values, values.columns[1:])  # the first gives the text its height
    text = _text(values, steady, escape=False)
    torn = _holds_separator(values, steady)
    parts = [_hashed(part.select(text).to_series()) for part in values.iter_slices(ROWS_AT_ONCE)]
    hashed = pl.concat(parts, rechunk=True)
    if torn is None or not torn.any():
        return hashed
    some = values.filter(torn)
    return hashed.scatter(torn.arg_true(), _hashed(some.select(_text(some, frozenset(), escape=True)).to_series()))


def identity_bytes(event: Mapping[str, Any]) -> bytes:
    """The documented bytes of one event (values as Python has them), as ``identity`` hashes them."""
    parts = [str(IDENTITY_RECIPE)]
    for name in _PARTS:
        value = event.get(name)
        if name == INVALID and value is not None:
            value = _without_reasons(value)
        if value is not None and value != _NO_MEMBERS:
            parts.append(f"{name}={_written(value)}")
    return SEPARATOR.join(parts).encode()


def _hashed(text: pl.Series) -> pl.Series:
    hashed = text.to_frame("identity").select(plh.col("identity").nchash.xxh3_128())
    return hashed.to_series().alias("identity")


def _value(values: pl.Series) -> pl.Series:
    """A column as the recipe writes it, not yet escaped."""
    kind = values.dtype
    if isinstance(kind, pl.Datetime):
        return values.dt.timestamp("us")
    if kind.is_float():
        return values.cast(pl.Float64).set(values == 0, 0.0).reinterpret(dtype=pl.Int64)
    if kind == pl.Boolean:
        return values.cast(pl.String)
    if values.name == "extra":
        return values.set(values == _NO_MEMBERS, None)
    if values.name == INVALID:
        told = values.drop_nulls().unique()
        return values.replace_strict(told, [_without_reasons(one) for one in told], default=None)
    return values


def _without_reasons(invalid: str) -> str:
    """Fields and values alone: how a reason is worded must not make an event another one."""
    return canonical_text({name: told["value"] for name, told in orjson.loads(invalid).items()})


def _holds_separator(values: pl.DataFrame, steady: Collection[str]) -> pl.Series | None:
    """Rows with a US inside a value (None where none can have it); valid values of most types cannot hold one."""
    texts = [name for name in values.columns if values.schema[name] == pl.String and name != INVALID]
    free = [name for name in texts if FIELDS[name].type in _FREE_TEXT]
    # A column that is the same in all rows needs one look only.
    free = [name for name in free if name not in steady or SEPARATOR in (values[name][0] or "")]
    torn = (pl.col(name).str.contains(SEPARATOR, literal=True) for name in free)
    return values.select(pl.any_horizontal(torn)).to_series() if free else None


def _text(values: pl.DataFrame, steady: Collection[str], *, escape: bool) -> pl.Expr:
    """The bytes before hashing; a field's name stands only where the field has a value.

    Columns that are the same in all rows (``steady``) go into the text between those that are not, written once.
    """
    pieces: list[pl.Expr] = []
    between = str(IDENTITY_RECIPE)
    for name in values.columns:
        value, label = pl.col(name), f"{SEPARATOR}{name}="
        if escape and values.schema[name] == pl.String:
            value = value.str.replace_all(SEPARATOR, SEPARATOR * 2, literal=True)
        if name in steady:
            only = values[name][0]
            between += "" if only is None else f"{label}{only}"
        elif values[name].null_count():
            pieces += [pl.lit(between), pl.concat_str(pl.lit(label), value)]  # null where the value is
            between = ""
        else:
            pieces += [pl.lit(f"{between}{label}"), value]
            between = ""
    return pl.concat_str([*pieces, pl.lit(between)], ignore_nulls=True)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str((value - _EPOCH) // _MICROSECOND)
    if isinstance(value, float):
        return str(struct.unpack("<q", struct.pack("<d", value + 0.0))[0])
    return str(value).replace(SEPARATOR, SEPARATOR * 2)
