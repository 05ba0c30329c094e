from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from tests.apps.people.conftest import ANOTHER, PASSWORD
from tutela.apps.people import actions, queries
from tutela.apps.people.models import User
from tutela.core.rights import RIGHTS, Right, Role

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]


@pytest.fixture
def entered(client: Client, enter: Any, make: Any) -> Callable[..., User]:
    """Somebody of a role, signed in."""

    def sign_in(role: Role) -> User:
        user: User = make(role, f"me-{role.value}@example.org")
        enter(user.email)
        return user

    return sign_in


@pytest.mark.parametrize("role", Role)
def test_who_may_see_people_and_who_may_change_them(
    role: Role, client: Client, entered: Any, make: Any, ground: dict[str, Any]
) -> None:
    other = make(Role.ANALYST, "other@example.org")
    entered(role)
    sees, changes = role in RIGHTS[Right.SEE_PEOPLE], role in RIGHTS[Right.CHANGE_PEOPLE]
    assert client.get("/people/").status_code == (200 if sees else 403)
    page = client.get(f"/people/{other.pk}/")
    assert page.status_code == (200 if sees else 403)
    assert (b'name="do"' in page.content) == changes
    assert client.get("/people/add/").status_code == (200 if changes else 403)
    for do in ("deactivate", "invite", "place", "reactivate"):
        given = {"do": do, "role": "head"}
        assert (client.post(f"/people/{other.pk}/", given).status_code == 403) == (not changes)
    assert (User.objects.get(pk=other.pk).role == "head") == changes


def test_an_id_that_is_not_there_is_404(client: Client, entered: Any) -> None:
    entered(Role.ADMINISTRATOR)
    assert client.get(f"/people/{uuid4()}/").status_code == 404
    assert client.get("/people/1/").status_code == 404


def test_from_adding_somebody_to_their_first_page(client: Client, entered: Any) -> None:
    entered(Role.ADMINISTRATOR)
    given = {"email": "New@example.org", "name": "New", "role": "organisation-contact", "organisations": "a b a"}
    place = client.post("/people/add/", given).headers["Location"]
    link = client.post(place, {"do": "invite"}).content.decode()
    address = re.search(r"http://testserver(/people/welcome/[\w-]+/)", link)
    assert address is not None
    theirs = Client()
    welcome = theirs.get(address[1])
    assert b"new@example.org" in welcome.content
    assert welcome.headers["Referrer-Policy"] == "same-origin", "the link goes to nobody else"
    short = theirs.post(address[1], {"new_password1": "short", "new_password2": "short"})
    assert b"at least 12 characters" in short.content
    theirs.post(address[1], {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert theirs.get(address[1]).status_code == 404
    assert theirs.post("/account/login/", {"login": "new@example.org", "password": PASSWORD}).status_code == 302
    viewer = theirs.get("/people/me/").wsgi_request.viewer  # type: ignore[attr-defined]
    assert viewer.organisations == ("a", "b")


def test_what_cannot_be_is_told_on_the_page(client: Client, entered: Any) -> None:
    me = entered(Role.ADMINISTRATOR)
    told = client.post("/people/add/", {"email": me.email, "role": "head"})
    assert b"somebody with this address is here already" in told.content
    told = client.post("/people/add/", {"email": "a@example.org", "role": "organisation-manager"})
    assert b"this role belongs to an organisation" in told.content
    told = client.post(f"/people/{me.pk}/", {"do": "deactivate"}, follow=True)
    assert b"nobody takes their own administration away" in told.content
    assert User.objects.get(pk=me.pk).is_active


def test_an_administrator_ends_sessions_and_revokes_tokens(
    client: Client, entered: Any, make: Any, ground: dict[str, Any]
) -> None:
    other, theirs = make(), Client()
    theirs.post("/account/login/", {"login": other.email, "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    secret = actions.issue_token(
        user=other, name="nightly", scopes=[Right.SEE_FINDINGS], holds=timedelta(days=1), **ground
    )
    entered(Role.ADMINISTRATOR)
    page = client.get(f"/people/{other.pk}/").content
    assert b"198.51.100.7" in page
    assert b"nightly" in page
    assert secret.encode() not in page
    for do, which in (("end-session", UserSession.objects.get(user=other).pk), ("revoke-token", other.tokens.get().pk)):
        assert client.post(f"/people/{other.pk}/", {"do": do, "which": which}).status_code == 302
        assert client.post(f"/people/{other.pk}/", {"do": do, "which": which}).status_code == 404
    assert theirs.get("/people/me/").status_code == 302
    assert queries.token_viewer(secret, ground["now"]) is None


def test_nobody_takes_away_what_is_of_others(client: Client, entered: Any, make: Any, ground: dict[str, Any]) -> None:
    other = make()
    Client().post("/account/login/", {"login": other.email, "password": PASSWORD})
    actions.issue_token(user=other, name="x", scopes=[Right.SEE_FINDINGS], holds=timedelta(days=1), **ground)
    entered(Role.AUDITOR)
    for do, which in (("end-session", UserSession.objects.get(user=other).pk), ("revoke-token", other.tokens.get().pk)):
        assert client.post("/people/me/", {"do": do, "which": which}).status_code == 404
        assert client.post(f"/people/{other.pk}/", {"do": do, "which": which}).status_code == 403


def test_ones_own_account(client: Client, entered: Any, ground: dict[str, Any]) -> None:
    me = entered(Role.AUDITOR)
    given = {"do": "preferences", "name": "Dana", "language": "zh-hans", "time_zone": "Europe/Berlin"}
    assert client.post("/people/me/", given).status_code == 302
    me.refresh_from_db()
    assert (me.name, me.language, me.time_zone) == ("Dana", "zh-hans", "Europe/Berlin")
    for wrong in ({"language": "xx"}, {"time_zone": "Mars/Olympus"}):
        assert client.post("/people/me/", given | wrong).status_code == 200
    made = client.post("/people/me/", {"do": "token", "name": "x", "days": "7", "scopes": ["ledger.see"]})
    secret = re.search(rb"<code>(tutela_[\w-]+)</code>", made.content)
    assert secret is not None
    assert made.headers["Cache-Control"].startswith("max-age=0")
    assert queries.token_viewer(secret[1].decode(), ground["now"]) is not None
    assert secret[1] not in client.get("/people/me/").content
    more = client.post("/people/me/", {"do": "token", "name": "x", "days": "7", "scopes": ["people.change"]})
    assert me.tokens.count() == 1, more.content
    client.post("/people/me/", {"do": "revoke-token", "which": me.tokens.get().pk})
    assert me.tokens.get().revoked is not None


def test_another_password_ends_the_other_sessions(client: Client, entered: Any) -> None:
    me, elsewhere = entered(Role.ANALYST), Client()
    elsewhere.post("/account/login/", {"login": me.email, "password": PASSWORD})
    given = {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}
    assert client.post("/account/password/", given | {"oldpassword": "wrong"}).status_code == 200
    assert client.post("/account/password/", given).status_code == 302
    assert client.get("/people/me/").status_code == 200
    assert elsewhere.get("/people/me/").status_code == 302


def test_who_signs_in_elsewhere_alone_has_no_password_to_change(client: Client, entered: Any) -> None:
    me = entered(Role.ANALYST)
    me.set_unusable_password()
    me.save()
    client.force_login(me, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/account/password/").status_code == 404
    assert b"Change the password" not in client.get("/people/me/").content
