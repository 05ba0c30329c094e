"""The situation as it was measured last, for what the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q, Sum

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.situation.models import Measure

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from tutela.apps.constituency.models import Organisation
    from tutela.core.actor import Viewer

DAYS: Final = 30
WORST: Final = 10
_HIGH: Final = 4
_LEVELS: Final = 6


@dataclass(slots=True)
class Counts:
    """Open, overdue and new findings by severity (0 undefined … 5 critical)."""

    open: list[int] = field(default_factory=lambda: [0] * _LEVELS)
    overdue: list[int] = field(default_factory=lambda: [0] * _LEVELS)
    new: list[int] = field(default_factory=lambda: [0] * _LEVELS)


@dataclass(frozen=True, slots=True)
class Burden:
    """An organisation with much open: how much, and how much of it is high or critical."""

    organisation: Organisation
    open: int
    severe: int
    overdue: int


def measured(viewer: Viewer) -> date | None:
    """The last day that was measured; None before the first."""
    del viewer  # when something was measured is nobody's secret
    return Measure.objects.order_by("-day").values_list("day", flat=True).first()


def trend(viewer: Viewer, last: date) -> dict[date, Counts]:
    """Counts of each of the last days that was measured, the earliest first."""
    rows = _totals(viewer).filter(day__gt=last - timedelta(days=DAYS), day__lte=last)
    found: dict[date, Counts] = {}
    for one in rows.values("day", "severity").annotate(o=Sum("open"), d=Sum("overdue"), n=Sum("new")).order_by("day"):
        counts = found.setdefault(one["day"], Counts())
        counts.open[one["severity"]] = one["o"]
        counts.overdue[one["severity"]] = one["d"]
        counts.new[one["severity"]] = one["n"]
    return found


def by_sector(viewer: Viewer, day: date) -> dict[str, list[int]]:
    """Open findings by sector and severity; an empty sector is one that nobody named."""
    found: dict[str, list[int]] = {}
    rows = _each(viewer).filter(day=day).values("sector", "severity").annotate(o=Sum("open")).order_by("sector")
    for one in rows:
        found.setdefault(one["sector"], [0] * _LEVELS)[one["severity"]] = one["o"]
    return found


def worst(viewer: Viewer, day: date) -> list[Burden]:
    """The organisations with the most that is high or critical, then with the most that is open."""
    rows = list(
        _each(viewer)
        .filter(day=day)
        .values("organisation")
        .annotate(
            o=Sum("open"),
            d=Sum("overdue"),
            severe=Sum("open", filter=_severe(), default=0),
        )
        .order_by("-severe", "-o", "organisation")[:WORST]
    )
    known = organisations_for(viewer).in_bulk([one["organisation"] for one in rows], field_name="global_id")
    return [
        Burden(known[one["organisation"]], one["o"], one["severe"], one["d"])
        for one in rows
        if one["organisation"] in known
    ]


def _severe() -> Q:
    return Q(severity__gte=_HIGH)


def _each(viewer: Viewer) -> QuerySet[Measure]:
    rows = Measure.objects.exclude(organisation="").order_by()
    if viewer.organisations is not None:
        rows = rows.filter(organisation__in=organisations_for(viewer).values("global_id"))
    return rows


def _totals(viewer: Viewer) -> QuerySet[Measure]:
    """The rows whose sum is all that the viewer sees; for the authority those that were added up before."""
    return Measure.objects.filter(organisation="") if viewer.organisations is None else _each(viewer)
