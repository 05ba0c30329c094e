"""The pages of organisations: the list, and one organisation with what it holds, whom to tell and what it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

from tutela.apps.constituency import columns, queries
from tutela.core.rights import Right
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.constituency.models import Organisation

MOST_HOLDINGS = 200


@requires(Right.SEE_ORGANISATIONS)
def organisations(request: HttpRequest) -> HttpResponseBase:
    """The list, from the top down."""
    viewer = viewer_of(request)
    wanted = columns.filters(*queries.values_of(viewer))

    def rows(values: Mapping[str, Any]) -> QuerySet[Organisation]:
        return queries.organisations_like(viewer, values)

    return List(columns.TABLE, wanted, rows, first="place").answer(request, "constituency/list.html")


@requires(Right.SEE_ORGANISATIONS)
def organisation(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One organisation."""
    viewer = viewer_of(request)
    found = queries.organisation_by(identifier, viewer)
    if found is None:
        raise Http404
    holdings = list(
        queries.holdings_for(
            viewer,
            queries.HoldingFilter(organisation=found.global_id, current=timezone.now()),
            limit=MOST_HOLDINGS + 1,
        )
    )
    context = {
        "organisation": found,
        "above": queries.above(found, viewer),
        "below": list(queries.organisations_for(viewer).filter(parent=found)[:MOST_HOLDINGS]),
        "holdings": holdings[:MOST_HOLDINGS],
        "has_more_holdings": len(holdings) > MOST_HOLDINGS,
        "contacts": list(queries.contacts_of(found)),
        "services": list(queries.services_of(found)),
        "identifiers": list(found.identifiers.order_by("scheme")),
    }
    return render(request, "constituency/organisation.html", context)
