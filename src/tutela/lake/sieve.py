"""Which events are certainly new, told while a large load is staged, so that most events are written once.

The sieve is a file of places, one byte each, that all workers share. The identity of an event names its place. A place
that nobody has taken says: no event before had this identity. A taken place says nothing for certain (two identities
may share it): such events are set aside, and the exact look of ``lake/dedupe.py`` decides. So the sieve can
cost time when it is too small, and never be wrong.

It belongs to one load and one run of it: after a crash it is made anew from what is staged.
"""

from __future__ import annotations

import mmap
import os
import uuid
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Self

import orjson
import polars as pl

from tutela.lake.dedupe import identities_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tutela.lake.table import EventTable

_FEWEST_PLACES: Final = 2**20
_MOST_PLACES: Final = 2**27
"""128 MiB. With 100 million events a third of the new ones would be set aside."""
_PLACES_FOR_EACH: Final = 16
_TAKEN: Final = 1


class Sieve:
    """The places of one load; only one process at a time may look."""

    def __init__(self, path: Path) -> None:
        self._days = path.with_suffix(".days")
        with path.open("r+b") as file:
            self._places = mmap.mmap(file.fileno(), 0)
        self._mask = len(self._places) - 1

    @classmethod
    def make(cls, folder: Path, *, events: int) -> Path:
        """A sieve in ``folder`` for about so many events, with no place taken; its name was never used before."""
        for old in folder.glob("sieve-*"):
            old.unlink()
        path = folder / f"sieve-{uuid.uuid4().hex}"
        wanted = min(max(_PLACES_FOR_EACH * events, _FEWEST_PLACES), _MOST_PLACES)
        with path.open("wb") as file:  # reserved at once: a full disk is an error here, and a signal when it is written
            os.posix_fallocate(file.fileno(), 0, 1 << (wanted - 1).bit_length())
        return path

    @classmethod
    @lru_cache(maxsize=1)
    def opened(cls, path: Path) -> Self:
        """The sieve at ``path``, mapped into memory once in each process: doing it anew costs as much as the look."""
        return cls(path)

    def take_files(self, paths: Iterable[str]) -> None:
        """Take the places of all events in these files of the table."""
        for path in paths:
            self._take(self._of(identities_of([path]).collect().to_series()))

    def take_staged(self, path: Path) -> None:
        """Take the places of all events that a slice set aside; another process may look meanwhile."""
        self._take(self._of(pl.read_parquet(path, columns=["identity"]).to_series()))

    def _take(self, places: list[int]) -> None:
        for place in places:
            self._places[place] = _TAKEN

    def certainly_new(self, identities: pl.Series) -> pl.Series:
        """Whether each event is certainly the first with its identity (Boolean); takes the places of all."""
        if identities.is_empty():
            return pl.Series(dtype=pl.Boolean)
        places = self._of(identities)
        found = itemgetter(*places, places[0])(self._places)[:-1]  # of two or more it makes a tuple
        self._take(places)
        return (pl.Series(found, dtype=pl.UInt8) != _TAKEN) & identities.is_first_distinct()

    def know(self, events: pl.DataFrame, table: EventTable) -> None:
        """Take the places of what the table has of the days of these events, once for each day."""
        known = set(orjson.loads(self._days.read_bytes())) if self._days.exists() else set()
        new = [day for day in events["date"].unique() if day.isoformat() not in known]
        if not new:
            return
        self.take_files(table.paths(new))
        self._days.write_bytes(orjson.dumps(sorted(known | {day.isoformat() for day in new})))

    def _of(self, identities: pl.Series) -> list[int]:
        return (identities & self._mask).cast(pl.UInt32).to_list()
