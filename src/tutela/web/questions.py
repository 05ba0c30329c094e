"""What no question in an address may hold: said once, before any page or operation looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest

from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest, HttpResponse


def refuse_unknown(request: HttpRequest, known: Iterable[str]) -> None:
    """Raises WrongUse: a misspelt parameter that is passed over would give a program another list without a word."""
    unknown = sorted(set(request.GET) - set(known))
    if unknown:
        raise WrongUse(f"nothing is known of {', '.join(unknown)}.", remedy=f"Use {', '.join(known)}.")


class QuestionsMiddleware:
    """Refuses a question with a NUL in it: nobody looks for one, and PostgreSQL takes it for an error."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer to a question that can be asked; 400 to others."""
        if any("\x00" in text for _, texts in request.GET.lists() for text in texts):
            raise BadRequest("a question holds a NUL")
        return self.answer(request)
