"""One load on its way: staged slices → new events → lake → findings and ledger, each stage ending on disk.

Killed at any moment and begun again, a load ends as if nothing had happened: staged slices are kept, files in the
lake's folder have names that follow from the load, the lake's transaction carries the load's id, and the database takes
counts, findings and ledger entries in one transaction. Where its folder of work was lost after the lake's transaction,
what is in it is made again from the archive and the lake.
"""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Final

import polars as pl
import structlog
from django.db import transaction
from pydantic import BaseModel, ValidationError

from tutela.apps.findings import actions as findings
from tutela.apps.intake import actions as intake
from tutela.apps.intake import queries
from tutela.core.actor import SYSTEM
from tutela.core.findings.fold import FOLD_SCHEMA, merge
from tutela.engine.staging import ChunkTask, write_chunk
from tutela.flow.locks import exclusive
from tutela.flow.stage import stage_reports
from tutela.lake.dedupe import new_events
from tutela.lake.quarantine import Quarantine
from tutela.lake.table import EventTable
from tutela.lake.whole import whole_file

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
_WRITTEN: Final = "written.json"
log = structlog.get_logger(__name__)


class _Written(BaseModel):
    """What was written of a load: its folds by name, and new events by report, for slices may be others next time."""

    new: dict[str, int]
    folds: list[str]


def carry(
    load: Load, *, environment: Environment, pool: Pool, meter: Meter, now: datetime, by: Actor, basis: Basis
) -> None:
    """Carry a load from where it is to its end."""
    work = environment.home / "work" / load.id.hex
    work.mkdir(parents=True, exist_ok=True)
    # One load at a time: what is new is told against a lake that nobody else changes.
    with exclusive(environment.home / "lake.lock"):
        table = EventTable(environment.lake_path)
        committed = table.holds(load.id.hex)
        written = _written_before(work) if committed else None
        if committed and written is None:  # which events were new is asked of the lake, for the whole load
            for record in work.glob("*.json"):
                record.unlink()
        log.info("stage", stage="stage", load=load.id.hex)
        meter.enter("reading")
        staged, tallies = stage_reports(load, work=work, environment=environment, table=table, pool=pool, meter=meter)
        meter.enter("writing")
        if written is None:
            written = _write(load, staged, work=work, table=table, pool=pool, committed=committed)
        if sum(slice_.events for slice_ in staged) > 2 * CHUNK_ROWS:
            pool.close()  # the workers of a large load give their memory back before the database wants some
        meter.enter("settling")
        _settle(load, staged, tallies, written, work=work, environment=environment, now=now, by=by, basis=basis)
    log.info("stage", stage="clean", load=load.id.hex)
    shutil.rmtree(work, ignore_errors=True)


def _written_before(work: Path) -> _Written | None:
    """What an earlier run wrote of the load; None where it has not, or where it is lost or damaged."""
    try:
        written = _Written.model_validate_json((work / _WRITTEN).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return written if all((work / fold).exists() for fold in written.folds) else None


def _write(
    load: Load, staged: Sequence[Staged], *, work: Path, table: EventTable, pool: Pool, committed: bool
) -> _Written:
    """Write the new events among those set aside to the lake's folder; all new ones go into the table at once.

    Of a load that is ``committed`` only what was lost is made again: its folds, and how many events were new.
    """
    log.info("stage", stage="dedupe", load=load.id.hex)
    files = [file for slice_ in staged for file in slice_.files]
    fresh = None
    if not committed:
        in_place = [str(table.folder / file.path) for file in files]
        fresh = new_events([slice_.path for slice_ in staged], table, written=in_place)
    log.info("stage", stage="write", load=load.id.hex)
    chunks = list(pool.run(write_chunk, _chunks(load, staged, fresh, work=work, table=table)))
    new = sum((chunk.new for chunk in chunks), Counter[str]())
    written = _Written(new=new, folds=sorted(chunk.fold for chunk in chunks))
    with whole_file(work / _WRITTEN, flush=True) as place:
        place.write_text(written.model_dump_json())
    if not committed:
        log.info("stage", stage="commit", load=load.id.hex)
        table.add([*files, *(file for chunk in chunks for file in chunk.files)], load=load.id.hex)
    return written


def _chunks(
    load: Load, staged: Sequence[Staged], fresh: Sequence[pl.Series] | None, *, work: Path, table: EventTable
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
    fresh: Sequence[pl.Series] | None,
    group: Sequence[int],
    number: int,
    work: Path,
    table: EventTable,
) -> ChunkTask:
    return ChunkTask(
        slices=tuple(staged[index] for index in group),
        fresh=None if fresh is None else tuple(fresh[index] for index in group),
        lake=str(table.folder.parent),
        work=str(work),
        load=load.id.hex,
        number=number,
        snapshot_id=load.snapshot,
    )


def _settle(  # noqa: PLR0913 - the values of one transaction
    load: Load,
    staged: Sequence[Staged],
    tallies: dict[str, Tally],
    written: _Written,
    *,
    work: Path,
    environment: Environment,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> None:
    """Findings, counts, quarantine and ledger entries, in one transaction."""
    log.info("stage", stage="settle", load=load.id.hex)
    for report, new in written.new.items():
        tallies[report].new += new
    if not (load.replay_of and any(tally.failed for tally in tallies.values())):
        Quarantine(environment.home).replace(_quarantined(staged))
    folds = _merged([work / fold for fold in written.folds])
    with transaction.atomic():
        findings.merge_folds(folds)
        intake.settle(load=load, tallies=tallies, now=now, by=by, basis=basis)
        findings.review(feeds=queries.feeds_of(load), now=now, by=SYSTEM, basis=basis)


def _merged(paths: Sequence[Path]) -> pl.DataFrame:
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
