"""Settings of mail, checked at start: where it is handed over, from whom it comes, what its links begin with."""

from __future__ import annotations

import ipaddress
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tutela.core.collectors.address import imap_at

_TOKEN: Final = "+{token}"  # noqa: S105 - where it stands
_LONGEST_BARE: Final = 21
"""A local part has at most 64 characters (RFC 5321), and a token takes 43 of them."""

SCHEMES: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def smtp_checked(text: str) -> str:
    """The address of a mail server; without encryption it must be on this machine. Raises ValueError."""
    if not text:
        return text
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError(f"is no address of a mail server; begin with one of {', '.join(f'{s}://' for s in SCHEMES)}")
    _ = parts.port  # raises ValueError where it is no port
    if parts.scheme == "smtp" and not _is_here(parts.hostname):
        raise ValueError("would send without encryption; use smtp+starttls:// or smtps://")
    return text


def sender_checked(text: str) -> str:
    """``Name <local@domain>`` or ``local@domain``. Raises ValueError."""
    _name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or not text.isprintable():
        raise ValueError("is no e-mail address; write it as Name <local@example.org>")
    return text


def mailbox_checked(text: str) -> str:
    """The address of the mailbox that answers come to, without its password. Raises ValueError."""
    if text:
        imap_at(text)
    return text


def reply_checked(text: str) -> str:
    """An address that answers go to; ``+{token}`` in it is what names the notice. Raises ValueError."""
    if not text:
        return text
    local, _, domain = text.rpartition("@")
    bare = local.removesuffix(_TOKEN)
    if set("{}") & set(bare + domain) or len(bare) > _LONGEST_BARE:
        raise ValueError(f"is no address for answers; write it as answers{_TOKEN}@example.org, or answers@example.org")
    try:
        validate_email(f"{bare}@{domain}")
    except ValidationError as error:
        raise ValueError("is no e-mail address") from error
    return text


def base_checked(text: str) -> str:
    """The address of the console without a stroke at the end. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("is no address of a site; write it as https://tutela.example.org")
    return text.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
