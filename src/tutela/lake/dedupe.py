"""Which staged events are new: exact, from disk, in bounded memory.

The same event always lies in the same partition, so only the partitions that the load touches are read, and of these
only the identities. Where they are many, the identities are taken in buckets, one after the other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.lake.columns import whole
from tutela.lake.table import scan_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutela.lake.table import EventTable

BUCKET_ROWS: Final = 2_000_000
"""Identities held in memory at once (about 100 bytes each while they are compared)."""
_LOAD: Final = re.compile("[0-9a-f]{32}")


def new_events(
    slices: Sequence[Path], table: EventTable, *, written: Sequence[str] = (), bucket_rows: int = BUCKET_ROWS
) -> list[pl.Series]:
    """For each staged slice the positions (UInt32, ascending) of events that no earlier slice and no file has.

    ``written``: files that this load put into the lake's folder already; their events are new.
    """
    if not slices:  # every slice of the load was refused
        return []
    staged = [pl.scan_parquet(path).select("identity", "date") for path in slices]
    heights = [int(frame.select(pl.len()).collect().item()) for frame in staged]
    days = sorted({day for frame in staged for day in frame.select(pl.col("date").unique()).collect()["date"]})
    paths = [*table.paths(days), *written]
    buckets = max(1, -(-sum(heights) // bucket_rows))
    kept: list[list[pl.Series]] = [[] for _ in slices]
    for bucket in range(buckets):
        for number, positions in _bucket(staged, paths, bucket, buckets):
            kept[number].append(positions)
    return [pl.concat(parts).sort() if parts else pl.Series(dtype=pl.UInt32) for parts in kept]


def _bucket(
    staged: Sequence[pl.LazyFrame], paths: Sequence[str], bucket: int, buckets: int
) -> list[tuple[int, pl.Series]]:
    def mine(frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame.filter(pl.col("identity") % buckets == bucket) if buckets > 1 else frame

    rows = pl.concat(
        [
            mine(
                frame.select("identity").with_row_index("position").with_columns(slice=pl.lit(number, pl.UInt32))
            ).collect()
            for number, frame in enumerate(staged)
        ]
    )
    fresh = rows.filter(pl.col("identity").is_first_distinct())
    if paths and fresh.height:
        # The table streams past the few that are looked for, never the other way round: memory follows the load.
        known = identities_of(paths).join(fresh.lazy().select("identity"), on="identity", how="semi")
        fresh = fresh.join(known.collect(engine="streaming"), on="identity", how="anti", maintain_order="left")
    return [
        (int(part["slice"][0]), part["position"]) for part in fresh.select("slice", "position").partition_by("slice")
    ]


def added_events(events: pl.DataFrame, table: EventTable, *, load: str) -> pl.Series:
    """The positions (UInt32, ascending) of those events of one slice that this load put into the table.

    They lie in its own files, or in what care for the lake made of them; other loads' files are left out, since one
    that read the same rows before may have brought the same events.
    """
    paths = [path for path in table.paths(events["date"].unique()) if _may_hold(path, load)]
    if not paths:
        return pl.Series(dtype=pl.UInt32)
    here = pl.all_horizontal(pl.col(name) == events[name][0] for name in ("report", "feed"))
    near = pl.col("row").is_between(events["row"].min(), events["row"].max())
    there = scan_files(paths).filter(here & near).select("row", whole("identity")).collect(engine="streaming")
    found = events.select("row", "identity").with_row_index("position").join(there, on=["row", "identity"], how="semi")
    return found.filter(pl.col("identity").is_first_distinct())["position"].sort()


def _may_hold(path: str, load: str) -> bool:
    writer = Path(path).name.partition("-")[0]
    return writer == load or not _LOAD.fullmatch(writer)


def identities_of(paths: Sequence[str]) -> pl.LazyFrame:
    """The identities (UInt128) in these files of the table."""
    return scan_files(paths).select(whole("identity"))
