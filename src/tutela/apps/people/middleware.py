"""Who asks, for every request: the viewer, their language and time zone, and whether they may go on as they are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.http import JsonResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tutela.apps.people.models import User
from tutela.apps.people.queries import must_set_up_factor, seen_since, viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest, HttpResponse

_SEEN_AGAIN: Final = timedelta(minutes=5)
_OPEN_WITHOUT_FACTOR: Final = {"account_login", "account_logout", "account_reauthenticate", "set_language"}


class ViewerMiddleware:
    """Puts ``request.viewer`` beside ``request.user``; None for whoever has not signed in."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the viewer reads and reckons time."""
        user = request.user
        if not isinstance(user, User):
            request.viewer = None  # type: ignore[attr-defined]
            return self.answer(request)
        request.viewer = viewer_of(user)  # type: ignore[attr-defined]
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        with timezone.override(ZoneInfo(user.time_zone or "UTC")):
            return self.answer(request)

    def process_view(
        self, request: HttpRequest, page: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]
    ) -> HttpResponse | None:
        """Lead whoever must set up a second factor to where that is done, whatever they ask for."""
        del page, given, named
        request.must_set_up_factor = isinstance(request.user, User) and must_set_up_factor(request.user)  # type: ignore[attr-defined]
        match = request.resolver_match
        name = (match and match.url_name) or ""
        if not request.must_set_up_factor or name in _OPEN_WITHOUT_FACTOR or name.startswith("mfa_"):  # type: ignore[attr-defined]
            return None
        if match and "api" in match.namespaces:
            detail = _("Your role needs a second factor. Set one up in the console first.")
            problem = {
                "type": "about:blank",
                "title": "Forbidden",
                "status": 403,
                "detail": detail,
                "code": "not-allowed",
            }
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        return redirect("mfa_index")


class SeenMiddleware(UserSessionsMiddleware):
    """Notes when a session was last seen, once in five minutes: most pages write nothing."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and note the session where that is due."""
        key = request.session.session_key
        noted = key is not None and seen_since(key, timezone.now() - _SEEN_AGAIN)
        answer: HttpResponse = self.get_response(request) if noted else super().__call__(request)
        return answer
