"""What comes back to a notice by mail: its bytes are read, and told for what they are. Nothing in them is believed.

A mail is a *bounce* (RFC 3464, or one of the kinds that mail servers wrote before it), an *automatic* answer
(RFC 3834), or a *reply*. It names the notices that it may answer: by their signed tokens, or by their Message-IDs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from tutela.core.collectors.mail import UNREADABLE, parsed
from tutela.core.errors import BadInput
from tutela.core.incidents.attachments import checked_name
from tutela.core.notices.bounces import Delivery, deliveries_in, is_status, told_in
from tutela.core.notices.tokens import tokens_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

LARGEST: Final = 40 * 2**20
"""Bytes of a mail that is read."""

LONGEST_TEXT: Final = 100_000
MOST_FILES: Final = 50
_DEEPEST: Final = 12
_LONGEST_LINE: Final = 500
_MOST_NAMED: Final = 50
_LONGEST_FIELD: Final = 16_000
_ID: Final = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>\s]{1,255}>", re.IGNORECASE)
_QUOTED_ID: Final = re.compile(r"(?im)^[>\s]{0,20}message-id:\s{0,20}(<[^<>\s]{1,500}>)")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_TO: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_SIGNATURES: Final = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_ENCRYPTED: Final = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_REPORTS: Final = {"message/delivery-status", "message/global-delivery-status"}
_HEADS: Final = {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}


class Kind(StrEnum):
    """What a mail is. ``delay``: the mail server still tries; ``delivery``: it says that the mail arrived."""

    REPLY = "reply"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    DELAY = "delay"
    DELIVERY = "delivery"


class Lack(StrEnum):
    """Why a mail has no text that can be shown; the original has it."""

    NOTHING = ""
    HTML = "html"
    ENCRYPTED = "encrypted"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that was read.

    ``sender``: what stands in From, which anybody can write. ``tokens`` and ``answered``: which notices it names, what
    is likeliest first; a token is still to be checked. ``left``: names of files that are not kept, with the reason.
    """

    kind: Kind
    message_id: str
    sender: str
    subject: str
    text: str
    is_cut: bool
    lack: Lack
    files: tuple[tuple[str, bytes], ...]
    left: tuple[str, ...]
    tokens: tuple[str, ...]
    answered: tuple[UUID, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(slots=True)
class _Found:
    """What the parts of a mail hold."""

    texts: list[str] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    reports: list[Message] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    lack: Lack = Lack.NOTHING


def read(content: bytes) -> Letter:
    """A mail from its bytes; raises BadInput where it is too large, or none that can be read."""
    if len(content) > LARGEST:
        raise BadInput(f"the mail is larger than {LARGEST >> 20} MiB.")
    try:
        return _letter(parsed(content))
    except UNREADABLE as error:
        raise BadInput("this is no mail that can be read.") from error


def _letter(mail: EmailMessage) -> Letter:
    fields = _fields(mail)
    found = _Found()
    for part in _parts(mail, 0):
        _sort(part, found)
    text = clean("\n".join(found.texts).replace("\r\n", "\n").replace("\r", "\n")).strip()
    kind, deliveries = _kind(fields, found, text[:LONGEST_TEXT])
    subject = line_of(str(mail.get("Subject", "")))
    named = [*(value for name in _TO for value in fields.get(name, [])), subject]
    return Letter(
        kind=kind,
        message_id=_line(fields, "message-id"),
        sender=_sender(mail),
        subject=subject,
        text=text[:LONGEST_TEXT],
        is_cut=len(text) > LONGEST_TEXT,
        lack=Lack.NOTHING if text else found.lack,
        files=tuple(found.files),
        left=tuple(found.left),
        tokens=tokens_in("\n".join(named)),
        answered=_answered(fields, found, text[:LONGEST_TEXT], kind),
        deliveries=deliveries,
    )


def clean(text: str) -> str:
    """Text without what a database cannot keep, or what would show it in another order than it stands in."""
    return _UNPRINTABLE.sub("", text)


def line_of(text: str) -> str:
    """One line of text, of bounded length."""
    return clean(" ".join(text[: 4 * _LONGEST_LINE].split()))[:_LONGEST_LINE]


def _fields(mail: Message) -> dict[str, list[str]]:
    """The fields of a head as they stand in it; the library's own reading takes long where somebody wants it to."""
    found: dict[str, list[str]] = {}
    for name, value in mail.raw_items():
        found.setdefault(name.lower(), []).append(str(value)[:_LONGEST_FIELD])
    return found


def _line(fields: dict[str, list[str]], name: str) -> str:
    return line_of(next(iter(fields.get(name, [])), ""))


def _sender(mail: EmailMessage) -> str:
    """The address in From, where there is exactly one."""
    addresses = [one.addr_spec for given in mail.get_all("From", []) for one in given.addresses]
    return line_of(addresses[0])[:320] if len(addresses) == 1 else ""


def _parts(part: Message, depth: int) -> Iterator[Message]:
    """The parts of a mail that have content of their own; a mail within a mail is one part."""
    if depth > _DEEPEST:
        raise ValueError("parts within parts within parts")
    if part.get_content_maintype() != "multipart":
        yield part
        return
    if part.get_content_type() in _ENCRYPTED:
        yield part
        return
    for one in _inner(part):
        yield from _parts(one, depth + 1)


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _sort(part: Message, found: _Found) -> None:
    """Put a part where it belongs."""
    kind, name = part.get_content_type(), part.get_filename()
    if kind in _ENCRYPTED:
        found.lack = Lack.ENCRYPTED
    elif kind in _REPORTS:
        found.reports.append(part)
    elif kind in _HEADS:
        found.heads.append(_head(part))
        if name:
            found.left.append(f"{line_of(name)}: a mail within the mail, which is in the original")
    elif kind == "text/plain" and name is None and part.get_content_disposition() != "attachment":
        found.texts.append(_text(part))
    elif kind == "text/html" and name is None:
        found.lack = found.lack or Lack.HTML
    elif kind not in _SIGNATURES and (name or _bytes(part)):
        _keep(part, name or f"part.{part.get_content_subtype()}", found)


def _keep(part: Message, name: str, found: _Found) -> None:
    data = _bytes(part)
    if len(found.files) >= MOST_FILES:
        found.left.append(f"{line_of(name)}: there are more than {MOST_FILES} files")
        return
    try:
        found.files.append((clean(checked_name(clean(name), len(data))), data))
    except BadInput as error:
        found.left.append(f"{line_of(name)}: {error.what}")


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _text(part: Message) -> str:
    """Text in its own character set; one that is not known is read as UTF-8, as far as it goes."""
    data = _bytes(part)
    try:
        return data.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _head(part: Message) -> str:
    """The head of the mail that came back, as text."""
    for inner in _inner(part):
        return "\n".join(f"{name}: {value}" for name, value in inner.raw_items())[:_LONGEST_FIELD]
    return _text(part)[:_LONGEST_FIELD]


def _kind(fields: dict[str, list[str]], found: _Found, text: str) -> tuple[Kind, tuple[Delivery, ...]]:
    """What a mail is, with what its mail server tells of the delivery."""
    told = deliveries_in(found.reports)
    if told:
        actions = {one.action for one in told}
        if "failed" in actions:
            return Kind.BOUNCE, told
        return (Kind.DELAY if "delayed" in actions else Kind.DELIVERY), told
    is_from_nobody = _line(fields, "return-path") == "<>"
    submitted = _line(fields, "auto-submitted").lower()
    recipient = _line(fields, "x-failed-recipients")
    names_ours = bool(_ids("\n".join(found.heads)) or _QUOTED_ID.search(text))
    if (is_from_nobody or submitted.startswith("auto-replied")) and names_ours:
        old = told_in(text, recipient)
        if old is not None:
            return (Kind.BOUNCE if is_status(old.status, "5") else Kind.DELAY), (old,)
    is_automatic = is_from_nobody or (submitted and not submitted.startswith("no"))
    precedence = _line(fields, "precedence").lower() in {"bulk", "junk", "list", "auto_reply"}
    asked = {"x-autoreply", "x-autorespond", "x-autoresponse"} & fields.keys()
    return (Kind.AUTOMATIC if is_automatic or precedence or asked else Kind.REPLY), ()


def _answered(fields: dict[str, list[str]], found: _Found, text: str, kind: Kind) -> tuple[UUID, ...]:
    """The Message-IDs of the form that ours have: of the mail that it answers first, then back through its thread."""
    named = [*fields.get("in-reply-to", []), *fields.get("original-message-id", [])]
    ids = _ids("\n".join(named)) + _ids("\n".join(fields.get("references", [])))[::-1]
    if kind in {Kind.BOUNCE, Kind.DELAY, Kind.DELIVERY}:
        ids = _ids("\n".join([*found.heads, *_QUOTED_ID.findall(text)])) + ids
    return tuple(dict.fromkeys(ids[:_MOST_NAMED]))


def _ids(text: str) -> list[UUID]:
    return [UUID(one) for one in _ID.findall(text)]
