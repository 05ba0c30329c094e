"""The home page: the situation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tutela.apps.findings import queries as findings
from tutela.apps.intake import queries as intake
from tutela.apps.obligations import queries as obligations
from tutela.apps.situation import queries
from tutela.core.findings.life import Act
from tutela.core.rights import Right
from tutela.web import charts
from tutela.web.charts import Series
from tutela.web.rights import requires, viewer_of
from tutela.web.words import SEVERITY

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse

    from tutela.apps.situation.queries import Counts
    from tutela.core.actor import Viewer

_SHADES = 3
_MOST_DUE = 5
_MANY = 2
"""So many of a unit, or the next smaller one is taken."""


@requires(Right.SEE_SITUATION)
def situation(request: HttpRequest) -> HttpResponse:
    """What is open, where, for how long, and how it changes."""
    viewer = viewer_of(request)
    day = queries.measured(viewer)
    if day is None:
        return render(request, "situation/empty.html", {})
    trend, closed = queries.trend(viewer, day), queries.closed(viewer, day)
    context = {
        "day": day,
        "now": trend.get(day, queries.Counts()),
        "tiles": _tiles(trend, day),
        "tempos": _tempos(viewer, day),
        "open_chart": _open_chart(trend),
        "new_chart": _new_chart(trend, closed),
        "trend": [
            (one, sum(counts.open), sum(counts.overdue), sum(counts.new), closed.get(one, 0))
            for one, counts in trend.items()
        ],
        "sectors": _heat(queries.by_sector(viewer, day)),
        "severities": list(reversed(SEVERITY)),
        "worst": queries.worst(viewer, day),
        "feeds": _troubled(viewer),
        "due": obligations.next_due(viewer, _MOST_DUE),
        "latest": _latest(viewer, request),
    }
    return render(request, "situation/situation.html", context)


def _tiles(trend: dict[date, Counts], day: date) -> list[dict[str, Any]]:
    """The four figures on top, each with its change since the day measured before."""
    now = trend.get(day, queries.Counts())
    earlier = [counts for one, counts in trend.items() if one < day]
    before = earlier[-1] if earlier else None
    rows = (
        (_("Open"), sum(now.open), sum(before.open) if before else None, "state=open"),
        (_("High or critical"), sum(now.open[4:]), sum(before.open[4:]) if before else None, "state=open&severity=4"),
        (_("Overdue"), sum(now.overdue), sum(before.overdue) if before else None, "state=open"),
        (_("New today"), sum(now.new), sum(before.new) if before else None, "state=open&since=1"),
    )
    return [
        {"label": label, "figure": figure, "change": None if old is None else figure - old, "question": question}
        for label, figure, old, question in rows
    ]


def _tempos(viewer: Viewer, day: date) -> list[dict[str, Any]]:
    """How long things take, each with the change against the days before."""
    titles = {
        Act.NOTIFY: _("Until it is told"),
        Act.ACKNOWLEDGE: _("Until it is acknowledged"),
        Act.CLOSE: _("Until it is closed with proof"),
    }
    return [
        {
            "label": titles[Act(one.act)],
            "figure": "–" if one.now is None else _duration(one.now),
            "before": "" if one.before is None else _duration(one.before),
            "is_slower": one.now is not None and one.before is not None and one.now > one.before,
            "count": one.count,
        }
        for one in queries.tempos(viewer, day)
    ]


def _duration(seconds: float) -> str:
    """A duration in the largest unit that tells it, for it is only known roughly."""
    minutes, hours, days = seconds / 60, seconds / 3_600, seconds / 86_400
    if round(days) >= _MANY:
        return ngettext("%(n)s day", "%(n)s days", round(days)) % {"n": round(days)}
    if round(hours) >= _MANY:
        return ngettext("%(n)s hour", "%(n)s hours", round(hours)) % {"n": round(hours)}
    return ngettext("%(n)s minute", "%(n)s minutes", round(minutes)) % {"n": round(minutes)}


def _by_severity(trend: dict[date, Counts], name: str) -> list[Series]:
    return [
        Series(str(SEVERITY[level]), [getattr(counts, name)[level] for counts in trend.values()], f"s{level}")
        for level in range(len(SEVERITY))
        if any(getattr(counts, name)[level] for counts in trend.values())
    ]


def _open_chart(trend: dict[date, Counts]) -> dict[str, Any]:
    series = _by_severity(trend, "open")
    return {
        "svg": charts.stacked(_("Open findings by day and severity"), _days(trend), series),
        "legend": charts.legend(series),
    }


def _new_chart(trend: dict[date, Counts], closed: dict[date, int]) -> dict[str, Any]:
    series = [
        Series(_("new"), [sum(counts.new) for counts in trend.values()], "series0"),
        Series(_("overdue"), [sum(counts.overdue) for counts in trend.values()], "series2"),
        Series(_("closed with proof"), [closed.get(day, 0) for day in trend], "series1"),
    ]
    return {
        "svg": charts.line(_("New, overdue and closed findings by day"), _days(trend), series),
        "legend": charts.legend(series),
    }


def _days(trend: dict[date, Counts]) -> list[str]:
    return [formats.date_format(one, "MONTH_DAY_FORMAT") if len(trend) < 4 else one.strftime("%m-%d") for one in trend]  # noqa: PLR2004 - long names where there is room


def _heat(sectors: dict[str, list[int]]) -> list[dict[str, Any]]:
    """Sectors with their counts, the most critical level first; each count with a shade against the greatest of all."""
    top = max((count for counts in sectors.values() for count in counts), default=0)
    rows = []
    for sector, counts in sorted(sectors.items(), key=lambda item: -sum(item[1])):
        cells = [
            {"level": level, "count": counts[level], "shade": -(-_SHADES * counts[level] // top) if top else 0}
            for level in range(len(counts) - 1, -1, -1)
        ]
        rows.append({"sector": sector, "cells": cells, "total": sum(counts)})
    return rows


def _troubled(viewer: Viewer) -> list[intake.Feed]:
    """Feeds that are late, silent, or send what cannot be read."""
    if not viewer.may(Right.SEE_FEEDS):
        return []
    found = intake.feeds_for(viewer, timezone.now())
    return [one for one in found if one.rhythm in {"late", "silent"} or one.quarantined or one.not_whole]


def _latest(viewer: Viewer, request: HttpRequest) -> list[Any]:
    """The worst that was seen last."""
    wanted = findings.FindingFilter(state=findings.OPEN_STATES)
    found = list(findings.findings_for(viewer, wanted)[:8])
    findings.name_organisations(found, request.LANGUAGE_CODE)
    return found
