from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tutela.apps.people import actions
from tutela.core.rights import Right, Role

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]


@pytest.fixture
def wanted(settings: Any) -> None:
    """Administrators must have a second factor."""
    settings.TUTELA = settings.TUTELA.model_copy(update={"mfa_roles": "administrator head"})


def test_a_page_is_asked_for_by_a_viewer(client: Client, enter: Any, make: Any) -> None:
    assert client.get("/account/login/").wsgi_request.viewer is None  # type: ignore[attr-defined]
    user = make(Role.MANAGER, "dana@example.org", "b", "a")
    enter(user.email)
    viewer = client.get("/people/me/").wsgi_request.viewer  # type: ignore[attr-defined]
    assert (str(viewer.actor), viewer.organisations, viewer.role) == (
        "person:dana@example.org",
        ("a", "b"),
        Role.MANAGER,
    )


def test_pages_are_in_the_language_and_the_time_zone_of_the_person(
    client: Client, enter: Any, make: Any, ground: dict[str, Any]
) -> None:
    user = make()
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        enter(user.email)
        plain = client.get("/people/me/").content.decode()
        actions.set_preferences(user=user, name="", language="zh-hans", time_zone="Asia/Shanghai", **ground)
        own = client.get("/people/me/").content.decode()
    assert ("2026-11-22 12:00<" in plain, "2026-11-22 20:00<" in own) == (True, True)
    assert 'lang="zh-hans"' in own
    assert timezone.get_current_timezone_name() == "UTC", "the next request begins anew"


@pytest.mark.usefixtures("wanted")
def test_who_needs_a_second_factor_is_led_to_set_one_up(client: Client, enter: Any, make: Any) -> None:
    user = make(Role.ADMINISTRATOR)
    enter(user.email)
    for place in ("/", "/people/", "/people/me/", "/findings/", "/search/?q=x", "/account/sessions/"):
        assert client.get(place).headers["Location"] == "/account/factors/", place
    assert client.post("/people/add/", {"email": "a@example.org", "role": "head"}).status_code == 302
    refused = client.get("/api/v1/findings")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    told = client.get("/account/factors/")
    assert "Your role needs a second factor" in told.content.decode()
    for place in ("/account/factors/totp/activate/", "/account/factors/webauthn/add/", "/account/logout/"):
        assert client.get(place, follow=True).redirect_chain[-1:] != [("/account/factors/", 302)], place
    TOTP.activate(user, generate_totp_secret())
    assert client.get("/people/").status_code == 200
    assert "Your role needs" not in client.get("/account/factors/").content.decode()


@pytest.mark.usefixtures("wanted")
def test_others_are_not(client: Client, enter: Any, make: Any) -> None:
    enter(make(Role.ANALYST).email)
    assert client.get("/people/me/").status_code == 200


def test_a_session_is_noted_now_and_then(client: Client, enter: Any, make: Any) -> None:
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False) as clock:
        enter(make().email)
        first = UserSession.objects.get().last_seen_at
        for minutes, noted in ((4, 0), (2, 6)):
            clock.shift(timedelta(minutes=minutes))
            client.get("/people/me/")
            assert UserSession.objects.get().last_seen_at == first + timedelta(minutes=noted)
        with CaptureQueriesContext(connection) as asked:
            client.get("/findings/")
        assert not [query for query in asked.captured_queries if query["sql"].startswith(("INSERT", "UPDATE"))]


def test_a_token_asks_as_its_person_and_a_cookie_beside_it_changes_nothing(
    client: Client, make: Any, ground: dict[str, Any]
) -> None:
    user = make()
    secret = actions.issue_token(user=user, name="x", scopes=[Right.SEE_FINDINGS], holds=timedelta(days=1), **ground)
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/findings", headers=headers).status_code == 200
    assert user.tokens.get().last_used is not None
    assert client.get("/api/v1/findings", headers={"Authorization": f"Bearer {secret}x"}).status_code == 401
    assert client.get("/people/me/", headers=headers).status_code == 302, "pages are for people"
    actions.revoke_token(token=user.tokens.get(), **ground)
    assert client.get("/api/v1/findings", headers=headers).status_code == 401
