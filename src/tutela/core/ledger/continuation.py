"""A proof that one head of the ledger continues an older one, in a file of its own.

The form is the body of the request ``add-checkpoint`` of C2SP tlog-witness (https://c2sp.org/tlog-witness), so that the
same bytes can be given to a witness::

    old 20
    base64 of a hash        as many as the proof has
    …

    the new checkpoint, signed
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tutela.core.errors import BadInput
from tutela.core.ledger.checkpoint import number
from tutela.core.ledger.merkle import HASH_BYTES
from tutela.core.ledger.note import LARGEST_NOTE, decode_base64

MARK = "old "
_LONGEST_PATH = 63


@dataclass(frozen=True, slots=True)
class Continuation:
    """The size of the older head, the path from it, and the newer checkpoint as bytes; nothing is believed yet."""

    first: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def text(self) -> str:
        """The proof as its file holds it."""
        steps = "".join(f"{base64.b64encode(step).decode()}\n" for step in self.path)
        return f"{MARK}{self.first}\n{steps}\n{self.checkpoint.decode()}"


def parse(data: bytes) -> Continuation:
    """Read such a proof; raises `BadInput` when it is none."""
    if len(data) > 2 * LARGEST_NOTE:
        raise BadInput("The proof is too long to be one.")
    head, separator, checkpoint = data.partition(b"\n\n")
    first, *rest = head.decode("utf-8", "replace").split("\n")
    if not separator or not first.startswith(MARK):
        raise BadInput("This is no proof that a checkpoint continues another: it does not say which.")
    path = tuple(decode_base64(line) for line in rest)
    if len(path) > _LONGEST_PATH or any(len(step) != HASH_BYTES for step in path):
        raise BadInput("The path in the proof is no list of SHA-256 hashes.")
    return Continuation(number(first.removeprefix(MARK)), path, checkpoint)
