"""The main job on one page: (bytes of a report, feed, constituency) → events, quarantine, counts.

Pure: no file, no database, no clock. The engine calls it for each slice, `tutela harmonise` for standard input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.feeds.formats.reader import read_slice
from tutela.core.feeds.formats.records import RAW, ROW
from tutela.core.feeds.shadowserver import drift
from tutela.core.feeds.spread import names_read
from tutela.core.findings.fingerprint import with_asset, with_fingerprint
from tutela.core.idf.identity import identity

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from tutela.core.feeds.compile import CompiledFeed
    from tutela.core.feeds.formats.records import Records
    from tutela.core.feeds.formats.slices import Slice
    from tutela.core.feeds.report import ReportContext
    from tutela.core.netspace.snapshot import Snapshot

QUARANTINE_SCHEMA = pl.Schema({"row": pl.Int64(), "reason": pl.String(), "detail": pl.String(), "record": pl.String()})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one slice gave, with an account of its rows: ``rows`` = ``read`` + ``skipped`` + ``quarantined``.

    ``read``: rows that gave events, one or more each, and all of them; ``quarantined``: rows of which something is in
    quarantine (a row made into several may have given events besides); ``skipped``: rows that a rule of the feed or of
    its format leaves out. Each is counted on its own, so that a row which is in none of them is missed.

    ``events``: IDF columns, ``extra``, ``invalid``, ``row``, and when keyed ``organisation``, ``attribution``,
    ``asset`` (the field that names it), ``identity`` and ``fingerprint`` (UInt128). ``quarantine``: row, reason,
    detail, record.
    """

    events: pl.DataFrame
    quarantine: pl.DataFrame
    rows: int
    read: int
    skipped: int
    quarantined: int
    notes: tuple[str, ...] = ()


def harmonise(
    data: Slice,
    *,
    feed: CompiledFeed,
    report: ReportContext,
    keep_raw: bool = False,
    only_rows: AbstractSet[int] | None = None,
) -> Outcome:
    """Read one slice and turn its records into IDF events; ``only_rows`` limits it to some record numbers (replay)."""
    needs_raw = keep_raw or RAW in names_read(feed.definition)
    records = read_slice(data, feed.definition.format, keep_raw=needs_raw)
    if only_rows is not None:
        records = _only(records, only_rows)
    harmonised = feed.harmonise(records, report)
    rejected = records.rejected.rename({"raw": "record"})
    quarantine = pl.concat(
        [frame.select(QUARANTINE_SCHEMA.names()).cast(QUARANTINE_SCHEMA) for frame in (rejected, harmonised.quarantine)]
    )
    bad, good = quarantine["row"].unique(), harmonised.events["row"].unique()
    left_out = pl.concat([records.passed_over, harmonised.left_out.rename(ROW)]).unique()
    notes = (*records.notes, *(drift(feed.definition, records.columns) if feed.definition.expected else ()))
    return Outcome(
        harmonised.events,
        quarantine.sort("row"),
        rows=records.rows,
        read=len(_without(good, bad)),
        skipped=len(_without(_without(left_out, good), bad)),
        quarantined=len(bad),
        notes=notes,
    )


def _without(rows: pl.Series, others: pl.Series) -> pl.Series:
    if not len(rows) or not len(others):
        return rows
    return rows.filter(~rows.is_in(others.cast(rows.dtype).implode()))


def _only(records: Records, rows: AbstractSet[int]) -> Records:
    wanted = pl.Series(sorted(rows), dtype=pl.UInt32).implode()
    frame = records.frame.filter(pl.col(ROW).is_in(wanted))
    rejected = records.rejected.filter(pl.col("row").is_in(wanted))
    passed_over = records.passed_over.filter(records.passed_over.is_in(wanted))
    found = pl.concat([frame[ROW], rejected["row"].rename(ROW), passed_over]).n_unique()
    return replace(records, frame=frame, rejected=rejected, passed_over=passed_over, rows=found)


def attribute_and_key(events: pl.DataFrame, *, feed: CompiledFeed, snapshot: Snapshot) -> pl.DataFrame:
    """Say whose each event is, and give it its two keys: identity (same event?) and fingerprint (same condition?)."""
    finding = feed.definition.finding
    keyed = with_fingerprint(with_asset(events, finding.asset), finding.fields)
    keyed = keyed.with_columns(identity(events).alias("identity"))
    return snapshot.attribute(keyed)
