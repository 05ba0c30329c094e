"""The answer of the law for one stage of one regime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutela.core.law.clock import in_words

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.core.law.instrument import Confidence


def _told(step: dict[str, Any]) -> dict[str, Any]:
    """A step of the reason; counting is put in words only here, where somebody asks."""
    if "arithmetic" not in step:
        return step
    return step | {"arithmetic": [in_words(one) for one in step["arithmetic"]]}


@dataclass(frozen=True, slots=True)
class Row:
    """The answer for one stage of one regime; ``due`` carries its offset, ``because`` is filled where asked for."""

    regime: str
    stage: str
    applies: bool | None
    due: datetime | None
    mode: str
    recipient: str
    content: tuple[str, ...]
    citation: str
    confidence: Confidence
    missing: tuple[str, ...]
    waits_for: str | None
    duty: bool
    because: tuple[dict[str, Any], ...] = ()
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "regime": self.regime,
            "stage": self.stage,
            "applies": self.applies,
            "due": self.due.isoformat() if self.due else None,
            "mode": self.mode,
            "recipient": self.recipient,
            "content": list(self.content),
            "citation": self.citation,
            "confidence": str(self.confidence),
            "missing": list(self.missing),
            "waits_for": self.waits_for,
            "note": self.note or None,
            "because": [_told(step) for step in self.because],
        }
