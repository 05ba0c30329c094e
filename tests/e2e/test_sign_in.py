"""Signing in as people do: by password, with an app, with a code on paper, with a passkey."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import expect

from tests.e2e.console import email, sign_in, violations
from tutela.core.rights import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.console import Console, Visitor

pytestmark = pytest.mark.slow

PERIOD = 30
ENOUGH = 8  # seconds of its period that a code must have left, to be typed and sent


def code(secret: str) -> str:
    """What the app shows now, or in a moment when this one is nearly over."""
    left = PERIOD - time.time() % PERIOD
    if left < ENOUGH:
        time.sleep(left + 0.1)
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // PERIOD))


def to_factors(page: Page, console: Console, link: str) -> None:
    """From my account to where a second factor is set up; who comes there confirms who they are."""
    page.goto("/people/me/")
    page.get_by_role("link", name="Authenticator app, passkeys, recovery codes").click()
    page.locator("section", has_text=link).get_by_role("link", name=re.compile("Activate|Add")).click()
    if "/reauthenticate/" in page.url:
        assert violations(page) == []
        page.get_by_label("Password").fill(console.password)
        page.get_by_role("button", name="Confirm").click()


def begin(page: Page, role: Role, password: str) -> None:
    """Sign in by password, up to where a second factor is asked for."""
    page.goto("/account/login/")
    page.get_by_label(re.compile("E-?mail")).fill(email(role))
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Two-Factor Authentication")).to_be_visible()


def give(page: Page, second: str) -> None:
    """Give a code where it is asked for."""
    page.get_by_label("Code").fill(second)
    page.get_by_role("button", name="Sign In", exact=True).click()


def test_a_password_lets_in_and_signing_out_lets_out(console: Console, visitor: Visitor) -> None:
    page = visitor.page()
    page.goto("/findings/?state=open")
    expect(page).to_have_url(re.compile("/account/login/"))
    page.get_by_label(re.compile("E-?mail")).fill(email(Role.ANALYST))
    page.get_by_label("Password").fill(console.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/findings/\?state=open$"))
    page.locator("header summary", has_text="My account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/account/login/$"))
    page.goto("/findings/")
    expect(page).to_have_url(re.compile("/account/login/"))


@pytest.mark.parametrize("address", [email(Role.LEGAL_OFFICER), "nobody@csirt.example"])
def test_a_wrong_password_is_told_in_a_sentence_the_same_for_everybody(address: str, visitor: Visitor) -> None:
    page = visitor.page()
    page.goto("/account/login/")
    page.get_by_label(re.compile("E-?mail")).fill(address)
    page.get_by_label("Password").fill("this is not it")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The email address and/or password you specified are not correct.")
    expect(page.get_by_label("Password")).to_have_value("")
    assert violations(page) == []


def test_with_an_app_a_code_is_asked_for_and_one_on_paper_does_too(console: Console, visitor: Visitor) -> None:
    page = visitor.page()
    sign_in(page, email(Role.ANALYST), console.password)
    to_factors(page, console, "Authenticator App")
    secret = page.get_by_label("Authenticator secret").input_value()
    assert page.locator("main img").evaluate("(one) => one.naturalWidth") > 0, "the picture for the camera is there"
    assert violations(page) == []
    page.get_by_label("Authenticator code").fill(code(secret))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url(lambda url: "activate" not in url)
    assert violations(page) == []
    page.goto("/account/factors/recovery-codes/")
    papers = page.get_by_label("Unused codes").input_value().split()
    assert len(papers) == 10
    assert violations(page) == []

    again = visitor.page()
    begin(again, Role.ANALYST, console.password)
    assert violations(again) == []
    again.goto("/findings/")
    expect(again).to_have_url(re.compile("/account/factors/authenticate/")), "a password alone leads nowhere"
    shown = code(secret)
    give(again, shown)
    expect(again.get_by_role("heading", name="Situation")).to_be_visible()

    third = visitor.page()
    begin(third, Role.ANALYST, console.password)
    give(third, shown)
    expect(third.locator(".error")).to_have_text("Incorrect code."), "a code holds once"
    give(third, papers[0])
    expect(third.get_by_role("heading", name="Situation")).to_be_visible()

    fourth = visitor.page()
    begin(fourth, Role.ANALYST, console.password)
    give(fourth, papers[0])
    expect(fourth.locator(".error")).to_have_text("Incorrect code.")


def test_a_passkey_lets_in_without_a_password(console: Console, visitor: Visitor) -> None:
    page = visitor.page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, email(Role.HEAD), console.password)
    to_factors(page, console, "Security Keys")
    page.get_by_label("Name").fill("The key on the desk")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    page.goto("/account/factors/webauthn/")
    expect(page.locator("main")).to_contain_text("The key on the desk")
    assert violations(page) == []

    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Situation")).to_be_visible()
    page.goto("/people/me/")
    expect(page.locator(".what")).to_contain_text(email(Role.HEAD))


def test_one_sees_where_one_is_signed_in_and_ends_the_others(console: Console, visitor: Visitor) -> None:
    here, there = visitor.page(), visitor.page(user_agent="The one left on the train")
    for page in (here, there):
        sign_in(page, email(Role.AUDITOR), console.password)
    here.goto("/account/sessions/")
    expect(here.locator("tbody tr")).to_have_count(2)
    expect(here.locator("tbody tr", has_text="this one")).to_have_count(1)
    expect(here.locator("tbody")).to_contain_text("The one left on the train")
    here.get_by_role("button", name="End all other sessions").click()
    expect(here.locator("tbody tr")).to_have_count(1)
    there.goto("/findings/")
    expect(there).to_have_url(re.compile("/account/login/"))
    here.goto("/findings/")
    expect(here.get_by_role("heading", name="Findings")).to_be_visible()
