"""What is known of a report before its rows are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What is known of a report before its rows are read.

    ``id``: hex SHA-256 of the bytes as received. ``observed``: when they were received (UTC); it becomes
    ``time.observation``. ``defaults``: IDF fields that the delivery tells (``feed.name``, ``feed.url`` …), used where a
    row does not say otherwise; for ``feed.*`` they also go before the constants of the feed. ``facts``: more that the
    delivery tells, which no event gets by itself. A definition reads all of it as columns: ``report.file_name``,
    ``report.feed.url``, ``report.x``.
    """

    id: str
    observed: datetime
    file_name: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
