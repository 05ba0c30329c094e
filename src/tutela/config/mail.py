"""Settings of mail, checked at start: where it is handed over, from whom it comes, what its links begin with."""

from __future__ import annotations

import ipaddress
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit

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
