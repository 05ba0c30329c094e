"""Measuring a day. Measures are derived, and can be made again until the day is over."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from django.db import transaction

from tutela.apps.constituency.queries import sectors
from tutela.apps.findings.queries import open_counts
from tutela.apps.situation.models import Measure

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.core.actor import Actor, Basis

_BATCH: Final = 5_000


@transaction.atomic
def measure(*, now: datetime, by: Actor, basis: Basis) -> int:
    """Write down the counts of today (UTC) as they are now, in place of earlier ones; says how many rows that are.

    No ledger entry: what is counted has its own.
    """
    _ = by, basis
    day = now.date()
    known = sectors()
    totals: dict[int, Measure] = defaultdict(lambda: Measure(day=day, organisation=""))
    rows = []
    for count in open_counts(now):
        rows.append(
            Measure(
                day=day,
                organisation=count.organisation,
                sector=known.get(count.organisation, ""),
                severity=count.severity,
                open=count.open,
                overdue=count.overdue,
                new=count.new,
            )
        )
        total = totals[count.severity]
        total.severity = count.severity
        total.open += count.open
        total.overdue += count.overdue
        total.new += count.new
    Measure.objects.filter(day=day).delete()
    Measure.objects.bulk_create([*rows, *totals.values()], batch_size=_BATCH)
    return len(rows)
