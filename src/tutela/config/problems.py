"""Errors of the interface as problem details (RFC 9457): what, where, what to do; never a traceback."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.http import Http404, HttpResponse
from ninja.errors import HttpError, ValidationError

from tutela.core.errors import BadInput, Conflict, NotAllowed, TutelaError, Unavailable, WrongUse

if TYPE_CHECKING:
    from django.http import HttpRequest
    from ninja import NinjaAPI

MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final[dict[type[TutelaError], HTTPStatus]] = {
    WrongUse: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem(status: HTTPStatus, detail: str, **more: Any) -> HttpResponse:
    """One problem as an answer; ``more`` are members of its own."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return HttpResponse(orjson.dumps(body), status=status.value, content_type=MEDIA_TYPE)


def install(api: NinjaAPI) -> None:
    """Let every error of the interface leave it as a problem."""
    api.add_exception_handler(TutelaError, _ours)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(Http404, _absent)
    api.add_exception_handler(HttpError, _refused)


def _ours(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    del request
    assert isinstance(error, TutelaError)  # noqa: S101 - tells the checker what the registration says
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    more = {name: value for name, value in error.as_dict().items() if value and name != "what"}
    return problem(status, error.what, **more)


def _invalid(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """All that is wrong with what was asked, at once."""
    del request
    assert isinstance(error, ValidationError)  # noqa: S101 - as above
    wrong = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in wrong)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, code="wrong-use", errors=wrong)


def _absent(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    del request, error
    return problem(HTTPStatus.NOT_FOUND, "There is nothing of this name that you may see.", code="not-found")


def _refused(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    del request
    assert isinstance(error, HttpError)  # noqa: S101 - as above
    answer = problem(HTTPStatus(error.status_code), str(error))
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="tutela"'
    return answer
