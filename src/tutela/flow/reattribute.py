"""A corrected constituency says anew whose past events were, and their findings move.

The order makes it repeatable: the database takes the new findings first, as absolute values that follow from the lake
and the new constituency; then the lake takes the new attribution. Killed between the two and begun again, it ends the
same.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction

from tutela.apps.constituency import queries as constituency
from tutela.apps.findings import actions as findings
from tutela.apps.intake.queries import unfinished_loads
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import Conflict
from tutela.core.findings.fold import FOLD_SCHEMA, fold, merge
from tutela.core.idf.fields import UTC_DATETIME
from tutela.engine.pool import Pool
from tutela.flow.ingest import take_over
from tutela.flow.locks import exclusive
from tutela.lake.columns import UNDATED, whole
from tutela.lake.table import EventTable, scan_files

if TYPE_CHECKING:
    from datetime import date, datetime

    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis
    from tutela.core.netspace.snapshot import Snapshot

_SEEN = pl.coalesce("time.source", pl.col("time.observation").cast(UTC_DATETIME))


@dataclass(slots=True)
class Reattributed:
    """What changed, or would: events by (organisation before, after), findings touched, and the snapshot used."""

    snapshot: str
    events: int = 0
    findings: int = 0
    moves: dict[tuple[str | None, str | None], int] = field(default_factory=dict)
    dry_run: bool = False


def reattribute(
    *, since: datetime | None, dry_run: bool, environment: Environment, now: datetime, by: Actor, basis: Basis
) -> Reattributed:
    """Attribute the events since ``since`` (all without it) against the constituency as it stands now.

    Loads that were broken off are carried to their end first: what is in the lake and not yet in the findings would be
    counted twice. Raises Conflict where one cannot be.
    """
    if not dry_run:
        with Pool(environment.worker_count) as pool:
            take_over(environment=environment, pool=pool, now=now, by=by, basis=basis)
    snapshot = constituency.current_snapshot(environment.home)
    with exclusive(environment.home / "lake.lock"):
        table = EventTable(environment.lake_path)
        _check_settled(table)
        days = [day for day in table.days() if since is None or day == UNDATED or day >= since.date()]
        files = {day: table.paths([day]) for day in days}
        result = Reattributed(snapshot.id, dry_run=dry_run)
        changed = pl.concat(
            [_changes(path, snapshot, since) for paths in files.values() for path in paths] or [_NO_CHANGE]
        )
        result.events = changed.height
        result.moves = {
            (before, after): number
            for before, after, number in changed.group_by("organisation_before", "organisation").len().iter_rows()
        }
        keys = changed.select("fingerprint_high", "fingerprint_low").unique().drop_nulls()
        result.findings = keys.height
        if dry_run or not changed.height:
            return result
        refolded = _refold(table, keys, snapshot, since)
        with transaction.atomic():
            findings.replace_folds(refolded, keys.select(whole("fingerprint"))["fingerprint"].to_list())
            ledger.record(
                action="constituency.reattribute",
                object_type="snapshot",
                object_hash=snapshot.id,
                details={"events": result.events, "findings": result.findings},
                by=by,
                basis=basis,
                time=now,
            )
        _rewrite(table, files, snapshot, since)
    return result


def _check_settled(table: EventTable) -> None:
    """Nobody carries a load while we hold the lock: one that is in the table alone was broken off."""
    if any(table.holds(load.id.hex) for load in unfinished_loads()):
        raise Conflict(
            "a load was broken off and is not in the findings yet.", remedy="Ingest anything, or run `tutela tick`."
        )


_NO_CHANGE = pl.DataFrame(
    schema={
        "organisation_before": pl.String,
        "organisation": pl.String,
        "fingerprint_high": pl.Int64,
        "fingerprint_low": pl.Int64,
    }
)


def _attributed(events: pl.DataFrame, snapshot: Snapshot, since: datetime | None) -> pl.DataFrame:
    """Events since ``since`` that now concern somebody else are ``moved``: whose they are, why, and the snapshot.

    All others stay as they are, also their reason: it belongs to the snapshot that they keep.
    """
    before = {name: f"{name}_before" for name in ("organisation", "attribution")}
    after = snapshot.attribute(events.rename(before))
    moved = pl.col("organisation").ne_missing(pl.col("organisation_before"))
    if since is not None:
        moved &= _SEEN.ge(since)
    after = after.with_columns(moved=moved)
    kept = [pl.when("moved").then(name).otherwise(old).alias(name) for name, old in before.items()]
    return after.with_columns(*kept, snapshot=pl.when("moved").then(pl.lit(snapshot.id)).otherwise("snapshot"))


def _changes(path: str, snapshot: Snapshot, since: datetime | None) -> pl.DataFrame:
    events = scan_files([path]).drop("extra", "invalid").collect()
    return _attributed(events, snapshot, since).filter("moved").select(_NO_CHANGE.columns)


def _refold(table: EventTable, keys: pl.DataFrame, snapshot: Snapshot, since: datetime | None) -> pl.DataFrame:
    """The findings of these fingerprints as all events of the lake give them once those since ``since`` have moved."""
    parts = []
    for path in table.paths():
        events = scan_files([path]).join(keys.lazy(), on=keys.columns, how="semi").collect()
        if events.height:
            events = _attributed(events, snapshot, since).with_columns(
                whole("fingerprint"),
                seen=_SEEN,
                reported=pl.col("time.observation"),
                fresh=pl.lit(value=True),
                observer=pl.col("feed"),
            )
            parts.append(fold(events))
    return merge(pl.concat(parts)) if parts else pl.DataFrame(schema=FOLD_SCHEMA)


def _rewrite(table: EventTable, files: dict[date, list[str]], snapshot: Snapshot, since: datetime | None) -> None:
    """Write the files that hold a moved event again, day by day, each day in one transaction."""
    run = uuid.uuid4().hex
    for day, paths in files.items():
        old, new = [], []
        for number, path in enumerate(paths):
            after = _attributed(scan_files([path]).collect(), snapshot, since)
            if not after["moved"].any():
                continue
            after = after.drop("organisation_before", "attribution_before", "moved")
            old.append(table.relative(path))
            new.append(table.write(after, day, f"reattribute-{run}-{number:06d}"))
        if old:
            table.exchange(old, new, load=f"reattribute-{run}-{day.isoformat()}")
