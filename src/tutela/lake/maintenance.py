"""Care of the lake: few large files instead of many small ones, and nothing kept longer than the law allows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.lake.columns import UNDATED
from tutela.lake.table import LakeFile, scan_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from tutela.lake.table import EventTable

FILE_ROWS: Final = 1_000_000
_CLUSTER: Final = ("organisation", "classification.type", "source.ip", "time.source")


@dataclass(frozen=True, slots=True)
class Care:
    """What was done: files before and after, events taken out, files wiped from the disk."""

    files_before: int
    files_after: int
    events_removed: int = 0
    wiped: int = 0


def compact(table: EventTable) -> Care:
    """Put the small files of each day together, sorted so that one organisation's events lie side by side."""
    before = len(table.paths())
    for day in table.days():
        for group in _groups(table.paths([day])):
            events = scan_files(group).collect().sort(*_CLUSTER, maintain_order=True)
            name = f"compact-{uuid.uuid4().hex}"
            new = table.write(events, day, name)
            table.exchange([table.relative(path) for path in group], [new], load=name)
    return Care(before, len(table.paths()), wiped=wipe(table))


def expire(table: EventTable, *, before: datetime, dry_run: bool = False) -> Care:
    """Take out the events of days before ``before``, and undated events observed before it; wipe their files."""
    files_before = len(table.paths())
    old = [day for day in table.days() if day < before.date() and day != UNDATED]
    paths = table.paths(old)
    removed = _height(paths)
    undated = table.paths([UNDATED])
    stale = pl.col("time.observation") < before
    removed += int(scan_files(undated).filter(stale).select(pl.len()).collect().item())
    if dry_run or not removed:
        return Care(files_before, files_before, removed)
    name = f"expire-{uuid.uuid4().hex}"
    kept = [_rewritten(table, path, ~stale, UNDATED, f"{name}-{number:06d}") for number, path in enumerate(undated)]
    gone = [table.relative(path) for path in (*paths, *undated)]
    table.exchange(gone, [file for file in kept if file is not None], load=name)
    return Care(files_before, len(table.paths()), removed, wipe(table))


def wipe(table: EventTable) -> int:
    """Remove from the disk the files that the table no longer names; says how many."""
    delta = table.open()
    return len(delta.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False))


def _rewritten(table: EventTable, path: str, keep: pl.Expr, day: date, name: str) -> LakeFile | None:
    events = scan_files([path]).filter(keep).collect()
    return table.write(events, day, name) if events.height else None


def _groups(paths: Sequence[str]) -> Iterator[list[str]]:
    """Files that fit into one together; a group of one file is left as it is."""
    group: list[str] = []
    rows = 0
    for path in paths:
        height = _height([path])
        if group and rows + height > FILE_ROWS:
            if len(group) > 1:
                yield group
            group, rows = [], 0
        group.append(path)
        rows += height
    if len(group) > 1:
        yield group


def _height(paths: Sequence[str]) -> int:
    return int(scan_files(paths).select(pl.len()).collect().item())
