"""The event table: Parquet files under a Delta transaction log, partitioned by day.

Tutela writes the Parquet files itself, under names that follow from the load and the chunk, and then puts them into
the table in one transaction that carries the load's id. So a load is in the table whole or not at all, and a load that
is repeated after a crash finds its own transaction and adds nothing (at-least-once delivery, exactly-once effect).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import orjson
import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from tutela.core.errors import Conflict
from tutela.lake.columns import LAKE_SCHEMA
from tutela.lake.whole import flush_to_disk, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

LAKE_FORMAT: Final = 1
_FORMAT_KEY: Final = "tutela.lakeFormat"
_COMPRESSION_LEVEL: Final = 1  # level 3 costs half as much CPU again and saves 4 % of the size


@dataclass(frozen=True, slots=True)
class LakeFile:
    """One Parquet file of the table: its path relative to the table, its partition, its size in bytes and rows."""

    path: str
    day: date
    size: int
    rows: int


class EventTable:
    """The events of one installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "events"

    def open(self) -> DeltaTable:
        """The table as it is now; made when absent. Refuses a table that a newer version wrote."""
        try:
            table = DeltaTable(self.folder)
        except TableNotFoundError:
            table = self._create()
        except (DeltaError, OSError) as error:
            raise Conflict(
                f"the event lake cannot be opened: {_first_line(error)}",
                where=str(self.folder),
                remedy="If a newer Tutela wrote it, use that version; else restore the folder from a backup.",
            ) from error
        found = int(table.metadata().configuration.get(_FORMAT_KEY) or 0)
        if found > LAKE_FORMAT:
            raise Conflict(
                f"the event lake has format {found}, this version reads up to {LAKE_FORMAT}",
                where=str(self.folder),
                remedy="Use the version of Tutela that wrote it.",
            )
        return table

    def _create(self) -> DeltaTable:
        self.folder.mkdir(parents=True, exist_ok=True)
        return DeltaTable.create(
            self.folder,
            schema=LAKE_SCHEMA,
            mode="ignore",
            partition_by=["date"],
            configuration={_FORMAT_KEY: str(LAKE_FORMAT)},
            raise_if_key_not_exists=False,
        )

    def exists(self) -> bool:
        """Whether there is a table; `open` would make one."""
        return DeltaTable.is_deltatable(str(self.folder))

    def log(self) -> list[Path]:
        """The files of the transaction log, as they are while nobody changes the table."""
        return sorted(path for path in (self.folder / "_delta_log").rglob("*") if path.is_file())

    def holds(self, load: str) -> bool:
        """Whether the transaction of this load is in the table."""
        return self.open().transaction_version(load) is not None

    def version(self) -> int:
        """The number of the last change: while it is the same, so is what the table holds."""
        return self.open().version()

    def write(self, events: pl.DataFrame, day: date, name: str) -> LakeFile:
        """Write one file into the folder of its day, whole or not at all; the table has it only after ``add``."""
        relative = f"date={day.isoformat()}/{name}.parquet"
        target = self.folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target, flush=True) as place:  # the log must never name a file that a power cut took away
            events.drop("date", strict=False).write_parquet(
                place, compression="zstd", compression_level=_COMPRESSION_LEVEL, statistics=True
            )
        return LakeFile(path=relative, day=day, size=target.stat().st_size, rows=events.height)

    def add(self, files: Iterable[LakeFile], *, load: str) -> None:
        """Put files into the table in one transaction that carries the id of the load."""
        self.exchange([], files, load=load)

    def exchange(self, old: Sequence[str], new: Iterable[LakeFile], *, load: str) -> None:
        """Take ``old`` files (paths relative to the table) out and put ``new`` ones in, in one transaction."""
        table = self.open()
        now = int(time.time() * 1000)
        removed = [_removal(path, now) for path in old]
        added = [_addition(file, now) for file in new]
        properties = CommitProperties(app_transactions=[Transaction(load, 1, now)])
        table.create_write_transaction(
            [*removed, *added], "append", table.schema(), ["date"], commit_properties=properties
        )
        log = self.folder / "_delta_log"
        flush_to_disk(log / f"{self.version():020}.json")  # Delta does not; the database will soon rely on it
        flush_to_disk(log)

    def paths(self, days: Iterable[date] | None = None) -> list[str]:
        """The files of the table (absolute paths), of these days only where given."""
        table = self.open()
        if days is None:
            return _paths(table.file_uris())
        wanted = [day.isoformat() for day in days]
        return _paths(table.file_uris(file_pruning_predicate=[("date", "in", wanted)])) if wanted else []

    def height(self) -> int:
        """How many events the table has."""
        return sum(self.open().get_add_actions().column("num_records").to_pylist())

    def lost(self) -> list[str]:
        """The files of the table that are not there with the size that they had (absolute paths); none is read."""
        added = self.open().get_add_actions()
        named = zip(added.column("path").to_pylist(), added.column("size_bytes").to_pylist(), strict=True)
        return sorted(str(path) for name, size in named if not _is(path := self.folder / unquote(name), size))

    def relative(self, path: str) -> str:
        """A path as the table names it."""
        return os.path.relpath(path, self.folder)

    def scan(self, days: Iterable[date] | None = None) -> pl.LazyFrame:
        """All events (columns of ``LAKE_SCHEMA``) as a lazy frame; columns that a file lacks are null."""
        return scan_files(self.paths(days))

    def days(self) -> list[date]:
        """The days that have events, oldest first."""
        partitions = self.open().partitions()
        return sorted(
            pl.Series([partition["date"] for partition in partitions], dtype=pl.String).str.to_date().to_list()
        )


def scan_files(paths: Sequence[str]) -> pl.LazyFrame:
    """Some files of the table as a lazy frame with the columns of ``LAKE_SCHEMA``."""
    if not paths:
        return pl.DataFrame(schema=LAKE_SCHEMA).lazy()
    return pl.scan_parquet(
        list(paths), schema=LAKE_SCHEMA, missing_columns="insert", hive_partitioning=True, hive_schema={"date": pl.Date}
    )


def _is(path: Path, size: int) -> bool:
    """Whether there is a file of so many bytes."""
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _paths(uris: Iterable[str]) -> list[str]:
    """Delta names files as a browser would: a blank is %20."""
    return sorted(unquote(uri.removeprefix("file://")) for uri in uris)


def _addition(file: LakeFile, now: int) -> AddAction:
    stats = orjson.dumps({"numRecords": file.rows}).decode()
    return AddAction(file.path, file.size, {"date": file.day.isoformat()}, now, True, stats)  # noqa: FBT003 - the library's own signature


def _removal(path: str, now: int) -> RemoveAction:
    day = path.split("/", 1)[0].removeprefix("date=")
    return RemoveAction(path, data_change=True, deletion_timestamp=now, partition_values={"date": day})


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
