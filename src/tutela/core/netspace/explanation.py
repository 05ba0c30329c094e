"""Why a holding wins: every candidate in order, each with a sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tutela.core.netspace.domains import EXACT
from tutela.core.netspace.holdings import DOMAIN, NETWORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutela.core.netspace.holdings import Holding


@dataclass(frozen=True, slots=True)
class Candidate:
    """One holding that matches a question, whether it wins, and why or why not."""

    holding: Holding
    winner: bool
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Flat, for machines; places on the line are left out."""
        values = asdict(self.holding)
        del values["first"], values["last"]
        for name in ("valid_from", "valid_to"):
            values[name] = values[name].isoformat() if values[name] else None
        return values | {"winner": self.winner, "reason": self.reason}


def explained(matches: Sequence[Holding]) -> list[Candidate]:
    """Candidates from the holdings that match, best first."""
    if not matches:
        return []
    best = matches[0]
    candidates = [Candidate(best, winner=True, reason=_why(matches))]
    for holding in matches[1:]:
        together = holding.shared and best.shared and holding.key == best.key
        reason = f"shares it with {best.organisation}" if together else _why_not(holding, best)
        candidates.append(Candidate(holding, winner=False, reason=reason))
    return candidates


def _why(matches: Sequence[Holding]) -> str:
    best = matches[0]
    if best.kind == NETWORK:
        reason = f"the smallest range that holds it ({_size(best)})"
    elif best.kind == DOMAIN and best.key.startswith(EXACT):
        reason = "the name itself, and nothing below it"
    elif best.kind == DOMAIN:
        reason = f"the longest name that it ends with ({_labels(best)})"
    else:
        reason = "the AS number itself"
    rivals = [match for match in matches[1:] if match.key == best.key and not (match.shared and best.shared)]
    return f"{reason}; a tie: {_tie_break(best, rivals[0])}" if rivals else reason


def _why_not(holding: Holding, best: Holding) -> str:
    if holding.key == best.key:
        return f"a tie: {_tie_break(best, holding)}"
    if holding.kind == NETWORK and _same_size(holding, best):
        return f"overlaps with a range of the same size: {_tie_break(best, holding)}"
    if holding.kind == NETWORK:
        return f"a larger range ({_size(holding)})"
    return f"a shorter name ({_labels(holding)})" if _labels(holding) != _labels(best) else "also holds names below"


def _tie_break(best: Holding, other: Holding) -> str:
    if best.depth != other.depth:
        return f"{best.organisation} stands deeper in the hierarchy than {other.organisation}"
    if best.organisation != other.organisation:
        return f"{best.organisation} comes before {other.organisation} in the alphabet"
    return f"both are of {best.organisation}"


def _same_size(one: Holding, other: Holding) -> bool:
    return (one.last or 0) - (one.first or 0) == (other.last or 0) - (other.first or 0)


def _size(holding: Holding) -> str:
    count = (holding.last or 0) - (holding.first or 0) + 1
    return (
        "1 address"
        if count == 1
        else f"{count:,} addresses"
        if count < 2**40
        else f"2^{count.bit_length() - 1} addresses"
    )


def _labels(holding: Holding) -> str:
    count = holding.key.count(".") + 1
    return "1 label" if count == 1 else f"{count} labels"
