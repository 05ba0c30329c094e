"""What in a mail concerns a collector: who sent it, and which addresses its text names."""

from __future__ import annotations

import html
import re
from email import message_from_bytes, policy
from email.errors import MessageError
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tutela.core.collectors.definition import address_fault
from tutela.core.feeds.patterns import found_among

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import EmailMessage

    from tutela.core.collectors.definition import Imap

UNREADABLE: Final = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError, MessageError)
"""What the library raises where somebody made a mail by hand, to see what happens."""

_BOUNDARY: Final = re.compile(rb"boundary[^=]{0,80}=", re.IGNORECASE)
_MOST_BOUNDARIES: Final = 50
_LINK: Final = re.compile(r"https://[^\s\"'<>\\^`{|}\x00-\x1f]{1,2000}")
_AFTER: Final = ".,;:!?)]*_"


def parsed(content: bytes) -> EmailMessage:
    """A mail, or its head; raises one of ``UNREADABLE``, also when its parts are asked for."""
    if len(_BOUNDARY.findall(content)) > _MOST_BOUNDARIES:  # the library compares each line with each boundary
        raise ValueError("has too many parts in parts")
    return message_from_bytes(content, policy=policy.default)


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
