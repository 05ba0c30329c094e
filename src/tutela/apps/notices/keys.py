"""The authority's own keys, with which notices are signed: read from their files, and judged before they are used."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pysequoia import Cert, Tsk

from tutela.core.errors import WrongUse
from tutela.core.mailkeys import smime
from tutela.core.mailkeys.certificate import LEAST_RSA, Certificate, Kind
from tutela.lake.incoming import read_own

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509
    from pysequoia import PySigner

_MOST_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class OpenPGPKey:
    """A key that signs as OpenPGP does. ``public``: what others know of it."""

    signer: PySigner
    public: Certificate


@dataclass(frozen=True, slots=True)
class SMIMEKey:
    """A key that signs as S/MIME does, its certificate, and those between it and a root."""

    private: RSAPrivateKey | EllipticCurvePrivateKey
    certificate: x509.Certificate
    above: Sequence[x509.Certificate]
    public: Certificate


@dataclass(frozen=True, slots=True)
class Keys:
    """What there is to sign with; None where no such key is set."""

    openpgp: OpenPGPKey | None = None
    smime: SMIMEKey | None = None


def load(openpgp: Path | None, smime_key: Path | None, now: datetime) -> Keys:
    """The keys of these files; raises WrongUse with one sentence where one cannot be used now, and tells nothing of it.

    A key that is set and cannot be used stops all mail: who expects signatures must not get mail without them.
    """
    return Keys(
        load_openpgp(openpgp, now) if openpgp is not None else None,
        load_smime(smime_key, now) if smime_key is not None else None,
    )


def load_openpgp(path: Path, now: datetime) -> OpenPGPKey:
    """A transferable secret key without a password, in ASCII armour or not; raises WrongUse."""
    data = read_own(path, _MOST_BYTES)
    where, remedy = str(path), "Export it with `gpg --export-secret-keys`, without a password."
    try:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            key = Tsk.from_bytes(data)
        found = key.extract_certificate()
    except RuntimeError:
        raise WrongUse("is no OpenPGP secret key.", where=where, remedy=remedy) from None
    public = _public(found)
    if fault := public.fault(now):
        raise WrongUse(f"the key {fault}.", where=where, remedy="Prolong it, or name another in TUTELA_OPENPGP_KEY.")
    try:
        signer = key.signer()
    except RuntimeError:
        what = "holds no secret key that signs, or one with a password."
        raise WrongUse(what, where=where, remedy=remedy) from None
    return OpenPGPKey(signer, public)


def _public(found: Cert) -> Certificate:
    flaw = "is revoked" if found.is_revoked else ""
    users = tuple(str(one).rpartition("<")[2].rstrip(">") for one in found.user_ids)
    return Certificate(Kind.OPENPGP, str(found), found.fingerprint.upper(), users, None, found.expiration, flaw)


def load_smime(path: Path, now: datetime) -> SMIMEKey:
    """A private key without a password (RSA or elliptic curve), its certificate and those above, in PEM; WrongUse."""
    data = read_own(path, _MOST_BYTES)
    where = str(path)
    remedy = "Put the private key without a password, its certificate and those above it into one file, in PEM."
    try:
        private = load_pem_private_key(data, None)
    except (ValueError, TypeError):
        raise WrongUse("holds no private key, or one with a password.", where=where, remedy=remedy) from None
    try:
        certificates = smime.load(data)
    except ValueError:
        raise WrongUse("holds no certificate.", where=where, remedy=remedy) from None
    if not isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey):
        raise WrongUse("the key is neither RSA nor of an elliptic curve (ECDSA).", where=where, remedy=remedy)
    if isinstance(private, RSAPrivateKey) and private.key_size < LEAST_RSA:
        raise WrongUse(f"the RSA key has {private.key_size} bits; {LEAST_RSA} are the least.", where=where)
    own = [one for one in certificates if one.public_key() == private.public_key()]
    if not own:
        raise WrongUse("the certificate is not that of the key.", where=where, remedy=remedy)
    public = _described(own[0])
    if fault := public.fault(now):
        raise WrongUse(f"the certificate {fault}.", where=where, remedy="Name another in TUTELA_SMIME_KEY.")
    return SMIMEKey(private, own[0], [one for one in certificates if one is not own[0]], public)


def _described(own: x509.Certificate) -> Certificate:
    return Certificate(
        kind=Kind.SMIME,
        text="",
        fingerprint=smime.fingerprint(own),
        addresses=smime.addresses(own),
        begins=own.not_valid_before_utc,
        expires=own.not_valid_after_utc,
        flaw=smime.purpose(own),
    )
