"""OpenPGP certificates: read, and judged by their own words about expiry, revocation and purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pysequoia import Cert
from pysequoia.packet import PacketPile, PublicKeyAlgorithm, SignatureType, Tag

from tutela.core.mailkeys.certificate import LEAST_RSA, PRIVATE, Certificate, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pysequoia.packet import Packet

_KEYS: Final = (Tag.PublicKey, Tag.PublicSubkey)
_SECRETS: Final = (Tag.SecretKey, Tag.SecretSubkey)
_RSA: Final = (PublicKeyAlgorithm.RSAEncryptSign, PublicKeyAlgorithm.RSAEncrypt, PublicKeyAlgorithm.RSASign)
_OLD: Final = (PublicKeyAlgorithm.ElGamalEncrypt, PublicKeyAlgorithm.ElGamalEncryptSign, PublicKeyAlgorithm.DSA)
_BINDINGS: Final = (
    SignatureType.SubkeyBinding,
    SignatureType.DirectKey,
    SignatureType.GenericCertification,
    SignatureType.PersonaCertification,
    SignatureType.CasualCertification,
    SignatureType.PositiveCertification,
)


@dataclass(slots=True)
class _Key:
    """A key of a certificate, with what its owner signed about it."""

    packet: Packet
    bindings: list[Packet] = field(default_factory=list)
    is_revoked: bool = False

    @property
    def binding(self) -> Packet | None:
        """The latest word of the owner about what it is for."""
        said = [one for one in self.bindings if one.key_flags is not None and one.signature_created is not None]
        return max(said, key=lambda one: one.signature_created or 0, default=None)

    @property
    def encrypts(self) -> bool:
        """Whether mail may be encrypted to it, its time aside."""
        flags = self.binding.key_flags if self.binding else None
        return bool(flags and flags.transport_encryption) and not self.is_revoked

    @property
    def expires(self) -> datetime | None:
        """Its end; None where it has none."""
        period = self.binding.key_validity_period if self.binding else None
        created = self.packet.key_created
        return created + period if period and created else None


def read(text: str) -> Certificate:
    """One certificate in ASCII armour; raises ValueError with a sentence's end."""
    try:
        return _read(text)
    except RuntimeError as error:  # what the library says is made for its developers
        raise ValueError("is no OpenPGP certificate, or was not copied whole") from error


def _read(text: str) -> Certificate:
    packets = list(PacketPile.from_bytes(text.encode()))
    certificates = Cert.split_bytes(text.encode())
    if any(one.tag in _SECRETS for one in packets):
        raise ValueError(PRIVATE)
    if len(certificates) != 1:
        raise ValueError("holds several certificates; give one" if certificates else "is no OpenPGP certificate")
    found = certificates[0]
    keys = _keys(list(PacketPile.from_bytes(bytes(found))), found.fingerprint)
    users = [one.user_id_email for one in packets if one.tag == Tag.UserID]
    usable = [one for one in keys if one.encrypts]
    for one in [keys[0], *usable]:
        _check_strength(one.packet)
    flaw = "is revoked" if found.is_revoked else "" if usable else "has no key for encryption, or it is revoked"
    return Certificate(
        kind=Kind.OPENPGP,
        text=str(found),
        fingerprint=found.fingerprint.upper(),
        addresses=tuple(dict.fromkeys(filter(None, users))),
        begins=None,
        expires=_first(found.expiration, _last(one.expires for one in usable)),
        flaw=flaw,
    )


def _keys(packets: list[Packet], primary: str) -> list[_Key]:
    """The keys of a certificate, the primary one first, with the signatures of the owner that follow each."""
    found: list[_Key] = []
    for packet in packets:
        if packet.tag in _KEYS:
            found.append(_Key(packet))
        elif packet.tag == Tag.Signature and found and _is_own(packet, primary):
            if packet.signature_type == SignatureType.SubkeyRevocation:
                found[-1].is_revoked = True
            elif packet.signature_type in _BINDINGS:
                found[-1].bindings.append(packet)
    return found


def _is_own(packet: Packet, primary: str) -> bool:
    """Whether the owner made a signature: others may say what they like of a key, but not what it is for."""
    by = packet.issuer_fingerprint
    return by is None or by.lower() == primary.lower()


def _check_strength(packet: Packet) -> None:
    if packet.key_algorithm in _OLD:
        raise ValueError("has a key of a kind that is not used any more (DSA, ElGamal)")
    if packet.key_algorithm in _RSA:
        body = bytes(packet.body)
        start = 6 if body[0] == 4 else 10  # noqa: PLR2004 - version 6 has a length of four bytes in front (RFC 9580, 5.5.2)
        bits = int.from_bytes(body[start : start + 2], "big")
        if bits < LEAST_RSA:
            raise ValueError(f"has an RSA key of {bits} bits; {LEAST_RSA} are the least")


def _first(*moments: datetime | None) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    """The latest end; None where one has none, or there is nothing."""
    known = list(moments)
    return None if None in known else max((one for one in known if one is not None), default=None)
