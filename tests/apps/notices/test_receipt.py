"""The receipt that goes with a notice: its recipient checks it alone, against what they hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from tutela.apps.ledger import queries as ledger
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.notices import actions
from tutela.apps.notices.models import Notice
from tutela.apps.notices.queries import receipt_of
from tutela.apps.people.models import User
from tutela.cli.ledger import app
from tutela.core.ledger.receipt import parse

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.mailserver import Mailbox

pytestmark = pytest.mark.django_db(transaction=True)


def check(*words: object) -> Any:
    return CliRunner().invoke(app, ["verify", *map(str, words), "--key", str(ledger.verifier())])


@pytest.fixture
def mail(found: Any, compose: Any, send: Any, mailbox: Mailbox, tmp_path: Path) -> Path:
    found(asset_key="192.0.2.7")
    compose()
    assert send() == actions.Sent(sent=1)
    path = tmp_path / "notice.eml"
    path.write_bytes(b"Received: from mx.example by here.example\r\n" + mailbox.raw[0])
    return path


def test_the_mail_as_it_was_saved_is_enough(mail: Path) -> None:
    told = check(mail)
    assert told.exit_code == 0, told.output
    assert "notices.compose on notice" in told.output
    assert "the text (1) is what the entry speaks of" in told.output
    assert "findings.csv is what the entry speaks of" in told.output


@pytest.mark.parametrize("part", [0, 1])
def test_a_mail_in_which_something_was_changed_is_told(mail: Path, mailbox: Mailbox, part: int) -> None:
    changed = list(mailbox.mails[0].iter_parts())[part]
    said = changed.get_payload(decode=True).replace(b"192.0.2.7", b"192.0.2.8").replace(b"Kim", b"Tim")
    changed.set_content(said.decode(), cte="base64")
    mail.write_bytes(bytes(mailbox.mails[0]))
    told = check(mail)
    assert told.exit_code == 1
    assert "NOT SO" in told.output


def test_parts_that_were_saved_as_files(mail: Path, mailbox: Mailbox, tmp_path: Path) -> None:
    body, file, receipt = mailbox.mails[0].iter_parts()
    for name, part in (("body.txt", body), ("findings.csv", file), ("r.tlog-proof", receipt)):
        (tmp_path / name).write_bytes(part.get_payload(decode=True))
    contents = ["--content", tmp_path / "body.txt", "--content", tmp_path / "findings.csv"]
    assert check(tmp_path / "r.tlog-proof", *contents).exit_code == 0
    assert check(tmp_path / "r.tlog-proof", "--content", mail).exit_code == 0
    (tmp_path / "findings.csv").write_bytes(b"other")
    assert check(tmp_path / "r.tlog-proof", *contents).exit_code == 1


def test_a_mail_without_a_receipt_is_told(mail: Path) -> None:
    mail.write_bytes(b"From: a@example.org\r\n\r\nhello\r\n")
    told = check(mail)
    assert "No receipt is attached" in str(told.exception)
    mail.write_bytes(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\nContent-Type: a/b\r\n\r\n" * 2000)
    assert "cannot be taken apart" in str(check(mail).exception)


def test_each_notice_has_an_entry_of_its_own(found: Any, compose: Any) -> None:
    found("bank")
    found("clinic")
    compose()
    entries = {json.loads(one.leaf)["details"]["notice"]: one.seq for one in LedgerEntry.objects.all()}
    assert {one.pk.hex: one.entry for one in Notice.objects.all()} == entries


def test_a_ledger_that_gives_no_receipt_holds_up_no_mail(
    found: Any, compose: Any, send: Any, mailbox: Mailbox, home: Path
) -> None:
    found()
    compose()
    (home / "ledger/tiles").write_text("in the way")
    Notice.objects.update(entry=10**6)
    assert receipt_of(Notice.objects.get()) == ""
    assert send() == actions.Sent(sent=1)
    assert len(list(mailbox.mails[0].iter_parts())) == 2


@pytest.mark.usefixtures("pages")
def test_the_page_offers_it(found: Any, compose: Any, client: Client) -> None:
    found()
    compose()
    notice = Notice.objects.get()
    client.force_login(User.objects.create(email="analyst@example.org", role="analyst"))
    assert "Receipt (.tlog-proof)" in client.get(f"/notices/{notice.pk}/").content.decode()
    for address in (f"/notices/{notice.pk}/?format=tlog-proof", f"/api/v1/notices/{notice.pk}/receipt"):
        answer = client.get(address)
        assert answer["Content-Disposition"] == f'attachment; filename="notice-{notice.pk.hex[:12]}.tlog-proof"'
        assert parse(answer.content).index == notice.entry
    Notice.objects.update(entry=None)
    assert client.get(f"/notices/{notice.pk}/?format=tlog-proof").status_code == 404
