"""Signing in, as somebody outside meets it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.urls import get_resolver

from tests.apps.people.conftest import PASSWORD
from tutela.core.rights import Role

if TYPE_CHECKING:
    from django.urls import URLResolver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]
INLINE = re.compile(rb"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(?:\ssrc=|application/json))")


def signed_in(client: Client) -> bool:
    return client.get("/people/me/").status_code == 200


def code(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06}"


def test_a_person_signs_in_and_out(client: Client, enter: Any, make: Any) -> None:
    user = make()
    assert not signed_in(client)
    answer = enter(user.email.upper())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert signed_in(client)
    assert client.post("/account/logout/").headers["Location"] == "/account/login/"
    assert not signed_in(client)


def test_a_wrong_password_and_an_unknown_address_are_told_alike(client: Client, enter: Any, make: Any) -> None:
    known = enter(make().email, "wrong")
    unknown = enter("nobody@example.org", "wrong")

    def told(answer: Any) -> list[bytes]:
        return [
            line for line in answer.content.splitlines() if b"csrf" not in line.lower() and b"example.org" not in line
        ]

    assert told(known) == told(unknown)
    assert known.status_code == unknown.status_code == 200


def test_it_costs_the_same_work_whether_the_address_is_known_or_not(
    client: Client, enter: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, fresh = make(), make(Role.HEAD)
    fresh.set_unusable_password()  # invited, and has not come yet
    fresh.save()
    counted: list[str] = []
    encode = Argon2PasswordHasher.encode
    verify = Argon2PasswordHasher.verify
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *a: counted.append("hash") or encode(*a))
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *a: counted.append("hash") or verify(*a))
    work = {}
    for email in (known.email, fresh.email, "nobody@example.org"):
        counted.clear()
        enter(email, "wrong")
        work[email] = len(counted)
    assert set(work.values()) == {1}, work


def test_after_five_wrong_passwords_the_right_one_is_refused_too(client: Client, enter: Any, make: Any) -> None:
    user = make()
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False) as clock:
        for _ in range(5):
            assert b"Too many failed" not in enter(user.email, "wrong").content
        refused = enter(user.email)
        assert b"Too many failed login attempts. Try again later." in refused.content
        assert not signed_in(client)
        assert b"Too many failed" in enter(user.email, REMOTE_ADDR="198.51.100.7").content, "from elsewhere too"
        clock.shift(5 * 60 + 1)
        enter(user.email)
        assert signed_in(client)


def test_another_name_of_the_host_gives_no_more_tries(client: Client, enter: Any, make: Any) -> None:
    user = make()
    for port in range(5):
        enter(user.email, "wrong", HTTP_HOST=f"localhost:{port + 1}")
    assert b"Too many failed" in enter(user.email, HTTP_HOST="127.0.0.1:9").content


def test_one_address_cannot_try_many_people(client: Client, enter: Any, make: Any) -> None:
    for number in range(20):
        enter(f"nobody{number}@example.org", "wrong")
    user = make()
    assert b"Too many failed" in enter(user.email).content
    enter(user.email, REMOTE_ADDR="198.51.100.7")
    assert signed_in(client), "others are not kept out by it"


def test_the_header_of_a_proxy_is_believed_only_where_there_is_one(client: Client, enter: Any, settings: Any) -> None:
    for number in range(20):
        enter(f"nobody{number}@example.org", "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert b"Too many failed" in enter("other@example.org", HTTP_X_FORWARDED_FOR="203.0.113.99").content
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert b"Too many failed" not in enter("other@example.org", HTTP_X_FORWARDED_FOR="203.0.113.99").content


def test_a_session_begins_anew_at_sign_in(client: Client, enter: Any, make: Any) -> None:
    client.get("/account/login/")
    session = client.session
    session["planted"] = "before"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    enter(make().email)
    assert client.cookies["sessionid"].value != before
    stranger = Client()
    stranger.cookies["sessionid"] = before
    assert not signed_in(stranger)


@pytest.mark.parametrize(
    "address",
    ["https://example.net/", "//example.net/", "https:example.net", "/\\example.net", "javascript:alert(1)"],
)
def test_sign_in_leads_to_no_other_host(client: Client, enter: Any, make: Any, address: str) -> None:
    answer = enter(make().email, data={"next": address})
    assert answer.headers["Location"] == "/"
    assert client.post("/account/logout/", {"next": address}).headers["Location"] == "/account/login/"


def test_sign_in_leads_back_to_where_one_was(client: Client, enter: Any, make: Any) -> None:
    asked = client.get("/findings/?state=open")
    assert asked.headers["Location"] == "/account/login/?next=/findings/%3Fstate%3Dopen"
    assert b'value="/findings/?state=open"' in client.get(asked.headers["Location"]).content
    assert enter(make().email, data={"next": "/findings/?state=open"}).headers["Location"] == "/findings/?state=open"


def names(resolver: URLResolver, prefix: str = "") -> dict[str, str]:
    found = {}
    for one in resolver.url_patterns:
        place = prefix + str(one.pattern)
        if hasattr(one, "url_patterns"):
            found |= names(one, place)
        else:
            found[one.name] = place
    return found


def test_the_addresses_of_allauth_are_these_and_no_others() -> None:
    found = {name for name, place in names(get_resolver()).items() if place.startswith("account/")}
    assert found == set(
        """account_login account_logout account_inactive account_signup account_reauthenticate account_change_password
        mfa_index mfa_authenticate mfa_reauthenticate mfa_activate_totp mfa_deactivate_totp mfa_view_recovery_codes
        mfa_generate_recovery_codes mfa_download_recovery_codes mfa_list_webauthn mfa_add_webauthn
        mfa_reauthenticate_webauthn mfa_remove_webauthn mfa_edit_webauthn mfa_login_webauthn
        usersessions_list""".split()
    )


@pytest.mark.parametrize("place", ["signup", "password/reset", "email", "confirm-email", "elsewhere", "login/code"])
def test_nobody_registers_and_no_password_is_sent_by_mail(client: Client, place: str) -> None:
    assert client.get(f"/account/{place}/").status_code == 404
    assert client.post(f"/account/{place}/", {"email": "a@example.org"}).status_code == 404


def test_every_form_needs_its_token(make: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    user = make(Role.ADMINISTRATOR)
    given = {"login": user.email, "password": PASSWORD}
    assert strict.post("/account/login/", given).status_code == 403
    strict.force_login(user)
    for place in ("/account/logout/", "/account/password/", "/account/factors/totp/activate/", "/people/me/"):
        assert strict.post(place, {}).status_code == 403, place
    for place in ("/people/add/", f"/people/{user.pk}/", "/account/sessions/", "/account/factors/webauthn/add/"):
        assert strict.post(place, {}).status_code == 403, place
    assert signed_in(strict)


def test_a_second_factor_is_asked_for_and_guessing_it_ends(client: Client, enter: Any, make: Any) -> None:
    user = make()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    assert enter(user.email).headers["Location"] == "/account/factors/authenticate/"
    assert not signed_in(client)
    assert client.get("/account/factors/").status_code == 302, "half signed in is not signed in"
    for _ in range(5):
        client.post("/account/factors/authenticate/", {"code": "000000"})
    locked = client.post("/account/factors/authenticate/", {"code": code(secret)})
    assert b"Too many failed" in locked.content
    assert not signed_in(client)


def test_a_code_and_a_recovery_code_let_in_once(client: Client, enter: Any, make: Any) -> None:
    user = make()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    recovery = RecoveryCodes.activate(user).get_unused_codes()[0]
    for given in (code(secret), recovery):
        enter(user.email)
        client.post("/account/factors/authenticate/", {"code": given})
        assert signed_in(client)
        client.post("/account/logout/")
        enter(user.email)
        client.post("/account/factors/authenticate/", {"code": given})
        assert not signed_in(client), "the same again does not"


@pytest.mark.parametrize(
    "place",
    """account/reauthenticate account/password account/logout account/sessions account/factors
    account/factors/totp/activate account/factors/totp/deactivate account/factors/recovery-codes
    account/factors/recovery-codes/generate account/factors/webauthn account/factors/webauthn/add people/me""".split(),
)
def test_every_page_is_in_our_look_and_has_no_script_in_it(client: Client, enter: Any, make: Any, place: str) -> None:
    user = make()
    if "activate" not in place:
        TOTP.activate(user, generate_totp_secret())
        RecoveryCodes.activate(user)
    if "deactivate" in place:
        TOTP.activate(user, generate_totp_secret())
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(f"/{place}/", follow=True)
    if b'name="password"' in answer.content and "reauthenticate" not in place:
        answer = client.post(answer.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert b'class="brand"' in answer.content
    assert not INLINE.search(answer.content), INLINE.search(answer.content)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    language = client.get(f"/{place}/", follow=True, headers={"Accept-Language": "zh-Hans"})
    assert 'lang="zh-hans"' in language.content.decode()


@pytest.mark.parametrize("place", ["login", "inactive"])
def test_pages_outside_are_in_our_look_too(client: Client, place: str) -> None:
    answer = client.get(f"/account/{place}/")
    assert answer.status_code == 200
    assert b'class="brand"' in answer.content
    assert not INLINE.search(answer.content)
