"""The interface to organisations: the same list as the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from ninja import Router

from tutela.apps.constituency import columns, queries
from tutela.core.rights import Right
from tutela.web.interface import answer, described, page_of
from tutela.web.lists import List
from tutela.web.problems import Problem
from tutela.web.rights import allow, viewer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from tutela.apps.constituency.models import Organisation

router = Router(tags=["organisations"])


@router.get(
    "",
    response={200: page_of(columns.TABLE), 401: Problem, 403: Problem, 422: Problem},
    summary="List organisations",
    openapi_extra=described(columns.TABLE, columns.filters((), ())),
    url_name="organisations",
)
def organisations(request: HttpRequest) -> dict[str, Any]:
    """The organisations that the caller may see, from the top down."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_ORGANISATIONS)

    def rows(values: Mapping[str, Any]) -> QuerySet[Organisation]:
        return queries.organisations_like(viewer, values)

    found = columns.filters(*queries.values_of(viewer))
    return answer(request, List(columns.TABLE, found, rows, first="place"))
