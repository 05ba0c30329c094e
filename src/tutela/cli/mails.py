"""Takes apart a mail that somebody saved: the receipt in it, and what the receipt is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tutela.core.errors import BadInput
from tutela.core.ledger.receipt import MAGIC
from tutela.core.notices.proof import plain

if TYPE_CHECKING:
    from email.message import EmailMessage

_SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)


@dataclass(slots=True)
class Mail:
    """The receipt that is attached to a mail, and its other parts by name, each in the forms that are compared."""

    receipt: bytes | None = None
    contents: dict[str, list[bytes]] = field(default_factory=dict)


def is_mail(name: str) -> bool:
    """Whether a file is a mail, by its name."""
    return name.lower().endswith(".eml")


def forms(data: bytes) -> list[bytes]:
    """A file as it is, and, where it is a text, without what mail programs change in one."""
    try:
        return [data, plain(data.decode("utf-8-sig"))]
    except UnicodeDecodeError:
        return [data]


def taken_apart(data: bytes) -> Mail:
    """The parts of a mail; a signature over it is for mail programs to check. Raises BadInput where it is none."""
    from tutela.core.collectors.mail import UNREADABLE, parsed  # noqa: PLC0415 - receipts alone need not wait for it

    mail = Mail()
    try:
        for part in parsed(data).walk():
            if part.is_multipart() or part.get_content_type() in _SIGNATURES:
                continue
            content = _content(part)
            if content.startswith(MAGIC.encode()):
                mail.receipt = content
            else:
                mail.contents[part.get_filename() or f"the text ({len(mail.contents) + 1})"] = forms(content)
    except UNREADABLE as error:
        raise BadInput("The mail cannot be taken apart.", remedy="Save its parts as files, and name those.") from error
    return mail


def _content(part: EmailMessage) -> bytes:
    raw = part.get_payload(decode=True)
    content = raw if isinstance(raw, bytes) else b""
    if part.get_content_maintype() == "text" and part.get_filename() is None:
        return content.decode(part.get_content_charset() or "utf-8").encode()
    return content
