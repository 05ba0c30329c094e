"""The page of search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import redirect, render

from tutela.apps.findings.queries import name_organisations
from tutela.apps.search import queries
from tutela.core.asked import LONGEST, Kind
from tutela.core.incidents.case import reference_of
from tutela.core.rights import Right
from tutela.web.rights import requires, viewer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires(Right.SEE_FINDINGS)
def search(request: HttpRequest) -> HttpResponse:
    """What a text leads to; the id of one finding and the reference of an incident lead to it at once."""
    text = request.GET.get("q", "")[:LONGEST]
    hits = queries.search(text, viewer_of(request), home=settings.TUTELA.home)
    if hits.question and hits.question.kind is Kind.IDENTIFIER and hits.findings:
        return redirect("finding", hits.findings[0].pk)
    if hits.incidents and reference_of(text):
        return redirect("incident", hits.incidents[0].pk)
    name_organisations(hits.findings, request.LANGUAGE_CODE)
    return render(request, "search/search.html", {"question": text, "hits": hits})
