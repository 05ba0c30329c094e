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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.errors import BadInput, Conflict, WrongUse
from tutela.core.netspace import index
from tutela.core.netspace.attribution import Lookup
from tutela.core.netspace.explanation import Candidate, explained
from tutela.core.netspace.holdings import HOLDINGS_SCHEMA, in_force
from tutela.core.netspace.question import matches

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Who holds what at a moment. ``id``: 64 hexadecimal digits, the same for the same holdings on every machine."""

    id: str
    holdings: pl.DataFrame
    lookup: Lookup = field(repr=False)

    def attribute(self, events: pl.DataFrame, *, several: bool = False) -> pl.DataFrame:
        """Events with ``organisation`` and ``attribution`` (String, null where nobody in care is concerned).

        ``several`` adds ``organisations`` (List of String): the winner first, then those who share its holding with
        it, where the authority has said that they do.
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
                self._beside().write_ipc(file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read a saved snapshot."""
        if not path.is_file():
            raise WrongUse("no such constituency snapshot", where=str(path), remedy="Name one that was frozen.")
        try:
            frame = pl.read_ipc(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise BadInput("is damaged", where=str(path), remedy="Restore it from a backup.") from error
        version = frame["format"].item(0) if "format" in frame.columns and frame.height else None
        if version != FORMAT:
            raise Conflict(
                f"is a snapshot of format {version}; this version of Tutela reads {FORMAT}",
                where=str(path),
                remedy="Use the version of Tutela that wrote it.",
            )
        holdings, ranges, names, numbers = (_table(frame, name) for name in _TABLES)
        return cls(frame["id"].item(0), holdings, Lookup(holdings, ranges, names, numbers))

    def _beside(self) -> pl.DataFrame:
        tables = (self.holdings, self.lookup.ranges, self.lookup.names, self.lookup.numbers)
        head = pl.DataFrame({"id": [self.id], "format": [FORMAT]}, schema_overrides={"format": pl.Int32})
        named = [
            table.rename({column: f"{name}.{column}" for column in table.columns})
            for name, table in zip(_TABLES, tables, strict=True)
        ]
        return pl.concat([head, *named], how="horizontal_extend").rechunk()


def build(holdings: pl.DataFrame, at: datetime) -> Snapshot:
    """Freeze what is in force at ``at`` of a frame of ``HOLDINGS_SCHEMA`` (row order is of no account)."""
    frozen = index.ranked(in_force(holdings, at))
    lookup = Lookup(frozen, index.ranges(frozen), index.names(frozen), index.as_numbers(frozen))
    return Snapshot(_content_hash(frozen), frozen, lookup)


def _table(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """One of the tables that lie side by side, less the rows that only fill it up."""
    schema = _TABLES[name]
    columns = frame.select(pl.col(f"{name}.{column}").alias(column) for column in schema.names())
    leading = columns[schema.names()[0]]
    return columns.head(len(leading) - leading.null_count())


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
