"""C2SP signed note (https://c2sp.org/signed-note) with Ed25519: a text, a blank line, a line per signature.

Keys are written as the whole ecosystem writes them: ``name+hash+base64`` for verifiers,
``PRIVATE+KEY+name+hash+base64`` for signers. Signatures by unknown keys are kept and ignored: that is how witnesses
cosign and keys change.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tutela.core.errors import BadInput, Conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

ED25519 = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 4
LARGEST_NOTE = 2**20
MOST_SIGNATURES = 100
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who says so (key name and 4-byte key id) and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, kind of signature and public key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """The key as one hands it to others."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read ``name+hash+base64``; raises `BadInput` when it is no Ed25519 key or its hash is not its own."""
        name, hashed, public = read_key(text, ED25519)
        verifier = cls(name, public)
        if hashed != verifier.key_id.hex():
            raise BadInput(f"The hash in the verifier key of {verifier.name} is not that of its key.")
        return verifier

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether this key made ``signature`` over ``text``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key (its 32-byte seed) under a name."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a name that no note may hold."""
        _checked_name(self.name)

    def __str__(self) -> str:
        """Never the key itself: this goes into logs."""
        return f"signer {self.name}"

    def private_text(self) -> str:
        """The key as it is kept in its file."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier().key_id.hex()}+{encode_base64(ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read ``PRIVATE+KEY+name+hash+base64``."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:  # noqa: PLR2004 - two words, name, hash, key
            raise BadInput("This is no signing key.", remedy="It has the form PRIVATE+KEY+name+hash+base64.")
        signer = cls(_checked_name(parts[2]), _checked_key(parts[4]))
        if parts[3] != signer.verifier().key_id.hex():
            raise BadInput(f"The hash in the signing key of {signer.name} is not that of its key.")
        return signer

    def verifier(self) -> Verifier:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, text: str) -> Signature:
        """Sign ``text``, final newline included."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return Signature(self.name, self.verifier().key_id, signature)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it; nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The note as bytes on disk and wire, decoded."""
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    def verified_by(self, verifiers: Sequence[Verifier]) -> tuple[str, ...]:
        """The names of the known keys that signed; raises `Conflict` if one of them did not, or if none is there."""
        known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
        names: list[str] = []
        for signature in self.signatures:
            verifier = known.get((signature.name, signature.key_id))
            if verifier is None:
                continue
            if not verifier.verifies(self.text, signature.signature):
                raise Conflict(f"The signature of {signature.name} is not over this text.")
            names.append(verifier.name)
        if not names:
            raise Conflict("No known key has signed this text.")
        return tuple(dict.fromkeys(names))


def sign(text: str, signers: Sequence[Signer]) -> Note:
    """Sign ``text``, which ends in a newline."""
    if not text.endswith("\n") or _has_control(text):
        raise BadInput("The text of a signed note ends in a newline and holds no control characters.")
    return Note(text, tuple(signer.sign(text) for signer in signers))


def parse(data: bytes) -> Note:
    """Read a note; raises `BadInput` for whatever the specification refuses."""
    if len(data) > LARGEST_NOTE:
        raise BadInput(f"A signed note of more than {LARGEST_NOTE} bytes is not read.")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("A signed note is UTF-8 text; this is not.") from error
    split = whole.rfind("\n\n")
    if split < 0 or not whole.endswith("\n") or _has_control(whole):
        raise BadInput("This is no signed note: text, a blank line, then signature lines.")
    lines = whole[split + 2 :].split("\n")[:-1]
    if not 0 < len(lines) <= MOST_SIGNATURES:
        raise BadInput(f"A signed note has between 1 and {MOST_SIGNATURES} signatures; this has {len(lines)}.")
    return Note(whole[: split + 1], tuple(_signature(line) for line in lines))


def _signature(line: str) -> Signature:
    name, separator, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not separator:
        raise BadInput("A signature line is an em dash, the key's name and the signature in base64.")
    raw = decode_base64(encoded)
    if len(raw) <= KEY_ID_BYTES:
        raise BadInput(f"The signature of {name} is too short.")
    return Signature(_checked_name(name), raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def decode_base64(text: str) -> bytes:
    """Read standard base64 strictly: one spelling per value, so that nothing can be changed unseen."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("This is not standard base64.") from error
    if encode_base64(raw) != text:
        raise BadInput("This is not standard base64: its unused bits are not zero.")
    return raw


def encode_base64(raw: bytes) -> str:
    """Write standard base64."""
    return base64.b64encode(raw).decode()


def read_key(text: str, kind: bytes) -> tuple[str, str, bytes]:
    """Name, hash and key out of ``name+hash+base64``; raises `BadInput` where it is of another kind, or none."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004 - name, hash, key
        raise BadInput("This is no verifier key.", remedy="It has the form name+hash+base64.")
    return _checked_name(parts[0]), parts[1], _checked_key(parts[2], kind)


def _checked_name(name: str) -> str:
    if not name or "+" in name or any(character.isspace() for character in name) or _has_control(name):
        raise BadInput("The name of a key is not empty and holds no space and no plus sign.")
    return name


def _checked_key(encoded: str, kind: bytes = ED25519) -> bytes:
    raw = decode_base64(encoded)
    if raw[:1] != kind or len(raw) != 1 + KEY_BYTES:
        raise BadInput(f"Only Ed25519 keys (kind {kind[0]}, 32 bytes) are known here.")
    return raw[1:]


def _has_control(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)
