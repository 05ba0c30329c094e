"""Contacts are asked by a real mail server whether they are still right; who does not say so is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.apps.notices.conftest import NOW, SENDER, URL
from tutela.apps.constituency import actions as constituency
from tutela.apps.constituency.models import Contact, Mailbox, Organisation
from tutela.apps.constituency.queries import asked_by, confirm_token
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.notices import actions
from tutela.apps.people.models import User
from tutela.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mailserver import Mailbox as Received

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("constituency", "pages")]
EVERY = timedelta(days=180)


@pytest.fixture
def ask(mailbox: Received, ground: dict[str, Any]) -> Callable[..., int]:
    def run(**more: Any) -> int:
        values: dict[str, Any] = {
            "smtp": mailbox.url,
            "sender": SENDER,
            "reply_to": "answers+{token}@csirt.example",
            "per_minute": 100_000,
            "url": URL,
            "every": EVERY,
        }
        return actions.ask_contacts(**values | ground | more)

    return run


@pytest.fixture(autouse=True)
def _long_ago(constituency: None) -> None:
    """The contacts have been known for a year."""
    Contact.objects.update(imported=timezone.now() - timedelta(days=365))


def link_of(mail: Any) -> str:
    return re.findall(rf"{URL}(/organisations/confirm/\S+)", mail.get_content())[0]


def to(mailbox: Received, address: str) -> Any:
    (found,) = [mail for mail in mailbox.mails if mail["To"] == address]
    return found


def test_each_address_is_asked_once(ask: Any, mailbox: Received) -> None:
    Contact.objects.create(
        organisation_id="group", role="abuse", email="Abuse@bank.example", source="t", imported=NOW - timedelta(365)
    )
    assert ask() == 6
    assert len({mail["To"] for mail in mailbox.mails}) == 6, "who is gone is not asked"
    mail = to(mailbox, "abuse@bank.example")
    assert mail["Reply-To"] == "answers@csirt.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "The bank: abuse" in mail.get_content()
    assert "The group: abuse" in mail.get_content()
    assert "技术" not in mail.get_content()
    assert "请确认" in to(mailbox, "technical@clinic.example")["Subject"]
    assert ask() == 0
    assert LedgerEntry.objects.filter(action="constituency.ask-contact").count() == 6
    assert not any("@" in one.leaf for one in LedgerEntry.objects.filter(action="constituency.ask-contact"))


def test_who_was_entered_lately_or_bounces_is_not_asked(ask: Any, ground: Any) -> None:
    Contact.objects.filter(role="security").update(imported=timezone.now() - timedelta(days=10))
    constituency.note_unreachable(address="press@lake.example", said="5.1.1", now=NOW, **ground)
    assert ask() == 3


def test_a_contact_confirms_with_the_button_alone(ask: Any, mailbox: Received) -> None:
    ask()
    place = link_of(to(mailbox, "abuse@bank.example"))
    stranger = Client()
    for method in (stranger.get, stranger.head, stranger.options):
        method(place)
        assert Mailbox.objects.get(address="abuse@bank.example").confirmed is None
    assert "Still the right contact" in stranger.get(place).content.decode()
    assert "Thank you" in stranger.post(place).content.decode()
    assert Mailbox.objects.get(address="abuse@bank.example").confirmed is not None
    stranger.post(place)
    assert LedgerEntry.objects.filter(action="constituency.confirm-contact").count() == 1
    assert stranger.get("/organisations/confirm/nobody-made-this/").status_code == 404


def test_a_link_is_good_for_the_last_question_and_for_its_time(ask: Any, mailbox: Received) -> None:
    ask()
    first = Mailbox.objects.get(address="abuse@bank.example")
    assert first.asking is not None
    token = confirm_token(first.asking)
    assert asked_by(token, timedelta(days=30)) == first
    assert asked_by(token, timedelta(0)) is None
    Mailbox.objects.update(asked=timezone.now() - timedelta(days=200))
    mailbox.mails.clear()
    assert ask() == 6
    assert asked_by(token, timedelta(days=30)) is None
    assert to(mailbox, "abuse@bank.example")["Message-ID"] != f"<{first.asking}@csirt.example>"


def test_killed_before_it_is_written_down_the_same_mail_goes_again(
    ask: Any, mailbox: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(**_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(constituency, "note_asked", killed)
        with pytest.raises(KeyboardInterrupt):
            ask()
    (before,) = mailbox.mails
    assert ask() == 6
    assert len([mail for mail in mailbox.mails if mail["Message-ID"] == before["Message-ID"]]) == 2


def test_an_address_that_is_refused_is_marked_and_a_mail_that_is_disliked_is_not(ask: Any, mailbox: Received) -> None:
    mailbox.rcpt = lambda address: "550 5.1.1 nobody here" if "lake" in address else "550 5.7.1 not today"
    assert ask() == 0
    assert [one.address for one in Mailbox.objects.filter(unreachable__isnull=False)] == ["press@lake.example"]
    mailbox.rcpt = lambda _address: "451 4.7.1 later"
    assert ask() == 0
    assert Mailbox.objects.count() == 6


def test_everything_waits_where_the_server_cannot_be_reached(ask: Any) -> None:
    with pytest.raises(Unavailable):
        ask(smtp="smtp://127.0.0.1:1")
    assert not Mailbox.objects.exists()


def test_who_never_confirms_is_shown(ask: Any, mailbox: Received) -> None:
    ask()
    analyst = Client()
    analyst.force_login(User.objects.create(email="analyst@example.org", role="analyst"))
    place = f"/organisations/{Organisation.objects.get(global_id='bank').pk}/"
    assert "never confirmed" not in analyst.get(place).content.decode()
    Mailbox.objects.update(asked=timezone.now() - timedelta(days=29))
    assert "never confirmed" not in analyst.get(place).content.decode()
    Mailbox.objects.update(asked=timezone.now() - timedelta(days=31))
    assert analyst.get(place).content.decode().count("never confirmed") == 3
    Client().post(link_of(to(mailbox, "abuse@bank.example")))
    assert analyst.get(place).content.decode().count("never confirmed") == 2


def test_a_confirmation_clears_what_came_back(ask: Any, mailbox: Received, ground: Any) -> None:
    ask()
    constituency.note_unreachable(address="abuse@bank.example", said="5.2.2 full", now=timezone.now(), **ground)
    Client().post(link_of(to(mailbox, "abuse@bank.example")))
    assert Mailbox.objects.get(address="abuse@bank.example").unreachable is None
