"""The constituency snapshot: frozen, named by the hash of its content, and fast to ask.

**The order.** The first evidence that somebody holds decides: ``source.ip``, ``source.network``, ``source.fqdn``, the
host of ``source.url``, ``source.asn``; that is address before name before AS number. Among holdings of a kind the
most specific one wins (`index.ranked` has the whole order, ties included). ``source.reverse_dns`` is no evidence:
whoever runs an address may claim any name for it.

One file holds all: the holdings, and beside them, filled with nulls to the same height, what is searched. `save` and
`load` are the only functions here that touch a disk.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.errors import BadInput, Conflict, WrongUse
from tutela.core.netspace import index
from tutela.core.netspace.attribution import ANSWER_COLUMNS, Lookup
from tutela.core.netspace.explanation import Candidate, explained
from tutela.core.netspace.holdings import HOLDINGS_SCHEMA, in_force
from tutela.core.netspace.question import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

FORMAT: Final = 1
"""Version of the file and of the hash's recipe; a change of either makes all ids new."""

_HASHED_ROWS: Final = 100_000
_TABLES: Final = {
    "holding": HOLDINGS_SCHEMA,
    "range": index.RANGES_SCHEMA,
    "name": index.NAMES_SCHEMA,
    "number": index.NUMBERS_SCHEMA,
}
_SEARCHED: Final = ("range", "name", "number")


class Snapshot:
    """Who holds what at a moment. ``id``: 64 hexadecimal digits, the same for the same holdings on every machine."""

    def __init__(self, identifier: str, tables: Callable[[str, Sequence[str] | None], pl.DataFrame]) -> None:
        self.id = identifier
        self._tables = tables

    @cached_property
    def holdings(self) -> pl.DataFrame:
        """All holdings, best first within each kind (``HOLDINGS_SCHEMA``)."""
        return self._tables("holding", None)

    @cached_property
    def lookup(self) -> Lookup:
        """What is searched; of the holdings only what every answer needs is kept in memory."""
        answers = self._tables("holding", ANSWER_COLUMNS)
        return Lookup(answers, *(self._tables(name, None) for name in _SEARCHED), whole=lambda: self.holdings)

    def attribute(self, events: pl.DataFrame, *, several: bool = False) -> pl.DataFrame:
        """Events with ``organisation`` and ``attribution`` (String, null where nobody in care is concerned).

        ``several`` adds ``organisations`` (List of String): the winner first, then those who share its holding with it,
        where the authority has said that they do.
        """
        return self.lookup.attribute(events, several=several)

    def explain(self, text: str) -> list[Candidate]:
        """All holdings that match an address, network, domain, URL or AS number, best first, each with its reason."""
        return explained(matches(self.holdings, text))

    def save(self, path: Path) -> None:
        """Write the snapshot to a file, whole or not at all."""
        unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("wb") as file:
                self._side_by_side().write_ipc(file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Open a saved snapshot; the holdings are read when somebody asks for an explanation."""
        if not path.is_file():
            raise WrongUse("no such constituency snapshot", where=str(path), remedy="Name one that was frozen.")
        head = _read(path, ["id", "format"], 1)
        version = head["format"].item()
        if version != FORMAT:
            raise Conflict(
                f"is a snapshot of format {version}; this version of Tutela reads {FORMAT}.",
                where=str(path),
                remedy="Use the version of Tutela that wrote it.",
            )
        counts = _read(path, [f"{name}s" for name in _TABLES], 1).row(0, named=True)

        def tables(name: str, columns: Sequence[str] | None) -> pl.DataFrame:
            wanted = list(columns or _TABLES[name].names())
            table = _read(path, [f"{name}.{column}" for column in wanted], counts[f"{name}s"])
            return table.rename({f"{name}.{column}": column for column in wanted})

        snapshot = cls(head["id"].item(), tables)
        _ = snapshot.lookup  # a damaged file is told now, not at the first event
        return snapshot

    def _side_by_side(self) -> pl.DataFrame:
        tables = {name: self._tables(name, None) for name in _TABLES}
        head = pl.DataFrame({"id": [self.id], "format": [FORMAT], **{f"{n}s": [t.height] for n, t in tables.items()}})
        named = [t.rename({column: f"{name}.{column}" for column in t.columns}) for name, t in tables.items()]
        return pl.concat([head, *named], how="horizontal_extend").rechunk()


def build(holdings: pl.DataFrame, at: datetime) -> Snapshot:
    """Freeze what is in force at ``at`` of a frame of ``HOLDINGS_SCHEMA`` (row order is of no account)."""
    frozen = index.ranked(in_force(holdings, at))
    made = {
        "holding": frozen,
        "range": index.ranges(frozen),
        "name": index.names(frozen),
        "number": index.as_numbers(frozen),
    }
    return Snapshot(_content_hash(frozen), lambda name, columns: made[name].select(columns or pl.all()))


def _read(path: Path, columns: list[str], rows: int) -> pl.DataFrame:
    """The first rows of some columns of a file; the rest is not read."""
    try:
        return pl.read_ipc(path, columns=columns, n_rows=rows)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadInput("is damaged.", where=str(path), remedy="Restore it from a backup.") from error


def _content_hash(holdings: pl.DataFrame) -> str:
    """SHA-256 over one line per holding, in rank order: its columns as text, parted by tabs, times in microseconds."""
    texts = [
        (pl.col(name).dt.epoch("us") if name.startswith("valid_") else pl.col(name)).cast(pl.String).fill_null("")
        for name in HOLDINGS_SCHEMA.names()
    ]
    line = pl.concat_str(texts, separator="\t")
    digest = hashlib.sha256(f"tutela constituency {FORMAT}\n".encode())
    for start in range(0, holdings.height, _HASHED_ROWS):
        lines = holdings.slice(start, _HASHED_ROWS).select(line).to_series()
        digest.update("".join(f"{text}\n" for text in lines).encode())
    return digest.hexdigest()
