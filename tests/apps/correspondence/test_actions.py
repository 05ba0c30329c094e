"""What comes back by mail lands in the thread that it answers, once; and of what is in it little is believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.apps.correspondence.conftest import ANALYST, bounce, of, reply
from tutela.apps.constituency import actions as asked
from tutela.apps.constituency.models import Contact, Mailbox
from tutela.apps.correspondence import actions, queries
from tutela.apps.correspondence.models import File, Message
from tutela.apps.findings.models import Finding
from tutela.apps.incidents import actions as incidents
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.notices.models import Notice
from tutela.apps.notices.queries import reply_token
from tutela.core.actor import Viewer
from tutela.core.errors import BadInput, Conflict, NotAllowed, WrongUse
from tutela.core.rights import Role

pytestmark = pytest.mark.django_db(transaction=True)
Thread = Message.Thread


def kept(one: File | Message) -> bytes:
    with queries.bytes_of(one) as stream:
        return stream.read()


def test_a_reply_is_in_the_thread_of_its_notice(sent: Any, receive: Any) -> None:
    notice = sent()
    mail = reply(notice)
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="log.csv")
    message = receive(mail)
    assert (message.notice, message.thread, message.organisation) == (notice.pk, "organisation", "bank")
    assert (message.kind, message.proof, message.is_verified) == ("reply", "token", True)
    (file,) = queries.files_of(message)
    assert (file.name, kept(file)) == ("log.csv", b"a,b\n")
    assert kept(message) == mail.as_bytes()
    assert list(queries.about_notice(notice.pk, ANALYST)) == [message]
    finding = Finding.objects.get()
    assert list(queries.about_findings([finding.pk], ANALYST)) == [message]
    assert finding.state == "notified", "what a mail says changes no finding"


def test_a_mail_is_taken_in_once(sent: Any, receive: Any) -> None:
    mail = reply(sent()).as_bytes()
    assert receive(mail) == receive(mail)
    assert Message.objects.count() == 1
    assert LedgerEntry.objects.filter(action="correspondence.receive").count() == 1


def test_what_breaks_off_leaves_nothing_behind(sent: Any, receive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = reply(sent())
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="log.csv")
    with monkeypatch.context() as patch:
        patch.setattr(actions.ledger, "record", lambda **_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            receive(mail)
    assert not Message.objects.exists()
    receive(mail)
    assert (Message.objects.count(), File.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("token", "sender", "proof", "is_verified"),
    [
        (True, "", "token", True),
        (True, "Other <other@bank.example>", "token", False),
        (False, "", "number", False),
        (False, "Mallory <mallory@example.net>", "number", False),
    ],
)
def test_who_only_knows_the_number_is_not_verified(
    sent: Any, receive: Any, token: bool, sender: str, proof: str, is_verified: bool
) -> None:
    message = receive(reply(sent(), token=token, sender=sender))
    assert (message.proof, message.is_verified) == (proof, is_verified)


def test_a_forged_token_names_nothing(sent: Any, receive: Any) -> None:
    notice = sent()
    token = reply_token(notice.pk)
    forged = token[:-1] + ("a" if token[-1] != "a" else "e")
    mail = reply(None)
    mail.replace_header("To", f"answers+{forged}@csirt.example")
    message = receive(mail)
    assert not message.is_assigned


def test_the_token_counts_before_a_number(sent: Any, receive: Any) -> None:
    bank, clinic = sent("bank"), sent("clinic")
    mail = reply(bank)
    mail.replace_header("In-Reply-To", f"<{clinic.pk}@csirt.example>")
    assert receive(mail).notice == bank.pk


def test_a_notice_that_came_back_and_its_contact_are_marked(sent: Any, receive: Any) -> None:
    notice = sent()
    message = receive(bounce(notice))
    assert (message.kind, message.status) == ("bounce", "5.1.1")
    notice.refresh_from_db()
    assert (notice.state, notice.error) == ("bounced", "5.1.1 550 nobody here")
    mailbox = Mailbox.objects.get()
    assert (mailbox.address, mailbox.said) == (notice.recipient, "5.1.1 550 nobody here")
    receive(bounce(notice, status="5.1.0"))
    assert Mailbox.objects.get().unreachable == mailbox.unreachable, "since the first"
    actions_ = list(LedgerEntry.objects.values_list("action", flat=True))
    assert (actions_.count("notices.bounce"), actions_.count("constituency.unreachable")) == (1, 1)


@pytest.mark.parametrize(
    "values", [{"status": "4.4.7"}, {"action": "delayed", "status": "4.2.2"}, {"recipient": "gone@list.example"}]
)
def test_what_came_back_for_now_or_from_elsewhere_marks_nobody(sent: Any, receive: Any, values: Any) -> None:
    notice = sent()
    assert receive(bounce(notice, **values)).notice == notice.pk
    notice.refresh_from_db()
    assert notice.state == "sent"
    assert not Mailbox.objects.exists()


def test_who_is_not_reached_is_passed_over_while_there_is_another(
    sent: Any, receive: Any, found: Any, compose: Any
) -> None:
    receive(bounce(sent()))
    found(asset_key="192.0.2.9")
    compose()
    latest = Notice.objects.get(state="queued")
    assert latest.recipient == "security@bank.example"


def test_nobody_is_left_untold_because_of_a_bounce(sent: Any, receive: Any, found: Any, compose: Any) -> None:
    notice = sent("clinic")
    receive(bounce(notice))
    found("clinic", asset_key="192.0.2.9")
    compose()
    latest = Notice.objects.get(state="queued")
    assert latest.recipient == notice.recipient
    assert "there is nobody else" in latest.because


def test_an_answer_to_a_later_notice_shows_that_the_mailbox_works(sent: Any, receive: Any) -> None:
    first = sent("clinic")
    receive(bounce(first))
    receive(reply(first, text="an answer to what came before"))
    assert Mailbox.objects.get().unreachable is not None
    later = sent("clinic", asset_key="192.0.2.9")
    assert later != first
    receive(reply(later, token=False, text="anybody"))
    assert Mailbox.objects.get().unreachable is not None
    receive(reply(later))
    assert Mailbox.objects.get().unreachable is None


def test_one_organisation_never_sees_what_another_answered(sent: Any, receive: Any) -> None:
    bank, clinic = receive(reply(sent("bank"))), receive(reply(sent("clinic")))
    assert list(queries.messages_for(of("bank"))) == [bank]
    assert list(queries.messages_for(of("clinic"))) == [clinic]
    assert list(queries.messages_for(of("group"))) == [bank], "who is above sees what is below"
    assert set(queries.messages_for(ANALYST)) == {bank, clinic}
    assert not queries.about_notice(clinic.notice, of("bank"))
    assert queries.message_by(clinic.pk, of("bank")) is None


def test_what_the_group_answered_for_the_bank_is_the_groups(sent: Any, receive: Any) -> None:
    Contact.objects.filter(organisation_id="bank").delete()
    notice = sent("bank")
    assert notice.recipient == "security@group.example"
    message = receive(reply(notice))
    assert message.organisation == "group"
    assert list(queries.messages_for(of("group"))) == [message]
    assert not queries.messages_for(of("bank"))
    assert not queries.about_findings([Finding.objects.get().pk], of("bank"))


def test_what_only_a_number_ties_to_them_is_not_shown_to_an_organisation(sent: Any, receive: Any) -> None:
    message = receive(reply(sent(), token=False, sender="Mallory <m@example.net>", text="Pay here"))
    assert not queries.messages_for(of("bank"))
    assert list(queries.messages_for(ANALYST)) == [message]


def test_a_person_says_what_a_mail_answers(sent: Any, receive: Any, ground: Any) -> None:
    notice, message = sent(), receive(reply(None))
    assert queries.waiting(ANALYST) == 1
    assert not queries.messages_for(of("bank"))
    values = {"message": message.pk, "answered": notice.pk, "thread": Thread.ORGANISATION, "now": timezone.now()}
    for viewer in (of("bank"), Viewer(ANALYST.actor, None, Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            actions.assign(viewer=viewer, **values, **ground)
    with pytest.raises(WrongUse, match="no such notice"):
        actions.assign(viewer=ANALYST, **values | {"answered": message.pk}, **ground)
    done = actions.assign(viewer=ANALYST, **values, **ground)
    assert (done.notice, done.proof, done.organisation, done.is_verified) == (notice.pk, "person", "bank", False)
    assert list(queries.messages_for(of("bank"))) == [done]
    with pytest.raises(Conflict):
        actions.assign(viewer=ANALYST, **values, **ground)


@pytest.mark.parametrize("thread", [Thread.REPORTER, Thread.TEAM])
def test_threads_are_not_mixed(sent: Any, receive: Any, ground: Any, thread: Message.Thread) -> None:
    notice, message = sent(), receive(reply(None))
    values = {"message": message.pk, "answered": notice.pk, "now": timezone.now()}
    actions.assign(viewer=ANALYST, thread=thread, **values, **ground)
    assert not queries.messages_for(of("bank")), "what a reporter or the team wrote is not for the organisation"
    assert queries.about_notice(notice.pk, ANALYST).get().thread == thread


def test_a_mail_can_answer_an_incident(sent: Any, receive: Any, ground: Any) -> None:
    notice, message = sent(), receive(reply(None))
    now = timezone.now()
    finding = Finding.objects.get().pk
    case = incidents.open_incident(
        title="Case", type="other", severity=3, tlp=2, findings=[finding], viewer=ANALYST, now=now, **ground
    )
    values = {"message": message.pk, "answered": case.pk, "viewer": ANALYST, "now": now}
    with pytest.raises(WrongUse, match="about a notice"):
        actions.assign(thread=Thread.ORGANISATION, **values, **ground)
    actions.assign(thread=Thread.REPORTER, **values, **ground)
    answer = receive(reply(notice))
    assert {one.pk for one in queries.about_incident(case, ANALYST)} == {message.pk, answer.pk}
    assert list(queries.about_incident(case, of("bank"))) == [answer], "what a reporter wrote is not for it"


def test_what_answers_nothing_is_set_aside_and_may_be_assigned_later(sent: Any, receive: Any, ground: Any) -> None:
    message = receive(reply(None))
    values = {"viewer": ANALYST, "now": timezone.now()}
    assert actions.set_aside(messages=[message.pk], **values, **ground) == 1
    assert actions.set_aside(messages=[message.pk], **values, **ground) == 0
    assert queries.waiting(ANALYST) == 0
    with pytest.raises(NotAllowed):
        actions.set_aside(messages=[message.pk], **values | {"viewer": of("bank")}, **ground)
    done = actions.assign(message=message.pk, answered=sent().pk, thread=Thread.ORGANISATION, **values, **ground)
    assert done.set_aside is None


def test_the_ledger_knows_no_person(sent: Any, receive: Any) -> None:
    receive(reply(sent("bank")))
    receive(bounce(Notice.objects.get()))
    entries = LedgerEntry.objects.filter(action__regex="correspondence|constituency|bounce")
    told = "".join(one.leaf for one in entries)
    assert len(entries) == 4
    assert "@" not in told


def test_what_is_no_mail_is_refused_whole(receive: Any, db: None) -> None:
    with pytest.raises(BadInput):
        receive(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 30)
    assert not Message.objects.exists()


def test_a_mailbox_that_was_marked_later_than_the_notice_stays_marked(sent: Any, receive: Any) -> None:
    notice = sent()
    Mailbox.objects.create(address=notice.recipient, unreachable=notice.sent + timedelta(hours=1), said="5.0.0")
    receive(reply(notice))
    assert Mailbox.objects.get().unreachable is not None


def test_a_question_that_came_back_marks_the_address_and_waits_for_nobody(
    constituency: None, receive: Any, ground: Any
) -> None:
    asking = UUID("11111111-2222-4333-8444-555555555555")
    asked.note_asked(address="abuse@bank.example", asking=asking, now=timezone.now(), **ground)
    receive(bounce(Notice(pk=asking, recipient="abuse@bank.example")))
    assert Mailbox.objects.get().said == "5.1.1 550 nobody here"
    assert queries.waiting(ANALYST) == 0
