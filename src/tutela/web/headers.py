"""What every answer tells a browser: where anything may come from (CSP), and what it may use (nothing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; "
    "img-src 'self' data:; "  # the picture of a TOTP secret is made on the server, in the page
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_NOTHING: Final = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
PERMISSIONS_POLICY: Final = ", ".join(f"{feature}=()" for feature in _NOTHING)


class HeadersMiddleware:
    """Two constant headers on every answer, also on those that another middleware gives."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer
        targets = ["form-action 'self'", *settings.FORMS_LEAD_TO]  # another sign-in service, where there is one
        self.policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", " ".join(targets))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer with its headers."""
        response = self.answer(request)
        response["Content-Security-Policy"] = self.policy
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        return response
