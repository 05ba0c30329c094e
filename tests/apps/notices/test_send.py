"""Notices go out by a real mail server: once, or marked where that cannot be known; none is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.apps.notices.conftest import NOW, URL
from tests.mailserver import Mailbox, certificate, listening
from tutela.apps.constituency.models import Contact, Organisation
from tutela.apps.findings.models import Finding, Step
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.notices import actions
from tutela.apps.notices.models import Notice
from tutela.apps.notices.queries import answer_of, answer_token
from tutela.core.errors import Unavailable, WrongUse
from tutela.core.findings.life import Act

pytestmark = pytest.mark.django_db(transaction=True)


def again(after: timedelta = timedelta(days=1)) -> None:
    """As if so much time had gone by."""
    for notice in Notice.objects.exclude(next_try=None):
        Notice.objects.filter(pk=notice.pk).update(
            next_try=notice.next_try - after,
            leased_until=notice.leased_until and notice.leased_until - after,
        )


def test_a_notice_is_read_in_a_mailbox(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    one = found(asset_key="192.0.2.7")
    compose()
    assert send() == actions.Sent(sent=1)
    (mail,) = mailbox.mails
    notice = Notice.objects.get()
    assert mail["To"] == "Kim <abuse@bank.example>"
    assert mail["From"] == "CSIRT <notices@csirt.example>"
    assert mail["Subject"] == notice.subject
    assert mail["Message-ID"] == f"<{notice.pk}@csirt.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    body, file, receipt = mail.iter_parts()
    text = body.get_content().replace("\r\n", "\n")
    assert text.splitlines()[:8] == notice.body.splitlines()[:8]
    assert f"{URL}/notices/answer/claim/" in notice.body, "the secret is for the reader of the mail alone"
    assert f"{URL}/notices/answer/claim/" not in text
    (token,) = re.findall(rf"{URL}/notices/answer/(\S+)/\n\nSee this", text)
    assert answer_of(token, timedelta(days=1)) == (notice, Act.CLAIM)
    assert file.get_filename() == "findings.csv"
    assert file.get_content_type() == "text/csv"
    assert "192.0.2.7" in file.get_content()
    assert receipt.get_filename() == "notice.tlog-proof"
    assert notice.state == "sent"
    assert Finding.objects.get(pk=one.pk).state == "notified"
    step = Step.objects.get()
    assert (step.act, step.evidence) == ("notify", [{"notice": str(notice.pk)}])
    assert set(LedgerEntry.objects.values_list("action", flat=True)) >= {"notices.send", "findings.notify"}


def test_chinese_arrives_whole(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    found("clinic")
    compose()
    send()
    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].display_name == "陈"
    assert "受感染的机器" in next(iter(mail.iter_parts())).get_content()


def test_what_was_sent_is_not_sent_again(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    found()
    compose()
    send()
    again()
    assert send() == actions.Sent()
    assert len(mailbox.mails) == 1


def test_an_address_that_is_refused_fails_and_says_why(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    mailbox.rcpt = lambda address: "550 5.1.1 nobody here" if "bank" in address else "250 OK"
    one = found("bank")
    found("clinic")
    compose()
    assert send() == actions.Sent(sent=1, failed=1)
    failed = Notice.objects.get(state="failed")
    assert "550 5.1.1 nobody here" in failed.error
    assert Finding.objects.get(pk=one.pk).state == "new"
    assert LedgerEntry.objects.filter(action="notices.fail").count() == 1


def test_a_failed_one_is_written_anew_to_the_contact_as_it_is_then(
    found: Any, compose: Any, send: Any, mailbox: Mailbox, ground: Any
) -> None:
    mailbox.rcpt = lambda address: "550 no" if address == "abuse@bank.example" else "250 OK"
    found()
    compose()
    send()
    assert compose() == actions.Composed(0, 0), "a person must look at it first"
    notice = Notice.objects.get()
    Contact.objects.filter(organisation_id="bank", role="abuse").update(email="new@bank.example")
    assert actions.renew(notices=[notice.pk], **ground) == 1
    assert actions.renew(notices=[notice.pk], **ground) == 0
    assert compose() == actions.Composed(1, 1)
    assert send() == actions.Sent(sent=1)
    assert [mail["To"].addresses[0].addr_spec for mail in mailbox.mails] == ["new@bank.example"]
    assert Notice.objects.get(pk=notice.pk).state == "withdrawn"


def test_nobody_is_told_what_is_not_so_any_more(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    closed, still = found(asset_key="192.0.2.8"), found(asset_key="192.0.2.9")
    compose()
    Finding.objects.filter(pk=closed.pk).update(state="closed", changed=NOW + timedelta(hours=1))
    assert send() == actions.Sent(withdrawn=1)
    assert not mailbox.mails
    assert compose(NOW + timedelta(hours=2)) == actions.Composed(1, 1)
    assert send() == actions.Sent(sent=1)
    (mail,) = mailbox.mails
    text = next(iter(mail.iter_parts())).get_content()
    assert still.asset_key in text
    assert closed.asset_key not in text
    assert LedgerEntry.objects.filter(action="notices.withdraw").count() == 1


def test_one_that_is_put_off_is_tried_later_and_longer_each_time(
    found: Any, compose: Any, send: Any, mailbox: Mailbox
) -> None:
    mailbox.rcpt = lambda _address: "451 4.7.1 greylisted"
    found()
    compose()
    waits = []
    for _ in range(3):
        before = timezone.now()
        assert send() == actions.Sent(deferred=1)
        assert send() == actions.Sent(), "not before its time"
        waits.append(round((Notice.objects.get().next_try - before).total_seconds() / 60))
        again()
    assert waits == [2, 4, 8]
    mailbox.rcpt = lambda _address: "250 OK"
    assert send() == actions.Sent(sent=1)


def test_it_is_given_up_in_the_end(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    mailbox.rcpt = lambda _address: "451 later"
    found()
    compose()
    for _ in range(12):
        send()
        again()
    notice = Notice.objects.get()
    assert notice.state == "failed"
    assert "given up after 12 tries" in notice.error


def test_without_a_server_everything_waits(found: Any, compose: Any, send: Any) -> None:
    found()
    compose()
    with pytest.raises(Unavailable, match="nothing is lost"):
        send(smtp="smtp://127.0.0.1:1")
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, notice.leased_until) == ("queued", 0, None)
    assert send() == actions.Sent(sent=1)


def test_a_server_that_does_not_know_us_makes_everything_wait(
    found: Any, compose: Any, send: Any, mailbox: Mailbox
) -> None:
    mailbox.mail = lambda _address: "553 5.7.1 sender not allowed"
    found()
    compose()
    with pytest.raises(WrongUse, match="sender not allowed"):
        send()
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, notice.leased_until) == ("queued", 0, None)


def test_a_connection_that_breaks_while_it_is_handed_over_leaves_a_doubt(
    found: Any, compose: Any, send: Any, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    found()
    compose()

    def breaks(self: Any, _mail: bytes) -> tuple[int, bytes]:
        self.close()
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.data", breaks)
        assert send() == actions.Sent(deferred=1)
    assert Notice.objects.get().state == "handing"
    again()
    assert send() == actions.Sent(sent=1)
    notice = Notice.objects.get()
    assert notice.doubtful
    assert [mail["Message-ID"] for mail in mailbox.mails] == [f"<{notice.pk}@csirt.example>"]


def test_what_another_process_has_is_left_to_it(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    found()
    compose()
    Notice.objects.update(leased_until=timezone.now() + timedelta(minutes=5))
    assert send() == actions.Sent()
    Notice.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert send() == actions.Sent(sent=1), "it died, and its lease is over"
    assert len(mailbox.mails) == 1


def test_starttls_with_a_known_certificate_alone(found: Any, compose: Any, send: Any, tmp_path: Any) -> None:
    for_server, for_client = certificate(tmp_path)
    found()
    compose()
    with listening(tls_context=for_server, require_starttls=True) as box:
        url = f"smtp+starttls://localhost:{box.port}"
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            send(smtp=url)
        assert not box.mails
        assert send(smtp=url, context=for_client) == actions.Sent(sent=1)
        assert box.tls == [True]


def test_a_wrong_password_is_told_without_it(found: Any, compose: Any, send: Any, tmp_path: Any) -> None:
    for_server, for_client = certificate(tmp_path)
    found()
    compose()
    refuse = {"authenticator": lambda *_: __import__("aiosmtpd.smtp").smtp.AuthResult(success=False, handled=False)}
    with (
        listening(tls_context=for_server, require_starttls=True, **refuse) as box,
        pytest.raises(WrongUse) as raised,
    ):
        send(smtp=f"smtp+starttls://me:secret-word@localhost:{box.port}", context=for_client)
    assert "does not let us in" in str(raised.value)
    assert "secret-word" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["no address", "kim@", "@c.example", "kim@例え.example", "x\r\nBcc: y@z.example@q.example"]
)
def test_an_address_that_is_none_fails_alone(
    found: Any, compose: Any, send: Any, mailbox: Mailbox, address: str
) -> None:
    Contact.objects.filter(organisation_id="bank", role="abuse").update(email=address)
    found("bank")
    found("clinic")
    compose()
    done = send()
    assert (done.sent, done.failed) == (1, 1)
    assert len(mailbox.mails) == 1


def test_nothing_in_a_name_adds_a_header(found: Any, compose: Any, send: Any, mailbox: Mailbox) -> None:
    Organisation.objects.filter(global_id="bank").update(names={"en": "Bank\r\nBcc: all@example.org\r\n\r\nforged"})
    Contact.objects.filter(organisation_id="bank").update(name="Kim\r\nBcc: all@example.org")
    found()
    compose()
    assert send() == actions.Sent(sent=1)
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].count("\n") == 0


def test_answers_from_a_link(found: Any, compose: Any, ground: Any) -> None:
    one = found()
    compose()
    notice = Notice.objects.get()
    token = answer_token(notice.pk, Act.CLAIM)
    assert answer_of(token, actions.ANSWER_WITHIN) == (notice, Act.CLAIM)
    assert answer_of(token[:-1], actions.ANSWER_WITHIN) is None
    assert answer_of(token, timedelta(seconds=-1)) is None
    assert answer_of(answer_token(notice.pk, Act.DISPUTE), actions.ANSWER_WITHIN) is None
    actions.answer(notice=notice, act=Act.CLAIM, now=NOW, **ground)
    assert Finding.objects.get(pk=one.pk).state == "claimed"
    Notice.objects.update(answers="sign-in")
    assert answer_of(token, actions.ANSWER_WITHIN) is None
