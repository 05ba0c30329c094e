"""The two units of work that run on many cores: stage a slice, and write a chunk of staged slices to the lake.

Each takes one value and writes its output under a name that follows from its input, whole or not at all. So it may
be repeated after a crash, and a scheduler of many machines could run the same functions. The slices of a large load
share one thing, named in their task: the sieve, at which they look in turn.

Work lies in one folder for each load::

    work/<load>/<report>-<slice>.slice        the bytes of a large slice, until it is staged
    work/<load>/<report>-<slice>.parquet      events set aside until it is known whether they are new
    work/<load>/<report>-<slice>.constants    their columns that have one value throughout
    work/<load>/<report>-<slice>.quarantine   rows that could not be read, Parquet
    work/<load>/<report>-<slice>.json         counts; written last, so it says that the slice is staged
    work/<load>/<chunk>.fold                  findings of a chunk, Parquet
    work/<load>/sieve-*, turns                what all slices of a large load share (see ``lake/sieve.py``)
    work/<load>/replayed                      the rows that a replay reads, Parquet
    work/<load>/written.json                  folds and new events of the load; written last, before the transaction
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
from polars.exceptions import PolarsError

from tutela.core.errors import BadInput
from tutela.core.feeds.compile import compile_feed
from tutela.core.feeds.definition import FeedDefinition
from tutela.core.findings.fold import DESCRIBING, fold
from tutela.core.idf.fields import UTC_DATETIME
from tutela.core.netspace.snapshot import Snapshot
from tutela.core.pipeline import attribute_and_key, harmonise
from tutela.engine.staged import Staged, forget, read_events, remember, write_events, write_parquet
from tutela.lake.columns import event_date, halves, whole
from tutela.lake.dedupe import added_events
from tutela.lake.sieve import Sieve
from tutela.lake.table import EventTable, LakeFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tutela.core.feeds.compile import CompiledFeed
    from tutela.core.feeds.formats.slices import Slice
    from tutela.core.feeds.report import ReportContext
    from tutela.core.pipeline import Outcome
    from tutela.engine.turns import Turns


@dataclass(frozen=True, slots=True)
class Order:
    """The place of a slice among those of a large load, all of which look at one sieve, one after the other.

    ``file_rows``: fewer new events of one day wait for those of other slices, so that the lake has few files.
    """

    number: int
    sieve: str
    turns: Turns
    file_rows: int


@dataclass(frozen=True, slots=True)
class StageTask:
    """One slice of one report, and all that is needed to stage it."""

    target: str
    slice: Slice
    definition: str
    report: ReportContext
    report_id: str
    snapshot: str
    snapshot_id: str
    lake: str
    only_rows: frozenset[int] | None = None
    order: Order | None = None
    version: int | None = None
    is_laid_down: bool = False

    def laid_down(self) -> StageTask:
        """The same with the bytes of a large slice in a file: through a pipe they would be copied four times."""
        if len(self.slice.data) < _LARGE_BYTES:
            return self
        Path(f"{self.target}.slice").write_bytes(self.slice.data)
        return replace(self, slice=replace(self.slice, data=b""), is_laid_down=True)

    def taken_up(self) -> Slice:
        """The slice with its bytes."""
        return replace(self.slice, data=Path(f"{self.target}.slice").read_bytes()) if self.is_laid_down else self.slice


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """Some staged slices, the positions of the new ones among their events set aside, and where the chunk goes.

    Without ``fresh`` the table has the load already: what is new is looked up there, and no event is written.
    """

    slices: tuple[Staged, ...]
    fresh: tuple[pl.Series, ...] | None
    lake: str
    work: str
    load: str
    number: int
    snapshot_id: str

    @property
    def name(self) -> str:
        """How its files are called."""
        return f"{self.load}-{self.number:06d}"


@dataclass(frozen=True, slots=True)
class Written:
    """What a chunk wrote to the lake's folder, the file of all its findings, and new events by report."""

    files: tuple[LakeFile, ...]
    fold: str
    new: Counter[str]


_UNFORESEEN: Final = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, PolarsError)
_LARGE_BYTES: Final = 2**20


def stage(task: StageTask) -> Staged:
    """Read, harmonise, attribute and key one slice; leave the events and the quarantine on disk."""
    forget(task.target)
    try:
        staged = _stage(task)
    finally:
        if task.order:
            task.order.turns.leave(task.order.number)
    remember(staged)
    Path(f"{task.target}.slice").unlink(missing_ok=True)
    return staged


def _stage(task: StageTask) -> Staged:
    try:
        outcome, events = _read(task)
    except BadInput as error:
        return _refused(task, str(error))
    except _UNFORESEEN as error:
        # What nobody foresaw in one report must not close the house to all others. A damaged lake or a full disk
        # is no fault of the report: what follows is not guarded.
        kind = type(error).__name__
        return _refused(task, f"The report could not be read, which is our fault ({kind}: {error!s:.200}); report it.")
    new, aside = _sieved(events, task)
    span = events.select(first=pl.col("time.source").min(), last=pl.col("time.source").max()).row(0)
    staged = Staged(
        target=task.target,
        report_id=task.report_id,
        rows=outcome.rows,
        read=outcome.read,
        skipped=outcome.skipped,
        quarantined=outcome.quarantined,
        events=events.height,
        invalid=int(events["invalid"].is_not_null().sum()),
        first=span[0].isoformat() if span[0] else None,
        last=span[1].isoformat() if span[1] else None,
        notes=list(outcome.notes),
        files=_write_lake(
            new, task.lake, f"{Path(task.target).parent.name}-{Path(task.target).name}", task.snapshot_id
        ),
        version=task.version,
    )
    write_events(aside, staged)
    if staged.quarantined:
        write_parquet(outcome.quarantine, staged.quarantine)
    return staged


