"""The interface to the situation: metrics."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from tutela.apps.situation.metrics import CONTENT_TYPE, exposition
from tutela.core.rights import Right
from tutela.web.problems import Problem
from tutela.web.rights import allow, viewer_of

router = Router(tags=["metrics"])
_TEXT = {"responses": {200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}}}


@router.get(
    "",
    response={200: None, 401: Problem, 403: Problem, 422: Problem},
    summary="Metrics for monitoring",
    openapi_extra=_TEXT,
    url_name="metrics",
)
def metrics(request: HttpRequest) -> HttpResponse:
    """The state of the house, in the text form that Prometheus reads."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_FEEDS)
    return HttpResponse(exposition(viewer, timezone.now()), content_type=CONTENT_TYPE)
