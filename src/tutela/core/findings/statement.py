"""A step in the life of a finding as one sequence of bytes: what the ledger commits to, and what somebody can hold.

::

    {"finding": "…uuid…", "fingerprint": "…uuid…", "asset": "192.0.2.7",
     "act": "close", "before": "claimed", "after": "closed",
     "at": "2026-03-02T09:00:00.000000Z", "opened": "…", "evidence": [{"report": "…", "says": "absent"}]}

The id of the finding is random: whoever has only the hash cannot guess what it is of. Who took the step, and what they
wrote, is not in it: both may have to be erased.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutela.core.ledger.canonical import canonical
from tutela.core.ledger.entry import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of one step."""

    finding: UUID
    fingerprint: UUID
    asset: str
    act: str
    before: str
    after: str
    at: datetime
    opened: datetime | None
    evidence: Sequence[Mapping[str, str]]

    def text(self) -> bytes:
        """It as canonical JSON (RFC 8785)."""
        return canonical(
            {
                "finding": str(self.finding),
                "fingerprint": str(self.fingerprint),
                "asset": self.asset,
                "act": self.act,
                "before": self.before,
                "after": self.after,
                "at": stamp(self.at),
                "opened": stamp(self.opened) if self.opened else None,
                "evidence": [dict(one) for one in self.evidence],
            }
        )

    def hash(self) -> str:
        """Its SHA-256, as it stands in the ledger."""
        return hashlib.sha256(self.text()).hexdigest()
