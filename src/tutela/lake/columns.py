"""The columns of the event table: one for each IDF field, and what Tutela knows about the event.

``date`` is the partition: the day of ``time.source`` in UTC, or 1970-01-01 for events without a time of their own,
so that the same event always lies in the same partition and duplicates are looked for in one place only.
128-bit keys are kept as two signed 64-bit halves, because Delta has no wider integer.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.idf.fields import EVENT_FIELDS

if TYPE_CHECKING:
    import uuid

UNDATED: Final = date(1970, 1, 1)
_LOW_BITS: Final = 2**64
_SIGN: Final = 2**63

NOT_KEPT: Final = frozenset({"raw"})
"""``raw`` is not repeated in the lake: the report lies in the archive, and ``report`` and ``row`` say where."""

KNOWN: Final = {
    "invalid": pl.String(),
    "feed": pl.String(),
    "report": pl.String(),
    "row": pl.Int64(),
    "organisation": pl.String(),
    "attribution": pl.String(),
    "snapshot": pl.String(),
    "asset": pl.String(),
    "identity_high": pl.Int64(),
    "identity_low": pl.Int64(),
    "fingerprint_high": pl.Int64(),
    "fingerprint_low": pl.Int64(),
    "date": pl.Date(),
}

LAKE_SCHEMA: Final = pl.Schema(
    {field.name: field.type.dtype for field in EVENT_FIELDS if field.name not in NOT_KEPT} | KNOWN
)


def halves(key: str) -> list[pl.Expr]:
    """The two signed 64-bit halves of the UInt128 column ``key``, named ``<key>_high`` and ``<key>_low``."""
    high = (pl.col(key) // _LOW_BITS).cast(pl.UInt64).reinterpret(signed=True)
    low = (pl.col(key) % _LOW_BITS).cast(pl.UInt64).reinterpret(signed=True)
    return [high.alias(f"{key}_high"), low.alias(f"{key}_low")]


def whole(key: str) -> pl.Expr:
    """The UInt128 column again from its two halves."""
    high = pl.col(f"{key}_high").reinterpret(signed=False).cast(pl.UInt128)
    low = pl.col(f"{key}_low").reinterpret(signed=False).cast(pl.UInt128)
    return (high * _LOW_BITS + low).alias(key)


def halves_of(key: uuid.UUID | int) -> tuple[int, int]:
    """The two halves of one key, as they stand in the lake."""
    high, low = divmod(int(key), _LOW_BITS)
    return (high - _LOW_BITS if high >= _SIGN else high, low - _LOW_BITS if low >= _SIGN else low)


def event_date() -> pl.Expr:
    """The partition of an event (Date)."""
    return pl.col("time.source").dt.date().fill_null(pl.lit(UNDATED)).alias("date")
