from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from tests.apps.notices.conftest import SENDER as SENDER  # noqa: PLC0414 - the fixtures of notices serve here too
from tests.apps.notices.conftest import compose, constituency, found, ground, mailbox, send
from tutela.apps.correspondence import actions
from tutela.apps.notices.models import Notice
from tutela.apps.notices.queries import reply_token
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutela.apps.correspondence.models import Message

__all__ = ["compose", "constituency", "found", "ground", "mailbox", "send"]

ANALYST = Viewer(Actor("person", "analyst@example.org"), None, Role.ANALYST)


def of(*organisations: str, role: Role = Role.CONTACT) -> Viewer:
    """Somebody of organisations."""
    return Viewer(Actor("person", f"kim@{organisations[0]}.example"), organisations, role)


def reply(
    notice: Notice | None, *, token: bool = True, sender: str = "", text: str = "It is fixed.", **fields: str
) -> EmailMessage:
    """What a person would answer to a notice; without ``token`` only by the number of the mail."""
    mail = EmailMessage()
    mail["From"] = sender or (f"Kim <{notice.recipient}>" if notice else "Somebody <somebody@example.net>")
    mail["Subject"] = f"Re: {notice.subject}" if notice else "Hello"
    mail["To"] = f"answers+{reply_token(notice.pk)}@csirt.example" if notice and token else "answers@csirt.example"
    if notice:
        mail["In-Reply-To"] = f"<{notice.pk}@csirt.example>"
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def bounce(notice: Notice, *, recipient: str = "", status: str = "5.1.1", action: str = "failed") -> bytes:
    """What a mail server sends back (RFC 3464)."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient or notice.recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 nobody here

--b
Content-Type: text/rfc822-headers

Message-ID: <{notice.pk}@csirt.example>

--b--
""".encode()


@pytest.fixture
def sent(found: Any, compose: Any, send: Any) -> Callable[..., Notice]:
    """A notice that went out to the contact of an organisation."""

    def make(organisation: str = "bank", **more: Any) -> Notice:
        found(organisation, **more)
        compose()
        send()
        return Notice.objects.filter(organisation=organisation).latest("created", "sent")

    return make


@pytest.fixture
def receive(ground: dict[str, Any]) -> Callable[..., Message]:
    def take(mail: EmailMessage | bytes) -> Message:
        content = mail if isinstance(mail, bytes) else mail.as_bytes()
        return actions.receive(content=content, now=timezone.now(), **ground).message

    return take
