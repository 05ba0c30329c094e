"""Measuring a day. Measures are derived, and can be made again until the day is over."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from django.db import transaction

from tutela.apps.constituency.queries import sectors
from tutela.apps.findings.queries import open_counts, paces
from tutela.apps.situation.models import Measure, Pace
from tutela.core.findings.pace import bin_of

if TYPE_CHECKING:
    from datetime import date, datetime

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
    _measure_paces(day)
    Measure.objects.filter(day=day).delete()
    Measure.objects.bulk_create([*rows, *totals.values()], batch_size=_BATCH)
    return len(rows)


def _measure_paces(day: date) -> None:
    """How long it took today until organisations were told, answered, and were proven well."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for organisation, act, seconds in paces(day):
        number = bin_of(seconds)
        counts[organisation, act, number] += 1
        counts["", act, number] += 1
    Pace.objects.filter(day=day).delete()
    rows = (Pace(day=day, organisation=one, act=act, bin=number, count=n) for (one, act, number), n in counts.items())
    Pace.objects.bulk_create(rows, batch_size=_BATCH)
