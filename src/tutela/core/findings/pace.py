"""How long things take, kept so that the median of any days and organisations together can be told afterwards.

Durations are counted in bins, each half again as wide as the one before (two bins double). Counts of bins add up, as
medians do not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from tutela.core.findings.life import Act

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTS: Final = (Act.NOTIFY, Act.ACKNOWLEDGE, Act.CLOSE)
"""What is waited for: that the organisation is told, that it answers, that reports prove it gone."""

_LEAST: Final = 60.0
_PER_DOUBLING: Final = 2


def bin_of(seconds: float) -> int:
    """The bin of a duration; what takes a minute or less is in the first, 0."""
    return max(0, math.ceil(round(_PER_DOUBLING * math.log2(max(seconds, _LEAST) / _LEAST), 9)))


def median(bins: Mapping[int, int]) -> float | None:
    """The median of durations that were counted in bins, in seconds; None of none.

    It lies in the bin of the true (lower) median, so it is within the factor √2 of that, above a minute.
    """
    total = sum(bins.values())
    if not total:
        return None
    before, wanted = 0, (total + 1) // 2
    for number in sorted(bins):
        if before + bins[number] >= wanted:
            share = (wanted - before - 0.5) / bins[number]
            return _LEAST * 2 ** ((number - 1 + share) / _PER_DOUBLING) if number else _LEAST
        before += bins[number]
    raise AssertionError("a median is in one of the bins")  # pragma: no cover
