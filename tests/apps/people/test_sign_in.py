"""Signing in: who may, how often one may try, and where it leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client

from tutela.apps.people.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]

ADDRESS, PASSWORD = "dana@example.org", "a long and quiet evening"
TRIES = 5


@pytest.fixture(autouse=True)
def dana() -> User:
    user = User(email=ADDRESS, role="analyst")
    user.set_password(PASSWORD)
    user.save()
    return user


def attempt(browser: Client, password: str, address: str = ADDRESS, **more: str) -> Any:
    return browser.post("/account/login/", {"login": address, "password": password} | more)


def test_the_right_password_leads_in_and_the_session_is_another() -> None:
    browser = Client()
    browser.get("/account/login/")
    session = browser.session
    session["left by somebody"] = 1
    session.save()
    before = session.session_key
    answer = attempt(browser, PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert browser.session.session_key != before
    assert browser.get("/").status_code == 200


def test_after_some_wrong_passwords_even_the_right_one_has_to_wait() -> None:
    browser = Client()
    for _ in range(TRIES):
        assert "are not correct" in attempt(browser, "wrong").content.decode()
    answer = attempt(browser, PASSWORD)
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()


def test_an_unknown_address_is_answered_as_a_known_one_and_costs_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    encode = hashers.Argon2PasswordHasher.encode
    verify = hashers.Argon2PasswordHasher.verify
    monkeypatch.setattr(
        hashers.Argon2PasswordHasher, "encode", lambda self, *given: counted.append("encode") or encode(self, *given)
    )
    monkeypatch.setattr(
        hashers.Argon2PasswordHasher, "verify", lambda self, *given: counted.append("verify") or verify(self, *given)
    )
    known = attempt(Client(), "wrong").content.decode()
    assert len(counted) == 1
    unknown = attempt(Client(), "wrong", "nobody@example.org").content.decode()
    assert len(counted) == 2
    assert ("are not correct" in known, "are not correct" in unknown) == (True, True)


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(place: str) -> None:
    assert attempt(Client(), PASSWORD, next=place).headers["Location"] == "/"


def test_who_is_kept_out_does_not_come_in(dana: User) -> None:
    dana.is_active = False
    dana.save()
    browser = Client()
    attempt(browser, PASSWORD)
    assert browser.get("/findings/").status_code == 302


def test_nobody_registers_by_themselves() -> None:
    given = {"email": "me@example.org", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/account/signup/", given)
    assert not User.objects.filter(email="me@example.org").exists()


def test_a_form_without_its_token_is_refused() -> None:
    assert attempt(Client(enforce_csrf_checks=True), PASSWORD).status_code == 403


def test_a_name_that_is_not_ours_is_refused() -> None:
    assert Client(HTTP_HOST="evil.example").get("/account/login/").status_code == 400
