"""When a collector has its next turn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_PAUSE: Final = timedelta(hours=6)
LONGEST_WISH: Final = timedelta(days=1)


def after_failures(failures: int, now: datetime, wish: timedelta = timedelta()) -> datetime:
    """After so many failures in a row (1 or more): 2, 4, 8… minutes, at most six hours.

    ``wish``: the source asked not to be asked before (Retry-After); it is heeded for a day at the most.
    """
    pause = min(timedelta(minutes=2 ** min(failures, 12)), LONGEST_PAUSE)
    return now + max(pause, min(wish, LONGEST_WISH))
