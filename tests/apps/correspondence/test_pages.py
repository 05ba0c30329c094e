"""The pages of correspondence: text as text, files as files, and an answer where somebody looks for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from tests.apps.correspondence.conftest import ANALYST, bounce, reply
from tutela.apps.constituency.models import Organisation
from tutela.apps.correspondence import queries
from tutela.apps.correspondence.models import Message
from tutela.apps.findings.models import Finding
from tutela.apps.incidents import actions as incidents
from tutela.apps.people.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pages")]


def browser(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(email=f"{role}@example.org", role=role))
    return client


@pytest.fixture
def analyst(db: None) -> Client:
    return browser("analyst")


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_what_a_mail_says_is_text(sent: Any, receive: Any, analyst: Client) -> None:
    evil = "<script>alert(1)</script>"
    notice = sent()
    mail = reply(notice, text=evil, sender=f'"{evil}" <kim@bank.example>')
    mail.replace_header("Subject", evil)
    message = receive(mail)
    for address in (f"/correspondence/{message.pk}/", "/correspondence/", f"/notices/{notice.pk}/"):
        text = page(analyst, address)
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_files_are_saved_and_never_shown(sent: Any, receive: Any, analyst: Client) -> None:
    mail = reply(sent())
    mail.add_attachment(b"<html>", maintype="text", subtype="plain", filename="a.txt")
    mail.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="fix.exe")
    message = receive(mail)
    (file,) = queries.files_of(message)
    text = page(analyst, f"/correspondence/{message.pk}/")
    assert "fix.exe" in text
    for address, name in (
        (f"/correspondence/files/{file.pk}/", "a.txt"),
        (f"/correspondence/{message.pk}/original/", f"mail-{message.pk.hex[:12]}.eml"),
    ):
        assert address in text
        answer = analyst.get(address)
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert b"".join(answer)  # type: ignore[arg-type]  # it streams


def test_an_answer_is_seen_where_one_looks_for_it(sent: Any, receive: Any, analyst: Client, ground: Any) -> None:
    notice = sent()
    finding = Finding.objects.get()
    case = incidents.open_incident(
        title="Case",
        type="other",
        severity=3,
        tlp=2,
        findings=[finding.pk],
        viewer=ANALYST,
        now=timezone.now(),
        **ground,
    )
    places = (f"/notices/{notice.pk}/", f"/findings/{finding.pk}/", f"/incidents/{case.pk}/")
    assert [place for place in places if "What came back" in page(analyst, place)] == []
    receive(reply(notice, text="We have taken it down."))
    for place in places:
        text = page(analyst, place)
        assert "We have taken it down." in text
        assert "from the address that was told" in text


def test_a_sender_who_is_not_verified_is_said_to_be_so(sent: Any, receive: Any, analyst: Client) -> None:
    message = receive(reply(sent(), token=False, sender="Mallory <m@example.net>"))
    text = page(analyst, f"/correspondence/{message.pk}/")
    assert "sender not verified" in text
    assert "It says that it is from m@example.net; the notice went to abuse@bank.example." in text


def test_a_notice_that_came_back_says_why(sent: Any, receive: Any, analyst: Client) -> None:
    notice = sent()
    receive(bounce(notice))
    text = page(analyst, f"/notices/{notice.pk}/")
    assert "came back" in text
    assert "5.1.1 550 nobody here" in text
    bank = Organisation.objects.get(global_id="bank")
    assert "mail comes back" in page(analyst, f"/organisations/{bank.pk}/")


def test_the_dry_run_says_why_not_this_contact(sent: Any, receive: Any, found: Any, analyst: Client) -> None:
    receive(bounce(sent()))
    found(asset_key="192.0.2.9")
    text = page(analyst, "/notices/preview/")
    assert "mail to it comes back since" in text
    assert "security@bank.example" in text


@pytest.mark.parametrize("form", ["{}", "https://tutela.example/notices/{}/"])
def test_what_waits_is_assigned(sent: Any, receive: Any, analyst: Client, form: str) -> None:
    notice, message = sent(), receive(reply(None, sender="Lee <lee@bank.example>"))
    assert "1 message is to be assigned" in page(analyst, "/correspondence/")
    place = f"/correspondence/{message.pk}/"
    assert f'<option value="{notice.pk}">' in page(analyst, place), "a notice to that domain is offered"
    values = {"act": "assign", "answered": form.format(notice.pk), "thread": "organisation"}
    auditor = browser("auditor")
    assert "What does it answer" not in page(auditor, place)
    auditor.post(place, values)
    assert not Message.objects.get().is_assigned
    assert "There is no id in it" in analyst.post(place, values | {"answered": "x"}, follow=True).content.decode()
    assert "It is in its thread now" in analyst.post(place, values, follow=True).content.decode()
    assert Message.objects.get().notice == notice.pk
    assert "to be assigned" not in page(analyst, "/correspondence/?state=assigned").split("<table")[1]


def test_what_answers_nothing_is_set_aside(receive: Any, analyst: Client, constituency: None) -> None:
    message = receive(reply(None))
    analyst.post(f"/correspondence/{message.pk}/", {"act": "set-aside"})
    assert Message.objects.get().set_aside is not None
    assert "set aside" in page(analyst, "/correspondence/?state=aside")


def test_people_of_an_organisation_see_only_their_own(sent: Any, receive: Any) -> None:
    bank, clinic, lost = receive(reply(sent("bank"))), receive(reply(sent("clinic"))), receive(reply(None))
    kim = browser("organisation-contact")
    kim_user = User.objects.get(email="organisation-contact@example.org")
    kim_user.memberships.create(organisation="bank")
    assert kim.get(f"/correspondence/{bank.pk}/").status_code == 200
    for other in (clinic, lost):
        assert kim.get(f"/correspondence/{other.pk}/").status_code == 404
        assert kim.get(f"/correspondence/{other.pk}/original/").status_code == 404
        assert str(other.pk) not in page(kim, "/correspondence/")


def test_pages_are_in_chinese_too(sent: Any, receive: Any, analyst: Client) -> None:
    message = receive(reply(sent(), token=False))
    with translation.override("en"):  # and so it is again for the tests that follow
        text = analyst.get(f"/correspondence/{message.pk}/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "发件人未经核实" in text
