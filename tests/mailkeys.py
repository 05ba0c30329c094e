"""Keys for mail, made by the test that uses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pysequoia import Tsk

if TYPE_CHECKING:
    from pathlib import Path

KIM = "abuse@bank.example"
PEM = serialization.Encoding.PEM


@dataclass
class X509:
    """A private key and its certificate, signed by itself."""

    key: Any
    certificate: x509.Certificate

    @property
    def text(self) -> str:
        return self.certificate.public_bytes(PEM).decode()

    @property
    def private(self) -> bytes:
        plain = serialization.NoEncryption()
        return bytes(self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain))


def openpgp(address: str = KIM, **more: Any) -> Tsk:
    """A key for mail of this address; it does not end."""
    return Tsk.generate(f"Kim <{address}>", **more)


def public(key: Tsk) -> str:
    return str(key.extract_certificate())


def smime(
    address: str = KIM,
    *,
    key: Any = None,
    bits: int = 2048,
    days: int = 365,
    begins: datetime | None = None,
    usage: bool = True,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
) -> X509:
    """A certificate for mail of this address; ``usage``: whether a key may be encrypted to it."""
    key = key or rsa.generate_private_key(65537, bits)
    begins = begins or datetime.now(UTC) - timedelta(days=1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kim")])
    uses = dict.fromkeys(("data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False)
    uses |= dict.fromkeys(("encipher_only", "decipher_only", "content_commitment"), False)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
        .add_extension(x509.KeyUsage(digital_signature=True, key_encipherment=usage, **uses), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return X509(key, made)


def elliptic() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def own_file(path: Path, content: bytes | str) -> Path:
    """A file for its owner alone."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)
    return path
