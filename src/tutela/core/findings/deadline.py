"""How long a condition may stay open before it is overdue: by severity, in days since it was first seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

DAYS: Final = (90, 90, 90, 30, 14, 7)
"""By severity, 0 undefined … 5 critical."""


def due(first_seen: datetime, severity: int) -> datetime:
    """The moment from which a finding that is still open is overdue."""
    return first_seen + timedelta(days=DAYS[severity])


def overdue_before(now: datetime, severity: int) -> datetime:
    """What was first seen before this moment and is open is overdue now."""
    return now - timedelta(days=DAYS[severity])
