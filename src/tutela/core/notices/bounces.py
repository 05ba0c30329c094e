"""What a mail server says of a mail that it could not deliver: in fields (RFC 3464), or in words, as older ones do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST: Final = 100
_LONGEST: Final = 500
_ACTIONS: Final = {"failed", "delayed", "delivered", "relayed", "expanded"}
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE: Final = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
_FIELD: Final = re.compile(r"^([A-Za-z][A-Za-z-]{0,60}):[ \t]*(.{0,2000})$", re.MULTILINE)
_ADDRESS: Final = re.compile(r"<([^<>\s@]{1,64}@[^<>\s@]{1,255})>")
_ODD: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a mail to one recipient. ``status``: by RFC 3463, such as 5.1.1; ``said``: in words."""

    recipient: str
    action: str
    status: str
    said: str

    @property
    def is_permanent(self) -> bool:
        """Whether it will never be delivered."""
        return self.action == "failed" and is_status(self.status, "5")

    @property
    def told(self) -> str:
        """Status and words, as a person reads them."""
        return f"{self.status} {self.said}".strip()


def is_status(status: str, of: str) -> bool:
    """Whether a status is of the class 2, 4 or 5."""
    return status.startswith(f"{of}.")


def deliveries_in(parts: Iterable[Message]) -> tuple[Delivery, ...]:
    """What reports of delivery say of each recipient; fields that are not by the rules are left out."""
    found: list[Delivery] = []
    for part in parts:
        for fields in _blocks(part):
            action = fields.get("action", "").split(";")[0].strip().lower()
            recipient = _value(fields.get("final-recipient", "")) or _value(fields.get("original-recipient", ""))
            if action in _ACTIONS and recipient and len(found) < _MOST:
                status = _STATUS.search(fields.get("status", ""))
                said = _value(fields.get("diagnostic-code", ""))
                found.append(Delivery(recipient, action, status[0] if status else "", said))
    return tuple(found)


def told_in(text: str, recipient: str = "") -> Delivery | None:
    """What a bounce without such a report says, by the first status or code in its words; None where it has none."""
    status, code = _STATUS.search(text), _CODE.search(text)
    where = status or code
    if where is None or where[1] == "2":
        return None
    line = next((one for one in text.splitlines() if where[0] in one), "")
    address = _ADDRESS.search(text)
    named = recipient or (address[1] if address else "")
    action = "failed" if where[1] == "5" else "delayed"
    return Delivery(_plain(named).strip("<>"), action, status[0] if status else f"{where[1]}.0.0", _plain(line))


def _blocks(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields in a report: of the mail, then of each recipient."""
    inner = part.get_payload()
    for block in inner if isinstance(inner, list) else ():
        if not isinstance(block, Message):
            continue
        yield {name.lower(): str(value) for name, value in block.raw_items()}
        rest = block.get_payload()  # international reports are not taken apart by the library
        for group in re.split(r"\r?\n[ \t]*\r?\n", rest) if isinstance(rest, str) else ():
            yield {name.lower(): value for name, value in _FIELD.findall(group.replace("\r", ""))}


def _value(text: str) -> str:
    """What stands after the type of an address or a diagnostic: ``rfc822; kim@example.org``."""
    return _plain(text.partition(";")[2] or text)


def _plain(text: str) -> str:
    return _ODD.sub("", " ".join(text[: 4 * _LONGEST].split()))[:_LONGEST]
