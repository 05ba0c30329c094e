"""From holdings to what is searched: disjoint ranges, disjoint names, one row for each AS number.

Everywhere the number of a holding is its row in `ranked` order, and the smaller number wins.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from tutela.core.netspace.addresses import MAPPED_FIRST, MAPPED_LAST
from tutela.core.netspace.domains import EXACT, bounds
from tutela.core.netspace.holdings import ASN, DOMAIN, HOLDINGS_SCHEMA, KINDS, NETWORK
from tutela.core.netspace.intervals import flatten, merged

RANGES_SCHEMA: Final = pl.Schema({"first": pl.UInt128, "last": pl.UInt128, "holding": pl.UInt32})
NAMES_SCHEMA: Final = pl.Schema({"start": pl.String, "end": pl.String, "holding": pl.UInt32})
NUMBERS_SCHEMA: Final = pl.Schema({"number": pl.Int64, "holding": pl.UInt32})


def ranked(holdings: pl.DataFrame) -> pl.DataFrame:
    """Holdings, best first within each kind, so that of any that match the first one wins.

    Networks: the smaller range; domains: more labels, and a name alone before a suffix. Then, whatever the kind: the
    organisation deeper in the hierarchy, the smaller id of the organisation, the key, the period, the source.
    """
    kind = pl.col("kind")
    size = pl.when(kind == NETWORK).then(pl.col("last") - pl.col("first"))
    labels = pl.when(kind == DOMAIN).then(pl.col("key").str.count_matches(r"\."))
    suffix = pl.when(kind == DOMAIN).then(~pl.col("key").str.starts_with(EXACT))
    place = kind.replace_strict(list(KINDS), range(len(KINDS)), return_dtype=pl.Int8)
    order = [place, size, -labels.cast(pl.Int32), suffix, -pl.col("depth"), "organisation", "key"]
    order += ["valid_from", "valid_to", "source", "shared"]
    return holdings.select(HOLDINGS_SCHEMA.names()).cast(HOLDINGS_SCHEMA).sort(order).rechunk()


def ranges(holdings: pl.DataFrame) -> pl.DataFrame:
    """Disjoint ranges in order (``RANGES_SCHEMA``), each with the holding that wins there.

    Only ranges that touch others go through the sweep; the many that stand alone are left as they are.
    """
    numbered = holdings.with_row_index("holding").filter(pl.col("kind") == NETWORK)
    networks = _without_mapped(numbered.select(RANGES_SCHEMA.names())).sort("first", "last")
    reach = networks["last"].cum_max().shift(1)
    follows = (networks["first"] > reach).fill_null(value=True)
    alone = follows & follows.shift(-1).fill_null(value=True)
    crowd = networks.filter(~alone)
    pieces = merged(flatten((first, last + 1, winner) for first, last, winner in crowd.iter_rows()))
    rows = [(piece.start, piece.end - 1, piece.winner) for piece in pieces]
    swept = pl.DataFrame(rows, schema=RANGES_SCHEMA, orient="row")
    return pl.concat([networks.filter(alone), swept]).sort("first").rechunk()


def names(holdings: pl.DataFrame) -> pl.DataFrame:
    """Disjoint intervals of reversed names in order (``NAMES_SCHEMA``, ``end`` excluded)."""
    numbered = holdings.with_row_index("holding").filter(pl.col("kind") == DOMAIN).select("key", "holding")
    pieces = merged(flatten((*bounds(key), number) for key, number in numbered.iter_rows()))
    return pl.DataFrame(list(pieces), schema=NAMES_SCHEMA, orient="row")


def as_numbers(holdings: pl.DataFrame) -> pl.DataFrame:
    """AS numbers (``NUMBERS_SCHEMA``), each with the holding that wins."""
    numbered = holdings.with_row_index("holding").filter(pl.col("kind") == ASN)
    first = numbered.group_by("first").agg(pl.col("holding").min()).sort("first")
    return first.select(pl.col("first").alias("number"), "holding").cast(NUMBERS_SCHEMA)


def _without_mapped(networks: pl.DataFrame) -> pl.DataFrame:
    """Cut the place of IPv4 out of the IPv6 ranges that span it: who holds ``::/0`` does not hold IPv4."""
    around = (pl.col("first") < MAPPED_FIRST) & (pl.col("last") > MAPPED_LAST)
    spanning = networks.filter(around)
    below = spanning.with_columns(last=pl.lit(MAPPED_FIRST - 1, dtype=pl.UInt128))
    above = spanning.with_columns(first=pl.lit(MAPPED_LAST + 1, dtype=pl.UInt128))
    return pl.concat([networks.filter(~around), below, above])
