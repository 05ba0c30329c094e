"""Who asks, for every request: the viewer, their language and their time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from tutela.apps.people.models import User
from tutela.apps.people.queries import viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


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
