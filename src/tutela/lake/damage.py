"""Which stored file is missing or damaged: asked once a reading has failed, as it takes the time of reading all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from polars.exceptions import PanicException, PolarsError

from tutela.core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tutela.lake.quarantine import Quarantine
    from tutela.lake.table import EventTable


def damage(table: EventTable, quarantine: Quarantine) -> Conflict | None:
    """What there is to tell of the first file of the lake or the quarantine that cannot be read; None: all can be."""
    paths = [*table.paths(), *map(str, sorted(quarantine.folder.glob("*.parquet")))]
    return _first(paths, _footer) or _first(paths, _content)


def _first(paths: Sequence[str], read: Callable[[str], object]) -> Conflict | None:
    for path in paths:
        try:
            read(path)
        except FileNotFoundError:
            return _told("is missing, and the event lake names it.", path)
        except (PolarsError, PanicException, OSError) as error:
            return _told(f"is damaged ({str(error).partition(chr(10))[0][:200]}).", path)
    return None


def _footer(path: str) -> object:
    return pl.read_parquet_schema(path)


def _content(path: str) -> object:
    return pl.read_parquet(path, hive_partitioning=False)


def _told(what: str, path: str) -> Conflict:
    return Conflict(what, where=path, remedy="Restore it from a backup.")
