"""The certificate of somebody who gets mail: what it is for, how long, and why it cannot be used where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

MOST_BYTES: Final = 64 * 2**10
"""A certificate as text is no longer: without the signatures of others even a large one has a tenth of it."""

LEAST_RSA: Final = 2048
"""Bits: shorter RSA keys are refused."""

SOON: Final = timedelta(days=30)
"""What expires within this is worth a word."""

PRIVATE: Final = (
    "holds a PRIVATE key: never send it to anybody. It was not kept, but count it as known to others: "
    "its owner should revoke it, and give the public part of a new one"
)
"""What is said to who gives a private key, as a sentence's end."""


class Kind(StrEnum):
    """The two families of keys for mail."""

    OPENPGP = "openpgp"
    SMIME = "smime"

    @property
    def label(self) -> str:
        """As people write it."""
        return "OpenPGP" if self is Kind.OPENPGP else "S/MIME"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A public key with what it says of itself. ``text``: ASCII, as it is kept; ``fingerprint``: hexadecimal.

    ``begins`` and ``expires``: when mail can be encrypted to it (None: without a bound). ``flaw``: why it never can,
    as a sentence's end; empty where it can.
    """

    kind: Kind
    text: str
    fingerprint: str
    addresses: tuple[str, ...]
    begins: datetime | None
    expires: datetime | None
    flaw: str = ""

    @property
    def readable(self) -> str:
        """The fingerprint in groups of four, as two people compare it over the telephone."""
        return " ".join(self.fingerprint[place : place + 4] for place in range(0, len(self.fingerprint), 4))

    def fault(self, now: datetime) -> str:
        """Why mail cannot be encrypted to it now, as a sentence's end; empty where it can."""
        if self.flaw:
            return self.flaw
        if self.begins is not None and now < self.begins:
            return f"is not valid before {self.begins:%Y-%m-%d %H:%M}Z"
        if self.expires is not None and now >= self.expires:
            return f"expired on {self.expires:%Y-%m-%d %H:%M}Z"
        return ""

    def is_ending(self, now: datetime) -> bool:
        """Whether it expires within the next 30 days, or has."""
        return self.expires is not None and self.expires - now < SOON

    def stranger(self, address: str) -> str:
        """That it is not made out for this address, as a sentence's end; empty where it is."""
        if address.casefold() in {one.casefold() for one in self.addresses}:
            return ""
        return f"does not name {address}, but {', '.join(self.addresses) or 'no address'}"
