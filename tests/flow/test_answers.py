"""Answers come out of a real mailbox, each once, into the thread of the notice that a real mail server was given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.correspondence.conftest import SENDER, bounce, reply
from tests.apps.notices.conftest import compose, constituency, found, ground, mailbox, send
from tests.flow import world
from tests.flow.test_collect_mail import context, house
from tutela.apps.correspondence.models import Message
from tutela.apps.notices.models import Notice
from tutela.config import environment
from tutela.config.check import State, _mailbox
from tutela.core.errors import Unavailable, WrongUse
from tutela.engine.collectors import mailbox as mailboxes
from tutela.flow import answers
from tutela.flow.answers import Answers, take_answers
from tutela.flow.tick import tick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.imapserver import Mailhouse
    from tests.mailserver import Mailbox

__all__ = ["compose", "constituency", "context", "found", "ground", "house", "mailbox", "send"]
pytestmark = pytest.mark.django_db(transaction=True)
REPLY_TO = "answers+{token}@csirt.example"


@pytest.fixture
def take(home: Path, house: Mailhouse, monkeypatch: pytest.MonkeyPatch, ground: Any) -> Callable[[], Answers]:
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_MAILBOX", f"imaps://{house.user}@localhost:{house.port}/INBOX")
    monkeypatch.setenv("TUTELA_SECRET_MAILBOX", house.password)
    home.mkdir(exist_ok=True)
    return lambda: take_answers(environment=environment.load(), **ground)


@pytest.fixture
def notice(found: Any, compose: Any, send: Any) -> Notice:
    found()
    compose()
    send(reply_to=REPLY_TO)
    return Notice.objects.get()


def test_who_answers_the_mail_that_went_out_is_verified(
    notice: Notice, take: Any, house: Mailhouse, mailbox: Mailbox
) -> None:
    mail = reply(notice, token=False)
    mail.replace_header("To", str(mailbox.mails[0]["Reply-To"]))
    assert "{token}" not in mail["To"]
    kept = house.lay(mail.as_bytes())
    assert take() == Answers(kept=1)
    assert kept.flags == {"\\Seen"}
    message = Message.objects.get()
    assert (message.notice, message.is_verified) == (notice.pk, True)
    assert take() == Answers()


@pytest.mark.parametrize(("reply_to", "marked"), [("answers@csirt.example", True), (REPLY_TO, False), ("", False)])
def test_where_the_address_cannot_name_the_notice_the_subject_does(
    found: Any,
    compose: Any,
    send: Any,
    mailbox: Mailbox,
    take: Any,
    house: Mailhouse,
    *,
    reply_to: str,
    marked: bool,
) -> None:
    found()
    compose()
    send(reply_to=reply_to)
    (mail,) = mailbox.mails
    assert (mail["Reply-To"] is None) is (not reply_to)
    assert mail["Subject"].endswith("]") is marked
    if marked:
        answer = reply(Notice.objects.get(), token=False)
        answer.replace_header("Subject", f"Re: {mail['Subject']}")
        house.lay(answer.as_bytes())
        take()
        assert Message.objects.get().is_verified


def test_a_bounce_of_the_mail_that_went_out_is_known(
    notice: Notice, take: Any, house: Mailhouse, mailbox: Mailbox
) -> None:
    assert mailbox.mails[0]["Message-ID"] == f"<{notice.pk}@{SENDER.rpartition('@')[2].strip('>')}>"
    house.lay(bounce(notice))
    assert take() == Answers(kept=1)
    notice.refresh_from_db()
    assert notice.state == "bounced"


def test_what_answers_nothing_waits_for_a_person(take: Any, house: Mailhouse, db: None) -> None:
    house.lay(reply(None).as_bytes())
    assert take() == Answers(kept=1, waiting=1)


def test_killed_before_the_mark_it_is_kept_once(
    notice: Notice, take: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = house.lay(reply(notice).as_bytes())
    with monkeypatch.context() as patch:
        patch.setattr(mailboxes.Mailbox, "mark", interrupted)
        with pytest.raises(KeyboardInterrupt):
            take()
    assert kept.flags == set()
    assert take() == Answers()
    assert kept.flags == {"\\Seen"}
    assert Message.objects.count() == 1


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_cannot_be_read_is_flagged_and_stops_nothing(notice: Notice, take: Any, house: Mailhouse) -> None:
    bad = house.lay(b"Subject: deep\n" + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 30)
    good = house.lay(reply(notice).as_bytes())
    assert take() == Answers(kept=1, left=1)
    assert (bad.flags, good.flags) == ({"\\Flagged"}, {"\\Seen"})
    assert take() == Answers()


def test_what_is_too_large_is_not_fetched(take: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST", 10)
    large = house.lay(b"Subject: large\n\nlarge")
    assert take() == Answers(left=1)
    assert large.flags == {"\\Flagged"}
    assert not any("BODY.PEEK[]" in said for said in house.said)


def test_no_mailbox_no_answers(home: Path, ground: Any) -> None:
    assert take_answers(environment=environment.load(), **ground) == Answers()


def test_a_round_goes_on_where_the_mailbox_is_shut(
    take: Any, home: Path, ground: Any, monkeypatch: pytest.MonkeyPatch, house: Mailhouse
) -> None:
    world.furnish(home)
    house.lay(reply(None).as_bytes())
    assert tick(environment=environment.load(), now=datetime.now(UTC), **ground)["answers"] == 1
    monkeypatch.setenv("TUTELA_SECRET_MAILBOX", "wrong")
    with pytest.raises(WrongUse, match="does not let us in"):
        take()
    assert tick(environment=environment.load(), now=datetime.now(UTC), **ground)["answers"] == 0


def test_check_tells_whether_the_mailbox_can_be_reached(
    take: Any, house: Mailhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = house.lay(reply(None).as_bytes())
    (answer,) = _mailbox(environment.load())
    assert answer.state is State.WARNING
    assert "1 mails wait" in answer.what
    assert kept.flags == set()
    monkeypatch.setenv("TUTELA_REPLY_TO", REPLY_TO)
    assert next(_mailbox(environment.load())).state is State.GOOD
    monkeypatch.setenv("TUTELA_MAILBOX", "imaps://csirt@localhost:1/INBOX")
    with pytest.raises(Unavailable):
        next(_mailbox(environment.load()))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TUTELA_MAILBOX", "imap://csirt@mail.example.org", "is no address of a mailbox"),
        ("TUTELA_MAILBOX", "imaps://csirt:hidden@mail.example.org", "holds a password"),
        ("TUTELA_MAILBOX", "imaps://mail.example.org", "user"),
        ("TUTELA_MAILBOX", "imaps://csirt@mail.example.org:99999", "TUTELA_MAILBOX"),
        ("TUTELA_REPLY_TO", "answers", "TUTELA_REPLY_TO"),
        ("TUTELA_REPLY_TO", "answers-{token}@example.org", "write it as"),
        ("TUTELA_REPLY_TO", "a-very-long-name-of-an-address+{token}@example.org", "write it as"),
    ],
)
def test_a_wrong_setting_is_told_without_what_was_given(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongUse, match=said) as caught:
        environment.load()
    assert "hidden" not in str(caught.value)
