"""How allauth behaves here: nobody registers by themselves, and another sign-in service lets in only whom we know."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathFillImage

from tutela.apps.people.queries import person_named

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """An administrator writes people down."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        del request
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count by address alone: allauth counts by host too, and a client may name our host with any port."""
        del request
        return str(credentials.get("email") or "").lower()


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Whoever another service vouches for must be here already, with the same verified address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        del request, sociallogin
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Link the account at the other service to the person with its verified address; nobody else comes in."""
        if sociallogin.state.get("process", "login") != "login":  # only for signing in, not to add more ways in
            raise ImmediateHttpResponse(redirect("me"))
        if sociallogin.is_existing:
            return
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        person = next(filter(None, map(person_named, verified)), None)
        if person is None or not person.is_active:
            messages.error(request, _("Nobody here has the address that the other service vouches for."))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, person)


class FactorAdapter(DefaultMFAAdapter):
    """Second factors as pages show them."""

    def build_totp_svg(self, url: str) -> str:
        """The code on white, so that a camera reads it from a dark page too."""
        picture = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(picture)
        return picture.getvalue().decode()
