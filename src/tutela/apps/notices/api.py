"""The interface to notices: the same list as the page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from tutela.apps.notices import columns
from tutela.apps.notices.queries import NoticeFilter, notices_for
from tutela.core.rights import Right
from tutela.web.interface import answer, described, page_of
from tutela.web.lists import List
from tutela.web.problems import Problem
from tutela.web.rights import allow, viewer_of

router = Router(tags=["notices"])


@router.get(
    "",
    response={200: page_of(columns.TABLE), 401: Problem, 403: Problem, 422: Problem},
    summary="List notices",
    openapi_extra=described(columns.TABLE, columns.FILTERS),
    url_name="notices",
)
def notices(request: HttpRequest) -> dict[str, Any]:
    """The notices about findings of organisations that the caller may see, the latest first."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_NOTICES)
    asked = List(columns.TABLE, columns.FILTERS, lambda values: notices_for(viewer, NoticeFilter(**values)), "created")
    return answer(request, asked)
