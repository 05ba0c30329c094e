"""Reads a whole ledger once, in order and in bounded memory, and tells every way in which it is not what was recorded.

::

    changed     an entry is not what its hash says, or its columns differ from it
    missing     numbers are left out: entries were deleted from the middle
    truncated   fewer entries than a signed checkpoint covers: the last were deleted, or an older copy put back
    rewritten   the root differs from a signed checkpoint: entries were changed, reordered, removed or inserted
    clock       (a warning) an entry is older than the one before it, or younger than now
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

from tutela.core.ledger.merkle import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutela.core.ledger.checkpoint import Checkpoint

KEPT_OF_A_KIND = 20
"""So many flaws of a kind are told one by one; the rest are counted."""


class Row(NamedTuple):
    """One stored entry, as found: nothing about it is believed, not even its types."""

    seq: Any
    time: Any
    action: Any
    leaf: Any
    leaf_hash: Any


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is not as it should be: its kind, the entry it is about (if one), and a sentence."""

    code: str
    what: str
    entry: int | None = None
    severity: Literal["error", "warning"] = "error"

    def as_dict(self) -> dict[str, Any]:
        """The same for machines."""
        return asdict(self)


class Audit:
    """One reading of a ledger against the checkpoints that one holds of it (each with a label for people)."""

    def __init__(self, checkpoints: Sequence[tuple[str, Checkpoint]] = ()) -> None:
        self.flaws: list[Flaw] = []
        self.counts: Counter[str] = Counter()
        self.frontier = Frontier()
        self._next = 0
        self._last_time = ""
        self._last_seq = -1
        self._marks: dict[int, list[tuple[str, Checkpoint]]] = {}
        for label, checkpoint in checkpoints:
            self._marks.setdefault(checkpoint.size, []).append((label, checkpoint))
        self._compare()

    def flaw(
        self, code: str, what: str, entry: int | None = None, severity: Literal["error", "warning"] = "error"
    ) -> None:
        """Tell one flaw; those beyond the first of their kind are counted only."""
        self.counts[code] += 1
        if self.counts[code] <= KEPT_OF_A_KIND:
            self.flaws.append(Flaw(code, what, entry, severity))

    def read(self, rows: Iterable[Row]) -> None:
        """Take in the next entries in the order of their numbers."""
        for row in rows:
            self._take(row)

    def finish(self, now: str) -> None:
        """Tell what only the end shows; ``now`` is a time as entries hold it."""
        for size, marks in sorted(self._marks.items()):
            if size > self.frontier.size:
                for label, _ in marks:
                    self.flaw(
                        "truncated",
                        f"{label} covers {size} entries, but {self.frontier.size} are there: entries were deleted, "
                        "or the database is an older copy.",
                    )
        if self._last_time > now:
            self.flaw(
                "clock",
                f"Entry {self._last_seq} is dated {self._last_time}, later than now.",
                self._last_seq,
                "warning",
            )
        for code, count in self.counts.items():
            if count > KEPT_OF_A_KIND:
                severity = next(flaw.severity for flaw in self.flaws if flaw.code == code)
                self.flaws.append(
                    Flaw(code, f"And {count - KEPT_OF_A_KIND} more of this kind ({code}).", None, severity)
                )

    def _take(self, row: Row) -> None:
        if not isinstance(row.seq, int):
            self.flaw("changed", f"Where entry {self._next} should be stands one without a number.", self._next)
            row = row._replace(seq=self._next)
        if row.seq != self._next:
            self._gap(row.seq)
        raw = row.leaf.encode("utf-8", "surrogatepass") if isinstance(row.leaf, str) else b""
        hashed = leaf_hash(raw)
        if not isinstance(row.leaf_hash, bytes | memoryview) or bytes(row.leaf_hash) != hashed:
            self.flaw("changed", f"Entry {row.seq} is not what its hash says: it was changed.", row.seq)
        self._columns(row, raw)
        self.frontier.append(hashed)
        self._next = row.seq + 1
        self._compare()

    def _gap(self, seq: int) -> None:
        missing = f"Entry {self._next} is" if seq == self._next + 1 else f"Entries {self._next} to {seq - 1} are"
        self.flaw("missing", f"{missing} missing.", self._next)

    def _columns(self, row: Row, raw: bytes) -> None:
        try:
            entry = orjson.loads(raw)
            time, action = entry["time"], entry["action"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self.flaw("changed", f"Entry {row.seq} cannot be read as an entry.", row.seq)
            return
        if row.time != time or row.action != action:
            self.flaw("changed", f"The columns of entry {row.seq} differ from the entry itself.", row.seq)
        if isinstance(time, str):
            if time < self._last_time:
                self.flaw(
                    "clock",
                    f"Entry {row.seq} is dated {time}, before the one that precedes it ({self._last_time}): "
                    "the clock went backwards.",
                    row.seq,
                    "warning",
                )
            self._last_time, self._last_seq = time, row.seq

    def _compare(self) -> None:
        for label, checkpoint in self._marks.get(self.frontier.size, ()):
            if checkpoint.root != self.frontier.root():
                self.flaw(
                    "rewritten",
                    f"The first {checkpoint.size} entries are not those that {label} covers: "
                    "entries were changed, reordered, removed or inserted.",
                )
