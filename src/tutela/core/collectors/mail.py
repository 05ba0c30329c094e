"""What in a mail concerns a collector: who sent it, and which addresses its text names."""

from __future__ import annotations

import html
import re
from email import message_from_bytes
from email.errors import MessageError
from email.policy import EmailPolicy
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from tutela.core.collectors.definition import address_fault
from tutela.core.feeds.patterns import found_among

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import EmailMessage
    from email.policy import Policy

    from tutela.core.collectors.definition import Imap

UNREADABLE: Final = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError, MessageError)
"""What the library raises where somebody made a mail by hand, to see what happens."""

_TOO_MANY: Final = (
    (re.compile(rb"boundary[^=]{0,80}=", re.IGNORECASE), 20),  # each line is compared with each of them
    (re.compile(rb"^content-", re.IGNORECASE | re.MULTILINE), 1000),  # each is taken apart
)
_LONGEST_FIELD: Final = 2048
_LINK: Final = re.compile(r"https://[^\s\"'<>\\^`{|}\x00-\x1f]{1,2000}")
_AFTER: Final = ".,;:!?)]*_"


class _Bounded(EmailPolicy):
    """The library's own policy; but the time in which it takes a field apart grows faster than the field."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value of a field; raises ValueError where one that is looked at is too long."""
        name, value = super().header_source_parse(sourcelines)
        is_read = name.lower() in {"from", "subject"} or name.lower().startswith(("content-", "mime-"))
        if is_read and len(value) > _LONGEST_FIELD:
            raise ValueError(f"the field {name} is too long")
        return name, value


_POLICY: Final = cast("Policy[EmailMessage]", _Bounded())


def parsed(content: bytes) -> EmailMessage:
    """A mail, or its head; raises one of ``UNREADABLE``, also when its parts are asked for."""
    for pattern, most in _TOO_MANY:
        if any(number >= most for number, _ in enumerate(pattern.finditer(content))):
            raise ValueError("has too many parts")
    return message_from_bytes(content, policy=_POLICY)


def is_wanted(head: bytes, imap: Imap) -> bool:
    """Whether a mail with this head is for the collector; one that cannot be read, or has several senders, is not."""
    try:
        mail = parsed(head)
        senders = [one.addr_spec.lower() for field in mail.get_all("From", []) for one in field.addresses]
        subject = str(mail.get("Subject", ""))
    except UNREADABLE:
        return False
    if imap.senders and not (len(senders) == 1 and _is_one_of(senders[0], imap.senders)):
        return False
    return imap.subject is None or bool(found_among({imap.subject}, subject))


def _is_one_of(address: str, allowed: Iterable[str]) -> bool:
    return any(address.endswith(one.lower()) if one.startswith("@") else address == one.lower() for one in allowed)


def is_report(name: str, imap: Imap) -> bool:
    """Whether an attachment of this name is a report."""
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in imap.attachments)


def links_in(text: str, hosts: Iterable[str]) -> list[str]:
    """The addresses of these hosts that a text names, plain or HTML, each once, in their order."""
    allowed = {one.lower() for one in hosts}
    found = (html.unescape(one).rstrip(_AFTER) for one in _LINK.findall(text))
    return list(
        dict.fromkeys(
            one for one in found if not address_fault(one, allow_plain=False) and urlsplit(one).hostname in allowed
        )
    )
