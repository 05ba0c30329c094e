"""Errors of the interface as problem details (RFC 9457): what, where, what to do; never a traceback."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from ninja import Schema
from ninja.errors import HttpError, ValidationError

from tutela.core.errors import BadInput, Conflict, NotAllowed, TutelaError, Unavailable, WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from ninja import NinjaAPI

MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final[dict[type[TutelaError], HTTPStatus]] = {
    WrongUse: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


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


def describe(paths: dict[str, Any]) -> None:
    """Say in the description of an interface (its OpenAPI paths) that errors come as problems."""
    for operation in (one for operations in paths.values() for one in operations.values()):
        for status, response in operation["responses"].items():
            if int(status) >= HTTPStatus.BAD_REQUEST:
                response["content"] = dict.fromkeys([MEDIA_TYPE], *response["content"].values())


def told(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """An operation that tells a method it does not know as a problem too, and says itself who may ask."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        refused = problem(HTTPStatus.METHOD_NOT_ALLOWED, f"{request.method} is not possible here.", code="wrong-use")
        refused["Allow"] = response["Allow"]
        return refused

    return login_not_required(answer)


@csrf_exempt
@login_not_required
def absent(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The answer where the interface has no operation."""
    del rest
    return _absent(request, Http404())


def _ours(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    del request
    assert isinstance(error, TutelaError)  # noqa: S101 - tells the checker what the registration says
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    more = {name: value for name, value in error.as_dict().items() if value and name != "what"}
    answer = problem(status, error.what, **more)
    if error.transient:
        answer["Retry-After"] = "60"
    return answer


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
    if error.status_code == HTTPStatus.BAD_REQUEST:  # a body that is no JSON: told as all else that cannot be asked
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}.", code="wrong-use")
    answer = problem(HTTPStatus(error.status_code), str(error))
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="tutela"'
    return answer
