"""A mail in the form in which it goes out: signed and encrypted (RFC 3156, RFC 8551), with its header (RFC 9788)."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from pysequoia import Cert, SignatureMode, encrypt, sign

from tutela.apps.notices.keys import Keys
from tutela.core.mailkeys.certificate import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutela.apps.notices.keys import OpenPGPKey, SMIMEKey
    from tutela.core.mailkeys.certificate import Certificate

_OF_THE_MAIL: Final = frozenset({"mime-version"})
_LINE: Final = 76


class Unusable(Exception):  # noqa: N818 - what the key is
    """The recipient has certificates, and to none of them can be encrypted now: the mail must wait."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A mail as its bytes. Fingerprints: of the key that signed it and of those it is encrypted to; empty where not."""

    sender: str
    recipient: str
    data: bytes
    signed_by: str = ""
    encrypted_to: tuple[str, ...] = ()


def seal(mail: EmailMessage, certificates: Sequence[Certificate], keys: Keys, subject: str) -> Sealed:
    """The mail for who holds these certificates (all usable; OpenPGP goes before S/MIME; none: in clear).

    Of the header of an encrypted mail only what carries it stays outside, with ``subject`` in place of its own. The
    bytes are new each time: a signature says when it was made, and a key for the content is used once. Raises Unusable.
    """
    sender, recipient = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
    if not certificates and keys == Keys():
        return Sealed(sender, recipient, mail.as_bytes())
    outer = _fields(mail)
    if not certificates:
        content, signed_by = _signed(mail, keys)
        return Sealed(sender, recipient, _header(outer) + content, signed_by)
    outer["Subject"] = subject
    chosen = [one for one in certificates if one.kind is Kind.OPENPGP] or list(certificates)
    cover = _encrypted_openpgp if chosen[0].kind is Kind.OPENPGP else _encrypted_smime
    try:
        content, signed_by = cover(_protected(mail, outer), chosen, keys)
    except (RuntimeError, ValueError, TypeError) as error:  # what libraries say of keys is made for their developers
        raise Unusable("it cannot be encrypted to the certificate of the contact") from error
    return Sealed(sender, recipient, _header(outer) + content, signed_by, tuple(one.fingerprint for one in chosen))


def _fields(mail: EmailMessage) -> dict[str, str]:
    """What stands in the header of the mail itself, but not of its content."""
    return {
        name: str(value)
        for name, value in mail.items()
        if not name.lower().startswith("content-") and name.lower() not in _OF_THE_MAIL
    }


def _header(fields: dict[str, str]) -> bytes:
    """Fields as bytes; the library folds and encodes them."""
    head = EmailMessage(policy=SMTP)
    for name, value in fields.items():
        head[name] = value
    head["MIME-Version"] = "1.0"
    return bytes(head).rstrip(b"\r\n") + b"\r\n"


def _signed(mail: EmailMessage, keys: Keys) -> tuple[bytes, str]:
    """Content of a mail that anybody can read, signed by one of the keys, S/MIME first: office programs verify it."""
    if keys.smime is not None:
        return _signed_smime(_protected(mail), keys.smime), keys.smime.public.fingerprint
    if keys.openpgp is not None:
        return _signed_openpgp(_protected(mail), keys.openpgp), keys.openpgp.public.fingerprint
    raise ValueError("there is no key to sign with")


def _protected(mail: EmailMessage, outer: dict[str, str] | None = None) -> bytes:
    """A mail whole, with its header inside, so that that is signed too. ``outer``: the header that others can read."""
    inner = EmailMessage(policy=SMTP)
    for name, value in mail.items():
        if name.lower() not in _OF_THE_MAIL:
            inner[name] = str(value)
    for name, value in (outer or {}).items():
        inner["HP-Outer"] = f"{name}: {value}"
    inner.set_param("hp", "cipher" if outer else "clear")
    inner.set_param("protected-headers", "v1")  # what programs from before RFC 9788 look for
    inner.set_payload(mail.get_payload())
    return _flat(inner)


def _flat(entity: EmailMessage) -> bytes:
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=SMTP).flatten(entity)
    return out.getvalue()


def _signed_openpgp(content: bytes, key: OpenPGPKey) -> bytes:
    """multipart/signed (RFC 3156, 5)."""
    signature = sign(key.signer, content, mode=SignatureMode.DETACHED)
    part = _part('application/pgp-signature; name="signature.asc"', _lines(signature))
    return _multipart('signed; protocol="application/pgp-signature"; micalg=pgp-sha512', content, part)


def _encrypted_openpgp(content: bytes, certificates: Sequence[Certificate], keys: Keys) -> tuple[bytes, str]:
    """multipart/encrypted, signed within where there is a key (RFC 3156, 6.2)."""
    recipients = [Cert.from_bytes(one.text.encode()) for one in certificates]
    signer = keys.openpgp.signer if keys.openpgp is not None else None
    message = encrypt(content, recipients, signer=signer)
    version = _part("application/pgp-encrypted", b"Version: 1\r\n")
    part = _part('application/octet-stream; name="encrypted.asc"', _lines(message))
    whole = _multipart('encrypted; protocol="application/pgp-encrypted"', version, part)
    return whole, keys.openpgp.public.fingerprint if keys.openpgp is not None else ""


def _signed_smime(content: bytes, key: SMIMEKey) -> bytes:
    """multipart/signed (RFC 8551, 3.5.3)."""
    builder = PKCS7SignatureBuilder().set_data(content).add_signer(key.certificate, key.private, hashes.SHA256())
    for one in key.above:
        builder = builder.add_certificate(one)
    signature = builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])
    part = _part('application/pkcs7-signature; name="smime.p7s"', _base64(signature), encoding="base64")
    return _multipart('signed; protocol="application/pkcs7-signature"; micalg=sha-256', content, part)


def _encrypted_smime(content: bytes, certificates: Sequence[Certificate], keys: Keys) -> tuple[bytes, str]:
    """application/pkcs7-mime, signed within where there is a key (RFC 8551, 3.3 and 3.7)."""
    signed_by = keys.smime.public.fingerprint if keys.smime is not None else ""
    inner = _signed_smime(content, keys.smime) if keys.smime is not None else content
    builder = PKCS7EnvelopeBuilder().set_data(inner).set_content_encryption_algorithm(AES256)
    for one in certificates:
        builder = builder.add_recipient(x509.load_pem_x509_certificate(one.text.encode()))
    message = builder.encrypt(Encoding.DER, [PKCS7Options.Binary])
    kind = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
    return _part(kind, _base64(message), encoding="base64"), signed_by


def _multipart(kind: str, *parts: bytes) -> bytes:
    """Parts as they are, byte for byte: a library that wrote them anew could break a signature."""
    boundary = secrets.token_hex(16)
    pieces = [f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()]
    for part in parts:
        pieces += [f"--{boundary}\r\n".encode(), part, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def _part(kind: str, content: bytes, *, encoding: str = "7bit") -> bytes:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content


def _lines(text: bytes) -> bytes:
    """Lines as mail has them."""
    return re.sub(rb"\r?\n", b"\r\n", text)


def _base64(data: bytes) -> bytes:
    text = base64.b64encode(data)
    return b"\r\n".join(text[start : start + _LINE] for start in range(0, len(text), _LINE)) + b"\r\n"
