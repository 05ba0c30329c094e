"""The values of an import, each checked by a function that raises ``ValueError`` with a sentence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any, Final

from tutela.core.mailkeys.certificate import Certificate, Kind
from tutela.core.netspace.holdings import ASN, DOMAIN, NETWORK, canonical

CRITICALITIES: Final = ("low", "medium", "high", "critical")
MAXIMUM_ID: Final = 100
MAXIMUM_TEXT: Final = 500

_ID: Final = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_WORD: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z]{2}|-[0-9]{3})?")
_JURISDICTION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_EMAIL: Final = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ().-]{2,30}")
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_TRUE: Final = frozenset({"true", "yes", "1"})
_FALSE: Final = frozenset({"false", "no", "0"})


def organisation_id(value: Any) -> str:
    """A global id: lower-case letters, digits, dots, hyphens and underscores."""
    text = str(value).strip()
    if len(text) > MAXIMUM_ID or not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is no id: lower-case letters, digits, '.', '-' and '_', at most {MAXIMUM_ID}")
    return text


def word(value: Any) -> str:
    """A sector or a role: lower-case words joined by hyphens."""
    text = str(value).strip().lower()
    if len(text) > MAXIMUM_ID or not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is no name of this kind: lower-case letters, digits and hyphens")
    return text


def criticality(value: Any) -> str:
    """One of ``CRITICALITIES``."""
    text = str(value).strip().lower()
    if text not in CRITICALITIES:
        raise ValueError(f"{text!r} is none of {', '.join(CRITICALITIES)}")
    return text


def language(value: Any) -> str:
    """A BCP 47 tag with language, script and region at the most."""
    text = str(value).strip()
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"{text!r} is no language tag such as en, fr-CA or zh-Hans")
    return text


def jurisdiction(value: Any) -> str:
    """An ISO 3166-1 country code or ISO 3166-2 subdivision."""
    text = str(value).strip().upper()
    if not _JURISDICTION.fullmatch(text):
        raise ValueError(f"{text!r} is no country code such as XX or XX-01")
    return text


def email(value: Any) -> str:
    """A mail address."""
    text = str(value).strip()
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{text!r} is no mail address")
    return text


def phone(value: Any) -> str:
    """A telephone number."""
    text = str(value).strip()
    if not _PHONE.fullmatch(text):
        raise ValueError(f"{text!r} is no telephone number")
    return text


def openpgp(value: Any) -> Certificate:
    """An OpenPGP certificate in ASCII armour."""
    from tutela.core.mailkeys import reading  # noqa: PLC0415 - its libraries are large, and --help needs none of them

    return reading.of_kind(Kind.OPENPGP, value)


def smime(value: Any) -> Certificate:
    """An S/MIME certificate in PEM."""
    from tutela.core.mailkeys import reading  # noqa: PLC0415 - as above

    return reading.of_kind(Kind.SMIME, value)


def plain_text(value: Any) -> str:
    """A line of text."""
    text = " ".join(str(value).split())
    if len(text) > MAXIMUM_TEXT or "\0" in text:
        raise ValueError(f"is longer than {MAXIMUM_TEXT} characters, or not text")
    return text


def identifier(scheme: str, value: Any) -> str:
    """An external identifier; the check digits of a LEI (ISO 17442) must be right."""
    text = plain_text(value)
    if scheme == "lei":
        text = text.upper()
        if not _LEI.fullmatch(text) or int("".join(str(int(character, 36)) for character in text)) % 97 != 1:
            raise ValueError(f"{text!r} is no LEI: its check digits are wrong")
    return text


def moment(value: Any) -> datetime:
    """A day or a time in ISO 8601; UTC where it does not say otherwise."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time(), UTC)
    else:
        try:
            found = datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise ValueError(f"{str(value)!r} is no day or time such as 2026-03-01 or 2026-03-01T12:00:00Z") from error
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{str(value)!r} lies, in UTC, outside the years 1 to 9999") from error


def truth(value: Any) -> bool:
    """Yes or no."""
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(f"{text!r} is neither true nor false")
    return text in _TRUE


def asset(value: Any) -> tuple[str, str]:
    """What a service runs on, as ``(kind, key)``: an address or network, an AS number, else a domain name."""
    text = str(value).strip()
    kind = DOMAIN
    if re.fullmatch(r"(AS)?[0-9]+", text, re.IGNORECASE):
        kind = ASN
    elif "/" in text or ":" in text or re.fullmatch(r"[0-9.]+(\s*-\s*[0-9.]+)?", text):
        kind = NETWORK
    return kind, canonical(kind, text)[0]
