"""What nobody may ask or send: said once, before any page or operation looks at it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from pydantic import StringConstraints

from tutela.core.errors import WrongUse
from tutela.web.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""A text that a program may send: with no NUL in it, which PostgreSQL does not keep."""

LARGEST: Final = 32 * 2**20
"""Bytes that may be sent at once; whoever reads a form writes its files to disk before anybody knows whose they are."""


def refuse_unknown(request: HttpRequest, known: Iterable[str]) -> None:
    """Raises WrongUse: a misspelt parameter that is passed over would give a program another list without a word."""
    unknown = sorted(set(request.GET) - set(known))
    if unknown:
        raise WrongUse(f"nothing is known of {', '.join(unknown)}.", remedy=f"Use {', '.join(known)}.")


class QuestionsMiddleware:
    """Refuses a question with a NUL in it (nobody looks for one, and PostgreSQL fails on it), and what is too large."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer to a question that can be asked; 400 to others."""
        is_program = request.path.startswith("/api/")
        if any("\x00" in text for _, texts in request.GET.lists() for text in texts):
            if is_program:
                return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The question holds a NUL.", code="wrong-use")
            raise BadRequest("a question holds a NUL")
        sent = request.META.get("CONTENT_LENGTH") or "0"
        if not sent.isdecimal() or int(sent) > LARGEST:  # without a length nothing is read at all (PEP 3333)
            said = f"What was sent is larger than {LARGEST >> 20} MiB. Send less at once."
            if is_program:
                return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said, code="wrong-use")
            return HttpResponse(said, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, content_type="text/plain")
        return self.answer(request)
