"""Mail as it goes out: a message built by the rules of RFC 5322, and handed to the mail server (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tutela.apps.constituency.queries import certificates_for
from tutela.apps.notices.sealing import Sealed, Unusable, seal
from tutela.core.errors import Unavailable, WrongUse
from tutela.core.notices.proof import RECEIPT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from tutela.apps.notices.keys import Keys
    from tutela.apps.notices.models import Notice

_PATIENCE: Final = 30.0
"""Seconds that a mail server may take for one answer."""

_PERMANENT: Final = 500


class Deferred(Exception):  # noqa: N818 - what the server did
    """The mail server did not take it now; it may later. ``was_handing``: perhaps it did, and could not say so."""

    def __init__(self, said: str, *, was_handing: bool = False) -> None:
        super().__init__(said)
        self.was_handing = was_handing


class Refused(Exception):  # noqa: N818 - as Deferred
    """The mail server will never take it: it said so with a code of 5xx."""


def message(notice: Notice, body: str, receipt: str, sender: str, now: datetime) -> EmailMessage:
    """The notice as a mail: its text, its findings as a file, its receipt. Its Message-ID is the same at every try."""
    name, address = parseaddr(sender)
    local, _, domain = address.rpartition("@")
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<{notice.pk}@{domain}>"
    mail["Date"] = format_datetime(now)
    mail["From"] = Address(name, local, domain)
    to_local, _, to_domain = notice.recipient.rpartition("@")
    try:
        validate_email(notice.recipient)
        mail["To"] = Address(" ".join(notice.contact.split()), to_local, to_domain)
        mail["To"].addresses[0].addr_spec.encode("ascii")
    except (ValidationError, ValueError, IndexError) as error:
        raise Refused(f"{notice.recipient!r} is no address that mail can be sent to") from error
    mail["Subject"] = " ".join(notice.subject.split())
    mail["Content-Language"] = notice.language
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answer, please
    mail.set_content(body, cte="quoted-printable")
    # nothing on the way may touch a line, or a signature breaks: mailboxes of one file put a mark before "From "
    mail.set_payload(re.sub("(?m)^From ", "=46rom ", str(mail.get_payload())))
    mail.add_attachment(notice.rows.encode(), maintype="text", subtype="csv", filename="findings.csv")
    if receipt:
        mail.add_attachment(receipt.encode(), maintype="application", subtype="octet-stream", filename=RECEIPT)
    return mail


def outgoing(notice: Notice, body: str, receipt: str, sender: str, keys: Keys, now: datetime) -> Sealed:
    """The notice as the bytes of this try, signed and encrypted; raises Refused, and Unusable where it must wait.

    It goes out in clear where its address has no certificate, or where a person said so, and never else.
    """
    known = [] if notice.in_clear else certificates_for(notice.recipient, now)
    usable = [one for one in known if not one.fault(now)]
    if notice.state == notice.State.HELD and not known and not notice.in_clear:
        raise Unusable("the certificate for which it was held was taken away, and there is no other")
    if known and not usable:
        raise Unusable("; ".join(f"{one.kind.label} {one.fingerprint} {one.fault(now)}" for one in known))
    return seal(message(notice, body, receipt, sender, now), usable, keys, f"Notice {notice.pk.hex[:12]}")


class Post:
    """A connection to the mail server that ``url`` names, opened when it is needed and kept for many messages."""

    def __init__(self, url: str, *, context: ssl.SSLContext | None = None) -> None:
        self._to = urlsplit(url)
        self._context = context or ssl.create_default_context()
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take leave."""
        self._close()

    def open(self) -> None:
        """Reach the server; raises Unavailable where it cannot be reached, WrongUse where it does not let us in."""
        if self._server is not None:
            return
        where = f"{self._to.scheme}://{self._to.hostname}"
        try:
            self._server = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            raise WrongUse("the mail server does not let us in.", where=where, remedy="Look at TUTELA_SMTP.") from error
        except (OSError, smtplib.SMTPException) as error:
            told = "the mail server cannot be reached"
            raise Unavailable(
                f"{told} ({_said(error)}).", where=where, remedy="Notices wait; nothing is lost."
            ) from error

    def _connected(self) -> smtplib.SMTP:
        host, user = self._to.hostname or "", self._to.username
        if self._to.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, self._to.port or 465, timeout=_PATIENCE, context=self._context
            )
        else:
            port = self._to.port or (587 if self._to.scheme == "smtp+starttls" else 25)
            server = smtplib.SMTP(host, port, timeout=_PATIENCE)
        try:
            if self._to.scheme == "smtp+starttls":
                server.starttls(context=self._context)
            server.ehlo_or_helo_if_needed()
            if user:
                server.login(unquote(user), unquote(self._to.password or ""))
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def deliver(self, mail: Sealed, handing: Callable[[], None]) -> None:
        """Give a message to the server; ``handing`` is called at the last moment at which it surely has nothing yet.

        Raises Refused or Deferred; Unavailable or WrongUse where the server takes no mail at all from us.
        """
        self.open()
        server = self._server
        if server is None:
            raise Deferred("no connection")
        is_handing = False
        try:
            self._sender_accepted(*server.mail(mail.sender))
            _accepted(*server.rcpt(mail.recipient))
            is_handing = True
            handing()
            _accepted(*server.data(mail.data))
        except smtplib.SMTPDataError as error:  # it did not even want to hear it
            self._reset()
            _accepted(error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b"")
        except (Refused, Deferred):
            self._reset()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise Deferred(_said(error), was_handing=is_handing) from error

    def _sender_accepted(self, code: int, said: bytes) -> None:
        """A server that refuses the sender refuses all mail: that is no fault of the notice. Raises WrongUse."""
        if code >= _PERMANENT:
            self._close()
            raise WrongUse(
                f"the mail server does not take mail from us ({_told(code, said)}).",
                where=f"{self._to.scheme}://{self._to.hostname}",
                remedy="Look at TUTELA_MAIL_FROM and TUTELA_SMTP. Notices wait; nothing is lost.",
            )
        _accepted(code, said)

    def _reset(self) -> None:
        try:
            if self._server is not None:
                self._server.rset()
        except (OSError, smtplib.SMTPException):
            self._close()

    def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()


def _accepted(code: int, said: bytes) -> None:
    """Raises Refused for 5xx, Deferred for what else is not 2xx."""
    if code >= _PERMANENT:
        raise Refused(_told(code, said))
    if not 200 <= code < 300:  # noqa: PLR2004 - codes of RFC 5321, 4.2.1
        raise Deferred(_told(code, said))


def _told(code: int, said: bytes) -> str:
    return f"{code} {said.decode('utf-8', 'replace')}"[:500]


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
