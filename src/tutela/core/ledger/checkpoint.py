"""C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint): the size and the root of the tree, signed by the log."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from tutela.core.ledger.note import Note, Signer, Verifier, decode_base64, parse, sign

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree: the log's ``origin``, the number of leaves and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text that is signed; no extension lines, which nobody could audit."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, signer: Signer) -> Note:
        """The checkpoint under the log's signature."""
        return sign(self.text(), [signer])


def empty(origin: str) -> Checkpoint:
    """The head of a log before its first entry."""
    return Checkpoint(origin, 0, EMPTY_ROOT)


def read(text: str) -> Checkpoint:
    """Read the text of a checkpoint (its signatures are another matter); extension lines are accepted and not kept."""
    lines = text.split("\n")
    if len(lines) <= _LINES or lines.pop() or not all(lines):
        raise BadInput("A checkpoint has three lines or more, none empty: origin, size, root.")
    root = decode_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise BadInput("The root in a checkpoint is a SHA-256 hash.")
    return Checkpoint(lines[0], number(lines[1]), root)


def number(text: str) -> int:
    """Read a decimal number without leading zeros, as checkpoints and proofs write it."""
    if not _NUMBER.fullmatch(text):
        raise BadInput("This is no decimal number without leading zeros.")
    return int(text)


def open_checkpoint(data: bytes, log: Verifier) -> Checkpoint:
    """Read a signed checkpoint and believe it: ``log`` must have signed it, and its origin must be that log's."""
    note = parse(data)
    note.verified_by([log])
    checkpoint = read(note.text)
    if checkpoint.origin != log.name:
        raise Conflict(f"The checkpoint is of the log {checkpoint.origin}, not of {log.name}.")
    return checkpoint
