"""C2SP tlog-proof (https://c2sp.org/tlog-proof): a receipt that proves an entry without the log at hand.

The entry itself travels as the receipt's extra data: what is proven is in the hand of whoever holds the receipt.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.checkpoint import Checkpoint, number, open_checkpoint
from tutela.core.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from tutela.core.ledger.note import LARGEST_NOTE, Verifier, decode_base64

MAGIC = "c2sp.org/tlog-proof@v1"
_LONGEST_PATH = 63


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry, its place, the path to the root, and the signed checkpoint that holds the root."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    entry: bytes | None = None

    def text(self) -> str:
        """The receipt as its file holds it (``.tlog-proof``)."""
        lines = [MAGIC]
        if self.entry is not None:
            lines.append(f"extra {base64.b64encode(self.entry).decode()}")
        lines.append(f"index {self.index}")
        lines.extend(base64.b64encode(step).decode() for step in self.path)
        return "\n".join(lines) + "\n\n" + self.checkpoint.decode()

    def verify(self, log: Verifier, entry: bytes | None = None) -> Checkpoint:
        """Believe the receipt: the signed head under which the entry stands; raises `Conflict` when it does not.

        ``entry`` is the canonical JSON of the entry; without it the one that travels with the receipt is proven.
        """
        leaf = self.entry if entry is None else entry
        if leaf is None:
            raise BadInput("The receipt does not hold its entry.", remedy="Give the entry beside it.")
        head = open_checkpoint(self.checkpoint, log)
        if not verify_inclusion(leaf_hash(leaf), self.index, head.size, self.path, head.root):
            raise Conflict(f"The receipt does not lead from its entry to the root of {head.origin}.")
        return head


def parse(data: bytes) -> Receipt:
    """Read a receipt; raises `BadInput` when it is none. Nothing is believed before `Receipt.verify`."""
    if len(data) > 2 * LARGEST_NOTE:
        raise BadInput("The receipt is too long to be one.")
    head, separator, checkpoint = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if lines.pop(0) != MAGIC or not separator:
        raise BadInput(f"This is no receipt: its first line is not {MAGIC}.")
    entry = decode_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise BadInput("The receipt does not say which entry it is of.")
    index = number(lines.pop(0)[6:])
    path = tuple(decode_base64(line) for line in lines)
    if len(path) > _LONGEST_PATH or any(len(step) != HASH_BYTES for step in path):
        raise BadInput("The path in the receipt is no list of SHA-256 hashes.")
    return Receipt(index, path, checkpoint, entry)
