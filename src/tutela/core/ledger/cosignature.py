"""C2SP tlog-cosignature (https://c2sp.org/tlog-cosignature) with Ed25519: a witness says what head it saw, and when.

A witness signs a head only if it continues the one that it signed before. Where a witness that one trusts has signed,
nobody was shown another ledger under its eyes, and the head was there at that time. Keys are written as those of logs,
with another kind (4), so that neither can be taken for the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.note import KEY_ID_BYTES, Note, Signature, encode_base64, read_key

KIND: Final = b"\x04"
_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness by its name and public key."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """As in the signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + KIND + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """The key as one hands it to others."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(KIND + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Witness:
        """Read ``name+hash+base64``; raises `BadInput` when it is no key of a witness or its hash is not its own."""
        name, hashed, public = read_key(text, KIND)
        witness = cls(name, public)
        if hashed != witness.key_id.hex():
            raise BadInput(f"The hash in the key of the witness {name} is not that of its key.")
        return witness

    def saw(self, note: Note) -> datetime | None:
        """When it saw this head; None where it did not sign. Raises `Conflict` where its signature is false."""
        times = []
        for one in note.signatures:
            if (one.name, one.key_id) != (self.name, self.key_id):
                continue
            seconds = int.from_bytes(one.signature[:_TIME_BYTES], "big")
            if len(one.signature) != _TIME_BYTES + _SIGNATURE_BYTES or seconds > _LATEST:
                raise Conflict(f"The cosignature of {self.name} is none.")
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(
                    one.signature[_TIME_BYTES:], _message(note.text, seconds)
                )
            except (InvalidSignature, ValueError) as error:
                raise Conflict(f"The cosignature of {self.name} is not over this checkpoint.") from error
            times.append(seconds)
        return datetime.fromtimestamp(min(times), UTC) if times else None


@dataclass(frozen=True, slots=True)
class WitnessSigner:
    """The private key (its 32-byte seed) of a witness."""

    name: str
    seed: bytes = field(repr=False)

    def private_text(self) -> str:
        """The key as it is kept in its file."""
        witness = self.witness()
        return f"PRIVATE+KEY+{self.name}+{witness.key_id.hex()}+{encode_base64(KIND + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> WitnessSigner:
        """Read ``PRIVATE+KEY+name+hash+base64``."""
        if not text.startswith("PRIVATE+KEY+"):
            raise BadInput("This is no key of a witness.", remedy="It has the form PRIVATE+KEY+name+hash+base64.")
        name, hashed, seed = read_key(text.removeprefix("PRIVATE+KEY+"), KIND)
        signer = cls(name, seed)
        if hashed != signer.witness().key_id.hex():
            raise BadInput(f"The hash in the key of the witness {name} is not that of its key.")
        return signer

    def witness(self) -> Witness:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Witness(self.name, public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def cosign(self, text: str, now: datetime) -> Signature:
        """Sign the text of a checkpoint, as seen now; whoever calls has seen that it continues the one before."""
        seconds = int(now.timestamp())
        signed = Ed25519PrivateKey.from_private_bytes(self.seed).sign(_message(text, seconds))
        return Signature(self.name, self.witness().key_id, seconds.to_bytes(_TIME_BYTES, "big") + signed)


def made(seed: bytes) -> WitnessSigner:
    """The signer of this seed, whose name is made from its public half."""
    public = WitnessSigner("x", seed).witness().public
    return WitnessSigner(f"tutela/witness/{hashlib.sha256(public).hexdigest()[:16]}", seed)


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
