"""How allauth behaves here: nobody registers by themselves, and another sign-in service lets in only whom we know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.shortcuts import redirect

from tutela.apps.people.queries import person_named

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """An administrator writes people down."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        del request
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Whoever another service vouches for must be here already, with the same verified address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        del request, sociallogin
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Link the account at the other service to the person with its verified address; nobody else comes in."""
        if sociallogin.is_existing:
            return
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        person = next(filter(None, map(person_named, verified)), None)
        if person is None or not person.is_active:
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, person)
