"""A mailbox as one address: ``imaps://user@host:port/folder``. The password is a secret, and never stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from tutela.core.collectors.definition import Imap

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET: Final = "mailbox"  # noqa: S105 - its name
_TLS: Final[Mapping[str, str]] = {"imaps": "implicit", "imap+starttls": "starttls"}


def imap_at(url: str) -> Imap:
    """The mailbox at an address; its folder is INBOX where none is named. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _TLS or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("is no address of a mailbox; write it as imaps://user@mail.example.org/INBOX")
    if parts.password is not None:
        raise ValueError(f"holds a password; it is the secret {SECRET}, a file in secrets/ or TUTELA_SECRET_MAILBOX")
    values = {
        "host": parts.hostname,
        "port": parts.port or 0,
        "tls": _TLS[parts.scheme],
        "user": unquote(parts.username or ""),
        "secret": SECRET,
        "folder": unquote(parts.path.strip("/")) or "INBOX",
    }
    try:
        return Imap.model_validate(values)
    except ValidationError as error:
        raise ValueError(f"cannot be used: {error.errors()[0]['loc'][0]} is missing or has an odd letter") from error
