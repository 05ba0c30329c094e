from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter as factors
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware

from tutela.apps.people import actions
from tutela.apps.people.models import User
from tutela.config import oidc
from tutela.config.environment import Environment

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.test import RequestFactory

pytestmark = pytest.mark.django_db
NAMED = Environment(
    oidc_issuer="https://sign-in.example.org/realms/house",
    oidc_client="tutela",
    oidc_secret="for tests",  # noqa: S106 - no secret of anybody
)


@pytest.fixture
def request_(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/")
    for middleware in (SessionMiddleware, MessageMiddleware):
        middleware(lambda _: None).process_request(request)  # type: ignore[arg-type, return-value]
    return request


def vouched(email: str, *, verified: bool = True, process: str = "login") -> SocialLogin:
    login = SocialLogin(
        user=User(email=email),
        account=SocialAccount(provider="service", uid="7"),
        email_addresses=[EmailAddress(email=email, verified=verified, primary=True)],
    )
    login.state = {"process": process}
    return login


def test_who_is_known_here_is_let_in_and_linked(request_: HttpRequest, make: Any, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = oidc.providers(NAMED)
    user = make(email="dana@example.org")
    login = vouched("Dana@Example.org")
    get_adapter().pre_social_login(request_, login)
    assert SocialAccount.objects.get().user == user
    assert (login.is_existing, login.user) == (True, user)
    assert User.objects.count() == 1


@pytest.mark.parametrize("case", ["unknown", "not verified", "kept out", "to link another"])
def test_nobody_else_is(case: str, request_: HttpRequest, make: Any, ground: dict[str, Any]) -> None:
    user = make(email="dana@example.org")
    if case == "kept out":
        actions.deactivate(user=user, **ground)
    email = "nobody@example.org" if case == "unknown" else user.email
    process = "connect" if case == "to link another" else "login"
    with pytest.raises(ImmediateHttpResponse):
        get_adapter().pre_social_login(request_, vouched(email, verified=case != "not verified", process=process))
    assert SocialAccount.objects.count() == 0
    assert User.objects.count() == 1
    assert not get_adapter().is_open_for_signup(request_, vouched(email))


def test_the_picture_for_the_camera_is_on_white() -> None:
    picture = factors().build_totp_svg("otpauth://totp/x")
    assert 'fill="white"' in picture


def test_a_service_is_there_where_one_is_named() -> None:
    assert oidc.providers(Environment()) == {}
    assert oidc.origins(Environment()) == []
    app = oidc.providers(NAMED)["openid_connect"]["APPS"][0]
    assert app["settings"]["server_url"] == "https://sign-in.example.org/realms/house"
    assert oidc.origins(NAMED) == ["https://sign-in.example.org"]
