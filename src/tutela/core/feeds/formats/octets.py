"""The bytes of a report as a column, so that whole megabytes are asked at once what they are."""

from __future__ import annotations

import polars as pl
from arro3.core import Array


def octets(data: bytes) -> pl.Series:
    """The bytes (UInt8), read where they lie; Polars alone would copy them twice."""
    return pl.Series(Array.from_buffer(data)) if data else pl.Series(dtype=pl.UInt8)
