"""What a staged slice leaves on disk, and whether a later run may take it up; ``engine/staging.py`` has the names."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

import orjson
import polars as pl
from polars.exceptions import PolarsError

from tutela.core.idf.repeats import is_constant
from tutela.lake.table import EventTable, LakeFile
from tutela.lake.whole import whole_file

_KEPT: Final = frozenset({"identity", "date"})  # deduplication reads these two from the file of events


@dataclass(frozen=True, slots=True)
class Staged:
    """What one staged slice holds; ``target`` is the path of its files less their ending.

    ``files`` are in the lake's folder and hold the events that are certainly new, judged against that ``version`` of
    the event table; the other ``aside`` events are staged. ``fault`` says why the slice could not be read at all; it
    has no files then.
    """

    target: str
    report_id: str
    rows: int
    read: int
    skipped: int
    quarantined: int
    events: int
    invalid: int
    first: str | None
    last: str | None
    notes: list[str]
    files: tuple[LakeFile, ...] = ()
    version: int | None = None
    fault: str = ""

    @property
    def written(self) -> int:
        """How many events are in the lake's folder already."""
        return sum(file.rows for file in self.files)

    @property
    def aside(self) -> int:
        """How many events are staged."""
        return self.events - self.written

    @property
    def path(self) -> Path:
        """The events set aside."""
        return Path(f"{self.target}.parquet")

    @property
    def constants(self) -> Path:
        """The columns that have one value throughout, in one row."""
        return Path(f"{self.target}.constants")

    @property
    def quarantine(self) -> Path:
        """The rows that could not be read."""
        return Path(f"{self.target}.quarantine")


def staged_before(target: str, lake: Path, *, version: int | None) -> Staged | None:
    """The slice that an earlier run staged under this name, if it did and if that still holds.

    What a load wrote and has not committed is nobody's: care for the lake may take it away, and another load may have
    brought the same events since. So it holds while its files are there and the event table has the ``version`` that it
    was judged against. Once the load is committed (None) its files may have been put together with others.
    """
    try:
        values = orjson.loads(_record(target).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    files = tuple(LakeFile(**{**file, "day": date.fromisoformat(file["day"])}) for file in values.pop("files"))
    staged = Staged(**values | {"target": target}, files=files)  # TUTELA_HOME may have been moved
    if version is not None and files:
        folder = EventTable(lake).folder
        if staged.version != version or not all((folder / file.path).exists() for file in files):
            return None
    return staged if _can_be_read(staged) else None


def _can_be_read(staged: Staged) -> bool:
    """Whether its files are whole: they are not flushed, and a power cut may have left their names only."""
    paths = [] if staged.fault else [staged.path, staged.constants]
    paths += [staged.quarantine] if staged.quarantined else []
    try:
        for path in paths:
            pl.read_parquet_schema(path)
    except (FileNotFoundError, PolarsError):
        return False
    return True


def forget(target: str) -> None:
    """Say that this slice is not staged; before anything of it is written again."""
    _record(target).unlink(missing_ok=True)


def remember(staged: Staged) -> None:
    """Say that this slice is staged; after all else of it is written."""
    with whole_file(_record(staged.target), flush=False) as place:
        place.write_bytes(orjson.dumps(asdict(staged)))


def _record(target: str) -> Path:
    return Path(f"{target}.json")


def write_events(events: pl.DataFrame, staged: Staged) -> None:
    """Columns with one value throughout go aside as a frame of one row: a third of the columns, and of the cost."""
    aside = [series.name for series in events.get_columns() if series.name not in _KEPT and is_constant(series)]
    write_parquet(events.head(1).select(aside), staged.constants)
    write_parquet(events.drop(aside), staged.path)


def read_events(staged: Staged) -> pl.DataFrame:
    """Staged events as they were, in another order of columns."""
    aside = pl.read_parquet(staged.constants)
    events = pl.read_parquet(staged.path)
    if not events.height:
        return events.with_columns(pl.Series(name, [], dtype=dtype) for name, dtype in aside.schema.items())
    return events.with_columns(series.new_from_index(0, events.height) for series in aside.get_columns())


def write_parquet(frame: pl.DataFrame, path: Path, *, flush: bool = False) -> None:
    """Parquet with lz4: half the time of compressed Arrow to write and a quarter to read, and a tenth of the size."""
    with whole_file(path, flush=flush) as place:
        frame.write_parquet(place, compression="lz4", statistics=False)
