"""The token that names a notice in an address or a subject: its id and a signature, in letters that mail leaves alone.

An address may come back in small letters or in capitals, and its local part has at most 64 characters: base32 of the
sixteen bytes of the id and the first ten of an HMAC-SHA-256 has 42.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final
from uuid import UUID

_ID_BYTES: Final = 16
_SIGNATURE_BYTES: Final = 10
_LENGTH: Final = 42
_PADDING: Final = "=" * 6
_MOST: Final = 20
_IN_MAIL: Final = re.compile(rf"[+\[]([a-z2-7]{{{_LENGTH}}})[@\]]", re.IGNORECASE)


def token_of(notice: UUID, key: bytes) -> str:
    """What names a notice, and could not be made without the key."""
    named = notice.bytes
    return base64.b32encode(named + _signature(named, key)).decode().rstrip("=").lower()


def notice_of(token: str, key: bytes) -> UUID | None:
    """The notice that a token names; None where it was not signed with the key."""
    try:
        data = base64.b32decode(token.upper() + _PADDING)
    except (binascii.Error, ValueError):
        return None
    named, signature = data[:_ID_BYTES], data[_ID_BYTES:]
    is_ours = len(data) == _ID_BYTES + _SIGNATURE_BYTES and hmac.compare_digest(signature, _signature(named, key))
    return UUID(bytes=named) if is_ours else None


def tokens_in(text: str) -> tuple[str, ...]:
    """What looks like a token: after a plus in an address, or in brackets in a subject."""
    return tuple(dict.fromkeys(one.lower() for one in _IN_MAIL.findall(text)))[:_MOST]


def _signature(named: bytes, key: bytes) -> bytes:
    return hmac.new(key, named, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
