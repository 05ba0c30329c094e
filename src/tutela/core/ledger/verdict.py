"""What a verification says: each thing that it looked at, what came out, and what it cannot show at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tutela.core.ledger.checkpoint import Checkpoint


class Outcome(StrEnum):
    """What came out: it holds, it does not, or what was given is not enough to say."""

    PROVEN = "proven"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was looked at: its kind for machines, what came out, and a sentence for people."""

    code: str
    outcome: Outcome
    what: str


@dataclass(slots=True)
class Verdict:
    """What is so and what is not, of one file: ``kind`` is receipt, checkpoint, continuation or log (its tiles).

    ``limits`` are sentences on what no such file can show, however sound it is.
    """

    kind: str
    statements: list[Statement] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    head: Checkpoint | None = None
    signed: bytes = b""
    index: int | None = None
    leaf: bytes | None = None
    entry: dict[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether all that was asked is proven."""
        return bool(self.statements) and all(one.outcome is Outcome.PROVEN for one in self.statements)

    def proven(self, code: str, what: str) -> None:
        """It holds."""
        self.statements.append(Statement(code, Outcome.PROVEN, what))

    def refuted(self, code: str, what: str) -> None:
        """It does not hold."""
        self.statements.append(Statement(code, Outcome.REFUTED, what))

    def open(self, code: str, what: str) -> None:
        """It cannot be said."""
        self.statements.append(Statement(code, Outcome.OPEN, what))

    def as_dict(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "ok": self.ok,
            "kind": self.kind,
            "statements": [asdict(one) for one in self.statements],
            "limits": list(self.limits),
            "origin": self.head.origin if self.head else None,
            "size": self.head.size if self.head else None,
            "root": self.head.root.hex() if self.head else None,
            "index": self.index,
            "entry": self.entry,
        }
