"""The interface to notices: the same list as the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from tutela.apps.notices import columns
from tutela.apps.notices.queries import NoticeFilter, notices_for, receipt_of
from tutela.core.rights import Right
from tutela.web.files import as_receipt
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


@router.get(
    "/{uuid:identifier}/receipt",
    response={200: None, 401: Problem, 403: Problem, 404: Problem, 422: Problem},
    summary="The receipt of a notice",
    url_name="notice-receipt",
)
def receipt(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """A C2SP tlog-proof: that the ledger says what this notice tells. 404 too where there is none."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_NOTICES)
    found = notices_for(viewer).filter(pk=identifier).first()
    if found is None:
        raise Http404
    return as_receipt(receipt_of(found), f"notice-{found.pk.hex[:12]}")
