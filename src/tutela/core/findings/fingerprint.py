"""What makes two events the same condition: an asset, and the fields that the feed names.

The fingerprint of recipe 1 is the XXH3 128-bit hash (seed 0) of these UTF-8 bytes::

    1 US asset type US asset key US field=value US field=value …

where US is 0x1f, the fields stand in alphabetical order, and a field without a value is left out.
It does not contain the organisation: a corrected constituency moves a finding, it does not make another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import polars_hash as plh

if TYPE_CHECKING:
    from collections.abc import Sequence

RECIPE = 1
SEPARATOR = "\x1f"

ASSET_TYPES = {
    "source.ip": "address",
    "source.network": "network",
    "source.fqdn": "domain",
    "source.reverse_dns": "domain",
    "source.url": "url",
    "source.asn": "asn",
    "source.account": "account",
    "source.local_ip": "address",
    "source.local_hostname": "host",
}
"""Which kind of asset an IDF field names."""


def with_asset(events: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Add ``asset`` (String): the first of ``fields`` that has a value; null when none has."""
    named = [pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in fields if name in events.columns]
    return events.with_columns(asset=pl.coalesce(named) if named else pl.lit(None, dtype=pl.String))


def asset_type() -> pl.Expr:
    """Which kind of asset an event concerns (String), from its ``asset``."""
    return pl.col("asset").replace_strict(ASSET_TYPES, default=pl.col("asset"), return_dtype=pl.String)


def asset_key(events: pl.DataFrame) -> pl.Expr:
    """The value of the field that ``asset`` names (String)."""
    named = events["asset"].unique().drop_nulls().sort().to_list()
    values = [pl.when(pl.col("asset") == name).then(pl.col(name).cast(pl.String)) for name in named]
    return pl.coalesce(values) if values else pl.lit(None, dtype=pl.String)


def with_fingerprint(events: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Add ``fingerprint`` (UInt128) to events that have ``asset``; null where there is no asset."""
    named = [pl.lit(f"{field}=") + pl.col(field).cast(pl.String) for field in sorted(fields) if field in events.columns]
    text = pl.concat_str(
        pl.lit(str(RECIPE)), asset_type(), asset_key(events), *named, separator=SEPARATOR, ignore_nulls=True
    )
    text = pl.when(pl.col("asset").is_not_null()).then(text)
    keyed = events.select(text.alias("fingerprint")).select(plh.col("fingerprint").nchash.xxh3_128())
    return events.with_columns(keyed["fingerprint"])
