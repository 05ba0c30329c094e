"""S/MIME certificates (X.509): read, and judged by what they say they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tutela.core.mailkeys.certificate import LEAST_RSA, Certificate, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOR_MAIL: Final = (ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)


def read(text: str) -> Certificate:
    """One certificate in PEM; raises ValueError with a sentence's end."""
    found = load(text.encode())
    if len(found) != 1:
        raise ValueError("holds several certificates; give that of the address alone")
    certificate = found[0]
    try:
        return Certificate(
            kind=Kind.SMIME,
            text=certificate.public_bytes(Encoding.PEM).decode(),
            fingerprint=fingerprint(certificate),
            addresses=addresses(certificate),
            begins=certificate.not_valid_before_utc,
            expires=certificate.not_valid_after_utc,
            flaw=_flaw(certificate),
        )
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        if str(error).startswith("has "):
            raise
        raise ValueError("is a certificate that breaks the rules of X.509") from error


def load(data: bytes) -> Sequence[x509.Certificate]:
    """The certificates in PEM text, at least one; raises ValueError with a sentence's end."""
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise ValueError("is no certificate, or was not copied whole") from error


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, in hexadecimal capitals."""
    return certificate.fingerprint(hashes.SHA256()).hex().upper()


def addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """The mail addresses that it is made out for: alternative names first, then the old place in the name."""
    found: list[str] = []
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found += names.get_values_for_type(x509.RFC822Name)
    except x509.ExtensionNotFound:
        pass
    found += [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
    return tuple(dict.fromkeys(found))


def purpose(certificate: x509.Certificate) -> str:
    """That it is not for mail, as a sentence's end; empty where it is, or does not say."""
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    return "" if any(one in uses for one in _FOR_MAIL) else "is not made for mail (extended key usage)"


def _flaw(certificate: x509.Certificate) -> str:
    """Why nothing can be encrypted to it; raises ValueError for a key that is too weak."""
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise ValueError("has a key of a kind that is not known here") from error
    if not isinstance(key, RSAPublicKey):
        return "has no RSA key, and to others S/MIME mail cannot be encrypted here"
    if key.key_size < LEAST_RSA:
        raise ValueError(f"has an RSA key of {key.key_size} bits; {LEAST_RSA} are the least")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return purpose(certificate)
    return purpose(certificate) if usage.key_encipherment else "has no key for encryption (key usage)"
