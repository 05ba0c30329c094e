"""Text that somebody gave as a certificate: which of the two kinds it is, or what else it is."""

from __future__ import annotations

from typing import Any

from tutela.core.mailkeys import openpgp, smime
from tutela.core.mailkeys.certificate import MOST_BYTES, PRIVATE, Certificate, Kind


def certificate(value: Any) -> Certificate:
    """The certificate in a text; raises ValueError with a sentence's end that repeats nothing of the text."""
    text = str(value).strip()
    if len(text) > MOST_BYTES:
        raise ValueError(f"is longer than {MOST_BYTES // 1024} KiB; leave out signatures of others")
    if not text.isascii():
        raise ValueError("is no certificate as text (ASCII armour, PEM)")
    if "PRIVATE KEY" in text:
        raise ValueError(PRIVATE)
    if "BEGIN PGP PUBLIC KEY BLOCK" in text:
        return openpgp.read(text)
    if "BEGIN CERTIFICATE" in text:
        return smime.read(text)
    raise ValueError("is no certificate: it begins with BEGIN PGP PUBLIC KEY BLOCK, or with BEGIN CERTIFICATE")


def of_kind(kind: Kind, value: Any) -> Certificate:
    """As `certificate`, of one kind alone."""
    found = certificate(value)
    if found.kind is not kind:
        raise ValueError(f"is a certificate of {found.kind.label}, not of {kind.label}")
    return found
