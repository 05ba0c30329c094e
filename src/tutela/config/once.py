"""Operations of the interface that are asked for again with the same ``Idempotency-Key`` are done once.

What the operation does and the answer that is kept are one transaction: after a crash both are there, or neither. Who
asks at the same time with the same key waits for the first, and is given its answer.
"""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone

from tutela.apps.people import actions as people
from tutela.apps.people.queries import kept_answer, token_viewer
from tutela.web.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from tutela.core.actor import Viewer

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
_KEY: Final = re.compile(r"[!-~]{1,255}")
_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_BEARER: Final = "Bearer "


class OnceMiddleware:
    """Keeps the answer to an operation that names a key, and gives it again.

    Errors of the server are not kept, nor that somebody has not the right: they may be given it meanwhile.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a second time with the same key as the first time, or 422 where something else is asked for."""
        key = request.headers.get(HEADER)
        if key is None or request.method not in _METHODS or not request.path.startswith("/api/"):
            return self.answer(request)
        if not _KEY.fullmatch(key):
            said = f"{HEADER} is no key. Give 1 to 255 visible characters of ASCII, new for each operation."
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, code="wrong-use")
        viewer = _viewer(request)
        if viewer is None:
            return self.answer(request)  # who may not come in is told so, and nothing is kept of them
        who = hashlib.sha256(f"{viewer.actor}\n{key}".encode()).hexdigest()
        return self._once(request, who, _digest(request))

    def _once(self, request: HttpRequest, key: str, digest: str) -> HttpResponse:
        with transaction.atomic():
            try:
                with transaction.atomic():
                    people.begin_answer(key=key, request=digest, now=timezone.now())
            except IntegrityError:
                return _again(key, digest)
            answer = self.answer(request)
            if answer.streaming:
                raise TypeError("an operation answers as a whole, or its answer cannot be kept")
            if answer.status_code == HTTPStatus.FORBIDDEN or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                transaction.set_rollback(True)
                return answer
            kind = answer.headers.get("Content-Type", "")
            people.keep_answer(key=key, status=answer.status_code, kind=kind, body=answer.content)
        return answer


def _again(key: str, digest: str) -> HttpResponse:
    known = kept_answer(key)
    if known is None or known.request != digest:
        said = f"This {HEADER} was used for another request. Give each operation a key of its own."
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, code="wrong-use")
    return HttpResponse(bytes(known.body), status=known.status, content_type=known.kind, headers={REPLAYED: "true"})


def _viewer(request: HttpRequest) -> Viewer | None:
    """Who asks, as the interface will know them: by their token, else by their session."""
    given = request.headers.get("Authorization", "")
    if given.startswith(_BEARER):
        return token_viewer(given.removeprefix(_BEARER), timezone.now())
    viewer: Viewer | None = getattr(request, "viewer", None)
    return viewer


def _digest(request: HttpRequest) -> str:
    """The hash of what is asked for; what was sent is laid back, to be read by the operation with its own limits."""
    asked = f"{request.method}\n{request.get_full_path()}\n{request.content_type}\n".encode()
    sent = request.read()  # at most what QuestionsMiddleware lets in
    request._stream = BytesIO(sent)  # noqa: SLF001 - Django has no other way back
    request._read_started = False  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    return hashlib.sha256(asked + sent).hexdigest()


def describe(paths: dict[str, Any]) -> None:
    """Say in the description of an interface (its OpenAPI paths) that what changes something takes a key."""
    said = "done once, and answered the same for a day, however often it is asked for"
    schema = {"type": "string", "pattern": f"^{_KEY.pattern}$"}
    for operations in paths.values():
        for method, operation in operations.items():
            if method.upper() in _METHODS:
                header = {"in": "header", "name": HEADER, "required": False, "schema": schema, "description": said}
                operation.setdefault("parameters", []).append(header)
