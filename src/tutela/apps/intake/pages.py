"""The pages of what comes in: all feeds, one feed with its reports, one report with its quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

from tutela.apps.intake import columns, queries
from tutela.core.rights import Right
from tutela.lake.quarantine import Quarantine
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.intake.models import Report

MOST_ROWS = 200


@requires(Right.SEE_FEEDS)
def feeds(request: HttpRequest) -> HttpResponseBase:
    """Every feed of which a report came in, and how it does."""
    return render(request, "intake/feeds.html", {"feeds": queries.feeds_for(viewer_of(request), timezone.now())})


@requires(Right.SEE_FEEDS)
def feed(request: HttpRequest, name: str) -> HttpResponseBase:
    """One feed: how it does, and its reports."""
    viewer = viewer_of(request)
    known = [one for one in queries.feeds_for(viewer, timezone.now()) if one.name == name]
    if not known:
        raise Http404

    def rows(values: Mapping[str, Any]) -> QuerySet[Report]:
        wanted = queries.ReportFilter(feed=name, trouble=values.get("trouble", ""), name=values.get("name", ""))
        return queries.reports_like(viewer, wanted)

    asked = List(columns.TABLE, columns.FILTERS, rows, first="received")
    return asked.answer(request, "intake/feed.html", feed=known[0])


@requires(Right.SEE_FEEDS)
def report(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One report: every row accounted for, and those that could not be read."""
    found = queries.reports_for(viewer_of(request)).filter(pk=identifier).first()
    if found is None:
        raise Http404
    rows: list[dict[str, Any]] = []
    if found.quarantined:
        lying = Quarantine(settings.TUTELA.home).rows(str(found.pk)).sort("row").head(MOST_ROWS)
        rows = list(lying.collect().iter_rows(named=True))
    context = {"report": found, "quarantine": rows, "has_more": found.quarantined > len(rows)}
    return render(request, "intake/report.html", context)
