"""The situation as it was measured last, for what the viewer may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q, Sum

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.situation.models import Measure, Pace
from tutela.core.findings.life import Act
from tutela.core.findings.pace import ACTS, median

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


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long something takes: the median in seconds of the last days, of as many before, and of how many."""

    act: str
    now: float | None
    before: float | None
    count: int


def tempos(viewer: Viewer, last: date) -> list[Tempo]:
    """How long it takes until organisations are told, answer, and are proven well, over the last days."""
    bins: dict[tuple[str, bool], Counter[int]] = {
        (act.value, is_now): Counter() for act in ACTS for is_now in (True, False)
    }
    border = last - timedelta(days=DAYS)
    rows = _paces(viewer).filter(day__gt=border - timedelta(days=DAYS), day__lte=last)
    for now, is_now in ((rows.filter(day__gt=border), True), (rows.filter(day__lte=border), False)):
        for act, number, count in now.values_list("act", "bin").annotate(n=Sum("count")).order_by():
            bins[act, is_now][number] += count
    return [
        Tempo(act.value, median(bins[act, True]), median(bins[act, False]), bins[act, True].total()) for act in ACTS
    ]


def closed(viewer: Viewer, last: date) -> dict[date, int]:
    """How many findings were closed with proof on each of the last days on which any was."""
    rows = _paces(viewer).filter(act=Act.CLOSE.value, day__gt=last - timedelta(days=DAYS), day__lte=last)
    return dict(rows.values_list("day").annotate(n=Sum("count")).order_by("day"))


def _paces(viewer: Viewer) -> QuerySet[Pace]:
    if viewer.organisations is None:
        return Pace.objects.filter(organisation="")
    return Pace.objects.filter(organisation__in=organisations_for(viewer).values("global_id"))


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
