"""The first stage: every slice of every report of a load read, harmonised, attributed, keyed, and left on disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count, repeat
from typing import TYPE_CHECKING, Final

import polars as pl
from pydantic import ValidationError

from tutela.apps.intake import queries
from tutela.apps.intake.actions import Tally
from tutela.core.errors import BadInput
from tutela.core.feeds.definition import FeedDefinition
from tutela.core.feeds.report import ReportContext
from tutela.engine.staged import Staged, staged_before
from tutela.engine.staging import Order, StageTask, stage
from tutela.engine.turns import Turns
from tutela.flow.slicing import Condition, report_slices
from tutela.lake.archive import Archive
from tutela.lake.quarantine import Quarantine
from tutela.lake.sieve import Sieve
from tutela.lake.whole import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tutela.apps.intake.models import Load, Report
    from tutela.config.environment import Environment
    from tutela.core.feeds.formats.slices import Slice
    from tutela.engine.pool import Pool
    from tutela.flow.meter import Meter
    from tutela.lake.table import EventTable

_LEAST_BYTES: Final = 200  # of a row; with shorter ones, or a compressed report, the sieve is fuller


@dataclass(frozen=True, slots=True)
class _Staging:
    """What is the same for all slices of a load."""

    load: Load
    work: Path
    environment: Environment
    snapshot: str
    version: int | None
    sieve: Path | None
    orders: Iterator[Order | None]
    meter: Meter


def stage_reports(
    load: Load, *, work: Path, environment: Environment, table: EventTable, pool: Pool, meter: Meter
) -> tuple[list[Staged], dict[str, Tally]]:
    """All staged slices of a load, in the order of its rows, and the tally of each report (by id)."""
    snapshot = environment.home / "snapshots" / f"{load.snapshot}.arrow"
    reports = queries.reports_of(load)
    version = None if table.holds(load.id.hex) else table.version()
    sieve = None if version is None else _sieve(reports, work, table, environment)
    orders = _orders(sieve, work, environment) if sieve else repeat(None)
    staging = _Staging(load, work, environment, str(snapshot), version, sieve, orders, meter)
    tallies = {str(report.id): Tally() for report in reports}
    before: list[Staged] = []
    tasks = (task for report in reports for task in _tasks(report, staging, tallies[str(report.id)], before))
    staged = sorted([*pool.run(stage, tasks), *before], key=lambda slice_: slice_.target)
    for slice_ in staged:
        _add(tallies[slice_.report_id], slice_)
    for tally in tallies.values():
        if tally.unaccounted:
            tally.problems.append(
                f"{tally.unaccounted} of its rows are not accounted for, which is our fault; report it."
            )
            tally.whole = False
        tally.whole = tally.whole and not tally.failed and not tally.quarantined
    return [slice_ for slice_ in staged if not slice_.fault], tallies


def _sieve(reports: Sequence[Report], work: Path, table: EventTable, environment: Environment) -> Path | None:
    """The sieve of a large load, which a small one does not need.

    It knows all that earlier runs wrote: slices of theirs that still hold are not read again.
    """
    size = sum(report.size for report in reports)
    if size < environment.large_load_bytes:
        return None
    sieve = Sieve.make(work, events=size // _LEAST_BYTES + table.height())
    written = table.folder.glob(f"*/{work.name}-*.parquet")
    Sieve.opened(sieve).take_files(sorted(map(str, written)))
    return sieve


def _orders(sieve: Path, work: Path, environment: Environment) -> Iterator[Order]:
    """The places of the slices in front of the sieve."""
    turns = Turns(str(work / "turns"))
    turns.begin()
    return (Order(number, str(sieve), turns, environment.file_rows) for number in count())


def _tasks(report: Report, staging: _Staging, tally: Tally, before: list[Staged]) -> Iterator[StageTask]:
    """The slices of one report that no earlier run staged; those that one did go to ``before``."""
    text = staging.load.definition or report.definition
    try:
        definition = FeedDefinition.model_validate_json(text)
    except ValidationError:
        tally.problems.append("Its feed definition is of another version of Tutela; ingest the report again.")
        tally.failed = True
        return
    condition = Condition()
    staging.meter.take_up(report.size)
    quarantined = None if queries.is_read_whole(staging.load, report) else _quarantined_rows(report, staging)
    try:
        with Archive(staging.environment.home).open(report.content, size=report.size) as stream:
            parts = report_slices(stream, definition.format, staging.environment, condition, name=report.file_name)
            for part in parts:
                staging.meter.reach(stream.tell())
                only = None if quarantined is None else _of_slice(quarantined, part)
                if only is not None and not only:
                    continue
                # with its rows: another slice size may be given when a load is begun again
                name = f"{report.position:06d}-{part.index:08d}-{part.first_row}-{part.rows}"
                target = str(staging.work / name)
                done = _done_before(target, staging)
                if done is not None:
                    before.append(done)
                    continue
                yield _task(part, report, staging, target=target, definition=text, only=only)
    except BadInput as error:
        tally.problems.append(str(error))
        tally.failed = True
    except FileNotFoundError:
        tally.problems.append("The report is no longer in the archive; it has expired.")
        tally.failed = True
    tally.problems += condition.faults
    tally.whole = not condition.faults


def _task(
    part: Slice, report: Report, staging: _Staging, *, target: str, definition: str, only: frozenset[int] | None
) -> StageTask:
    task = StageTask(
        target=target,
        slice=part,
        definition=definition,
        report=ReportContext(id=report.content, observed=report.received, file_name=report.file_name),
        report_id=str(report.id),
        snapshot=staging.snapshot,
        snapshot_id=staging.load.snapshot,
        lake=str(staging.environment.lake_path),
        only_rows=only,
        order=next(staging.orders),
        version=staging.version,
    )
    return task.laid_down()


def _done_before(target: str, staging: _Staging) -> Staged | None:
    """The slice as an earlier run left it; what it set aside must not be certainly new to the slices that follow."""
    done = staged_before(target, staging.environment.lake_path, version=staging.version)
    if done is not None and done.aside and staging.sieve is not None:
        Sieve.opened(staging.sieve).take_staged(done.path)
    return done


def _quarantined_rows(report: Report, staging: _Staging) -> pl.Series:
    """The rows that a replay reads, noted when it begins: what stays of them takes their place just before it ends."""
    noted = staging.work / "replayed"
    if not noted.exists():
        rows = Quarantine(staging.environment.home).rows(str(report.id)).select("row").unique().collect()
        with whole_file(noted, flush=True) as place:
            rows.write_parquet(place)
    return pl.read_parquet(noted).to_series()


def _of_slice(rows: pl.Series, part: Slice) -> frozenset[int]:
    return frozenset(rows.filter(rows.is_between(part.first_row, part.first_row + part.rows, closed="left")))


def _add(tally: Tally, slice_: Staged) -> None:
    if slice_.fault:
        tally.problems.append(slice_.fault)
        tally.failed = True
    tally.rows += slice_.rows
    tally.read += slice_.read
    tally.skipped += slice_.skipped
    tally.quarantined += slice_.quarantined
    tally.events += slice_.events
    tally.invalid += slice_.invalid
    tally.problems += [note for note in slice_.notes if note not in tally.problems]
    first = datetime.fromisoformat(slice_.first) if slice_.first else None
    last = datetime.fromisoformat(slice_.last) if slice_.last else None
    tally.period_first = min(filter(None, (tally.period_first, first)), default=None)
    tally.period_last = max(filter(None, (tally.period_last, last)), default=None)
