"""The Merkle tree of RFC 6962, section 2.1 (the same tree as RFC 9162), over SHA-256.

A `Frontier` is all that must be kept to append: the roots of the complete subtrees that the leaves so far fill, one
per one-bit of their number. Proofs ask a function for subtree roots, so that the leaves may lie anywhere (table,
tiles, list).
Sizes and indices count leaves; every hash is 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tutela.core.errors import BadInput

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

SubtreeRoot = Callable[[int, int], bytes]
"""Gives the root over the leaves ``start <= index < end``."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one entry; the first byte keeps a leaf from ever being taken for a node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: ``size`` leaves and the ``peaks`` over them, the largest subtree first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a state that no tree has."""
        if self.size < 0 or len(self.peaks) != self.size.bit_count() or any(len(p) != HASH_BYTES for p in self.peaks):
            raise BadInput("The saved edge of the Merkle tree does not fit its size.")

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf: one peak more, or two joined as often as a carry runs."""
        carries = self.size
        while carries & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            carries >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add the hashes of the next leaves in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The Merkle tree hash over all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> Frontier:
        """A second edge that grows apart from this one."""
        return Frontier(self.size, list(self.peaks))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion_path(index: int, size: int, subtree: SubtreeRoot) -> list[bytes]:
    """Build the path from leaf ``index`` to the root over ``size`` leaves, the leaf's sibling first (section 2.1.1)."""
    if not 0 <= index < size:
        raise BadInput(f"A tree of {size} entries has no entry {index}.")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left_width(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_path(first: int, second: int, subtree: SubtreeRoot) -> list[bytes]:
    """Build the proof that the tree of ``first`` leaves is the beginning of the tree of ``second`` (section 2.1.2)."""
    if not 0 < first <= second:
        raise BadInput(f"No consistency proof leads from {first} to {second} entries.")
    path: list[bytes] = []
    start, end = 0, second
    while first != end:
        middle = start + _left_width(end - start)
        if first <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    if start:
        path.append(subtree(start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` leads from the hash ``leaf`` at ``index`` to ``root`` of ``size`` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == root


def verify_consistency(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether ``path`` shows the first tree to be the beginning of the second (RFC 9162, 2.1.4.2).

    The empty tree is the beginning of every tree and needs no path.
    """
    if first == 0:
        return second >= 0 and not path and first_root == EMPTY_ROOT
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    roots = _climb(first - 1, second - 1, steps)
    return roots == (first_root, second_root)


def _climb(position: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Fold a consistency path into both roots; None when its length does not fit the sizes."""
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, step)
        position, last = position >> 1, last >> 1
    return (old, new) if last == 0 else None


def _left_width(width: int) -> int:
    """The largest power of two below ``width`` (>= 2): how many leaves the left subtree holds."""
    width_below: int = 1 << ((width - 1).bit_length() - 1)
    return width_below