def _read(task: StageTask) -> tuple[Outcome, pl.DataFrame]:
    """What the slice gave, and its events with all that is known of them."""
    feed = _compiled(task.definition)
    outcome = harmonise(task.taken_up(), feed=feed, report=task.report, only_rows=task.only_rows)
    events = attribute_and_key(outcome.events, feed=feed, snapshot=_snapshot(task.snapshot))
    return outcome, _located(events, feed, task)


def _refused(task: StageTask, fault: str) -> Staged:
    return Staged(task.target, task.report_id, 0, 0, 0, 0, 0, 0, None, None, [], fault=fault)


def _sieved(events: pl.DataFrame, task: StageTask) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Events that are certainly new, and the others; few of one day are set aside too, for the sake of large files."""
    if task.order is None:
        return events.clear(), events
    with task.order.turns.turn_of(task.order.number):
        sieve = Sieve.opened(Path(task.order.sieve))
        sieve.know(events, EventTable(Path(task.lake)))
        certain = sieve.certainly_new(events["identity"])
    days = events.filter(certain)["date"].value_counts()
    many = days.filter(pl.col("count") >= task.order.file_rows)["date"]
    certain &= events["date"].is_in(many.implode())
    return events.filter(certain), events.filter(~certain)


def _write_lake(events: pl.DataFrame, lake: str, name: str, snapshot: str) -> tuple[LakeFile, ...]:
    """Keyed events into the folders of their days."""
    if events.is_empty():
        return ()
    table = EventTable(Path(lake))
    kept = events.with_columns(*halves("identity"), *halves("fingerprint"), snapshot=pl.lit(snapshot))
    kept = kept.drop("identity", "fingerprint")
    return tuple(table.write(part, day, name) for day, part in _by_day(kept))


def write_chunk(task: ChunkTask) -> Written:
    """Write the new events that some slices set aside into the folders of their days; fold all events to findings."""
    table = EventTable(Path(task.lake))
    sightings = [_written_sightings(table, file) for slice_ in task.slices for file in slice_.files]
    fresh: list[pl.DataFrame] = []
    new: Counter[str] = Counter()
    for number, staged in enumerate(task.slices):
        events = read_events(staged)
        positions = task.fresh[number] if task.fresh is not None else added_events(events, table, load=task.load)
        is_fresh = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(positions.implode())
        sightings.append(_sightings(events.lazy(), _assets(events), fresh=is_fresh).collect())
        fresh.append(events[positions] if task.fresh is not None else events.clear())
        new[staged.report_id] += staged.written + positions.len()
    target = Path(task.work) / f"{task.name}.fold"
    write_parquet(fold(pl.concat(sightings, how="diagonal", rechunk=False)), target, flush=True)
    sightings.clear()
    wanted = pl.concat(fresh, how="diagonal", rechunk=False)
    fresh.clear()
    return Written(_write_lake(wanted, task.lake, task.name, task.snapshot_id), target.name, new)


def _written_sightings(table: EventTable, file: LakeFile) -> pl.DataFrame:
    """The events of a file that a slice wrote, all new, as folding looks at them."""
    events = pl.scan_parquet(table.folder / file.path)
    assets = _assets(events.select(pl.col("asset").unique()).collect())
    keyed = events.with_columns(whole("fingerprint"))
    return _sightings(keyed, assets, fresh=pl.lit(value=True)).collect()


def _assets(events: pl.DataFrame) -> list[str]:
    return events["asset"].unique().drop_nulls().to_list()


def _sightings(events: pl.LazyFrame, assets: Iterable[str], *, fresh: pl.Expr) -> pl.LazyFrame:
    """What folding looks at; a sighting without a time of its own is as old as its report."""
    wanted = ("organisation", "fingerprint", "asset", *assets, *DESCRIBING, "severity", "tlp")
    there = set(events.collect_schema().names())
    columns = [pl.col(name) for name in dict.fromkeys(wanted) if name in there]
    seen = pl.coalesce("time.source", "time.observation")
    reported = pl.col("time.observation")
    return events.select(*columns, seen=seen, reported=reported, observer=pl.col("feed"), fresh=fresh)


def _located(events: pl.DataFrame, feed: CompiledFeed, task: StageTask) -> pl.DataFrame:
    if "time.source" not in events.columns:
        events = events.with_columns(pl.lit(None, dtype=UTC_DATETIME).alias("time.source"))
    return events.drop("raw", strict=False).with_columns(
        pl.col("row").cast(pl.Int64),
        event_date(),
        pl.lit(task.report.observed, dtype=UTC_DATETIME).alias("time.observation"),
        feed=pl.lit(feed.definition.name),
        report=pl.lit(task.report.id),
    )


def _by_day(events: pl.DataFrame) -> list[tuple[date, pl.DataFrame]]:
    """Events by the partition they belong to; most often there is one, and nothing need be moved."""
    if events["date"].n_unique() == 1:
        return [(events["date"][0], events)]
    return [(day, part) for (day,), part in events.partition_by("date", as_dict=True, maintain_order=True).items()]


@lru_cache(maxsize=64)
def _compiled(definition: str) -> CompiledFeed:
    return compile_feed(FeedDefinition.model_validate_json(definition))


@lru_cache(maxsize=2)
def _snapshot(path: str) -> Snapshot:
    return Snapshot.load(Path(path))
