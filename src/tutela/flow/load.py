"""One load on its way: staged slices → new events → lake → findings and ledger, each stage ending on disk.

Killed at any moment and begun again, a load ends as if nothing had happened: staged slices are kept, files in the
lake's folder have names that follow from the load, the lake's transaction carries the load's id, and the database takes
counts, findings and ledger entries in one transaction.
"""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Final

import orjson
import polars as pl
import structlog
from django.db import transaction

from tutela.apps.findings import actions as findings
from tutela.apps.intake import actions as intake
from tutela.core.findings.fold import FOLD_SCHEMA, merge
from tutela.engine.staging import ChunkTask, write_chunk
from tutela.flow.locks import exclusive
from tutela.flow.stage import stage_reports
from tutela.lake.dedupe import new_events
from tutela.lake.quarantine import Quarantine
from tutela.lake.table import EventTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tutela.apps.intake.actions import Tally
    from tutela.apps.intake.models import Load
    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis
    from tutela.engine.pool import Pool
    from tutela.engine.staged import Staged
    from tutela.flow.meter import Meter

CHUNK_ROWS: Final = 400_000
_FOLDS_AT_ONCE: Final = 6
log = structlog.get_logger(__name__)


def carry(
    load: Load, *, environment: Environment, pool: Pool, meter: Meter, now: datetime, by: Actor, basis: Basis
) -> None:
    """Carry a load from where it is to its end."""
    work = environment.home / "work" / load.id.hex
    work.mkdir(parents=True, exist_ok=True)
    # One load at a time: what is new is told against a lake that nobody else changes.
    with exclusive(environment.home / "lake.lock"):
        table = EventTable(environment.lake_path)
        log.info("stage", stage="stage", load=load.id.hex)
        meter.enter("reading")
        staged, tallies = stage_reports(load, work=work, environment=environment, table=table, pool=pool, meter=meter)
        meter.enter("writing")
        if not table.holds(load.id.hex):
            _write(load, staged, work=work, table=table, pool=pool)
        if sum(slice_.events for slice_ in staged) > 2 * CHUNK_ROWS:
            pool.close()  # the workers of a large load give their memory back before the database wants some
        meter.enter("settling")
        _settle(load, staged, tallies, work=work, environment=environment, now=now, by=by, basis=basis)
    log.info("stage", stage="clean", load=load.id.hex)
    shutil.rmtree(work, ignore_errors=True)


def _write(load: Load, staged: Sequence[Staged], *, work: Path, table: EventTable, pool: Pool) -> None:
    """Write the new events among those set aside to the lake's folder; all new ones go into the table at once."""
    log.info("stage", stage="dedupe", load=load.id.hex)
    files = [file for slice_ in staged for file in slice_.files]
    written = [str(table.folder / file.path) for file in files]
    fresh = new_events([slice_.path for slice_ in staged], table, written=written)
    log.info("stage", stage="write", load=load.id.hex)
    chunks = list(pool.run(write_chunk, _chunks(load, staged, fresh, work=work, table=table)))
    folds = sorted(chunk.fold for chunk in chunks)
    new: Counter[str] = Counter()  # by report: the next try may have other slices
    for slice_, positions in zip(staged, fresh, strict=True):
        new[slice_.report_id] += slice_.written + positions.len()
    (work / "written.unfinished").write_bytes(orjson.dumps({"new": new, "folds": folds}))
    (work / "written.unfinished").rename(work / "written.json")
    log.info("stage", stage="commit", load=load.id.hex)
    table.add([*files, *(file for chunk in chunks for file in chunk.files)], load=load.id.hex)


def _chunks(
    load: Load, staged: Sequence[Staged], fresh: Sequence[pl.Series], *, work: Path, table: EventTable
) -> Iterator[ChunkTask]:
    """Consecutive slices of up to ``CHUNK_ROWS`` events together, so that many small reports give few files."""
    group: list[int] = []
    rows = 0
    number = 0
    for index, slice_ in enumerate(staged):
        if group and rows + slice_.events > CHUNK_ROWS:
            yield _chunk(load, staged, fresh, group, number, work, table)
            group, rows, number = [], 0, number + 1
        group.append(index)
        rows += slice_.events
    if group:
        yield _chunk(load, staged, fresh, group, number, work, table)


def _chunk(
    load: Load,
    staged: Sequence[Staged],
    fresh: Sequence[pl.Series],
    group: Sequence[int],
    number: int,
    work: Path,
    table: EventTable,
) -> ChunkTask:
    return ChunkTask(
        slices=tuple(staged[index] for index in group),
        fresh=tuple(fresh[index] for index in group),
        lake=str(table.folder.parent),
        work=str(work),
        name=f"{load.id.hex}-{number:06d}",
        snapshot_id=load.snapshot,
    )


def _settle(  # noqa: PLR0913 - the values of one transaction
    load: Load,
    staged: Sequence[Staged],
    tallies: dict[str, Tally],
    *,
    work: Path,
    environment: Environment,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> None:
    """Findings, counts, quarantine and ledger entries, in one transaction."""
    log.info("stage", stage="settle", load=load.id.hex)
    summary = orjson.loads((work / "written.json").read_bytes())
    for report, new in summary["new"].items():
        tallies[report].new += new
    if not (load.replay_of and any(tally.failed for tally in tallies.values())):
        Quarantine(environment.home).replace(_quarantined(staged))
    folds = _merged(summary["folds"])
    with transaction.atomic():
        findings.merge_folds(folds)
        intake.settle(load=load, tallies=tallies, now=now, by=by, basis=basis)


def _merged(paths: Sequence[str]) -> pl.DataFrame:
    """The folds of all chunks as one, a few at a time: memory follows the number of findings, not of chunks."""
    merged = pl.DataFrame(schema=FOLD_SCHEMA)
    for start in range(0, len(paths), _FOLDS_AT_ONCE):
        parts = [pl.read_parquet(path) for path in paths[start : start + _FOLDS_AT_ONCE]]
        merged = merge(pl.concat([merged, *parts]))
    return merged


def _quarantined(staged: Sequence[Staged]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {slice_.report_id: [] for slice_ in staged}
    for slice_ in staged:
        if slice_.quarantined:
            found[slice_.report_id].append(slice_.quarantine)
    return found
