"""The tree cut into tiles, as C2SP tlog-tiles (https://c2sp.org/tlog-tiles) serves it: plain files for any web server.

A tile of level L holds up to 256 hashes: each is the root over 256**L entries that follow each other. A tile with all
its 256 hashes never changes again; the last of a level is partial and says in its name how wide it is.

::

    tile/0/x001/x234/067        the hashes of entries 1234067 * 256 and the 255 after it
    tile/1/000.p/7              the first 7 hashes of level 1
    tile/entries/000            the first 256 entries themselves, each behind its length in two bytes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.entry import LARGEST_ENTRY
from tutela.core.ledger.merkle import HASH_BYTES, Frontier, root_of

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
_LENGTH_BYTES: Final = 2
_HIGHEST: Final = 7
"""Eight levels hold 2**64 entries."""

_PATH: Final = re.compile(
    r"(?P<level>[0-7]|entries)/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)

Hashes = Callable[[int, int, int], Sequence[bytes]]
"""Gives the hashes ``start <= n < end`` of a level; no more than one tile of them is asked for at once."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: its level (None: the entries themselves), its number there, and how wide it is."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def start(self) -> int:
        """The number of its first hash or entry on its level."""
        return self.number * WIDTH

    @property
    def is_complete(self) -> bool:
        """Whether it will never change again."""
        return self.width == WIDTH

    def is_under(self, size: int) -> bool:
        """Whether a tree of ``size`` entries has all of it."""
        return self.start + self.width <= count(self.level or 0, size)

    def path(self) -> str:
        """Where it lies, below the address of the log."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        part = "" if self.is_complete else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{part}"


def read_path(path: str) -> Tile:
    """Read what follows ``tile/`` in a path; raises `BadInput` for all but the one spelling of a tile."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise BadInput("This is no path of a tile.")
    level = None if found["level"] == "entries" else int(found["level"])
    number = int(re.sub("[x/]", "", found["number"]))
    tile = Tile(level, number, int(found["width"] or WIDTH))
    if tile.width > WIDTH or tile.path() != f"tile/{path}":  # zeros in front, or a partial tile of full width
        raise BadInput("This is no path of a tile.")
    return tile


def count(level: int, size: int) -> int:
    """How many hashes a level has in a tree of ``size`` entries."""
    return size >> (HEIGHT * level)


def tiles(size: int, level: int | None) -> Iterator[Tile]:
    """The tiles of one level, the partial one last."""
    whole, rest = divmod(count(level or 0, size), WIDTH)
    yield from (Tile(level, number) for number in range(whole))
    if rest:
        yield Tile(level, whole, rest)


def levels(size: int) -> range:
    """The levels that a tree of ``size`` entries has."""
    return range(next((level for level in range(_HIGHEST + 1) if not count(level, size)), _HIGHEST + 1))


def subtree_root(start: int, end: int, hashes: Hashes) -> bytes:
    """The root over the entries ``start <= n < end`` of a subtree of the tree, from a few hashes of each level."""
    peaks = []
    position = start
    for bit in reversed(range((end - start).bit_length())):
        if (end - start) >> bit & 1:
            level = bit // HEIGHT
            first = position >> (HEIGHT * level)
            peaks.append(root_of(hashes(level, first, first + (1 << bit % HEIGHT))))
            position += 1 << bit
    return Frontier(end - start, peaks).root()


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as a tile of them holds them."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries in a tile of them; raises `BadInput` when it is cut short."""
    found, place = [], 0
    while place < len(data):
        begin = place + _LENGTH_BYTES
        place = begin + int.from_bytes(data[place:begin], "big")
        if begin > len(data) or place > len(data):
            raise BadInput("A tile of entries is cut short.")
        found.append(data[begin:place])
    return found


LARGEST_BUNDLE: Final = WIDTH * (LARGEST_ENTRY + _LENGTH_BYTES)

Fetch = Callable[[str], bytes | None]
"""Gives what lies at a path below the address of a log; None when nothing does."""


@dataclass(slots=True)
class Reader:
    """Hashes of a tree of ``size`` entries from its tiles, wherever they lie; each tile is fetched once."""

    size: int
    fetch: Fetch
    _kept: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Some hashes of one tile; raises `Conflict` when the tile is not there or not what it should be."""
        number = start // WIDTH
        if (level, number) not in self._kept:
            self._kept[level, number] = self._tile(level, number)
        base = number * WIDTH
        return self._kept[level, number][start - base : end - base]

    def _tile(self, level: int, number: int) -> list[bytes]:
        width = min(WIDTH, count(level, self.size) - number * WIDTH)
        tile = Tile(level, number, width)
        data = self.fetch(tile.path())
        if data is None and not tile.is_complete:  # the log grew: it may keep the complete tile alone
            data = self.fetch(Tile(level, number).path())
        if data is None or len(data) < width * HASH_BYTES or len(data) > WIDTH * HASH_BYTES:
            raise Conflict("A tile of the log is missing, or is none.", where=tile.path())
        return [data[place : place + HASH_BYTES] for place in range(0, width * HASH_BYTES, HASH_BYTES)]

    def subtree_root(self, start: int, end: int) -> bytes:
        """The root over some entries, as proofs ask for it."""
        return subtree_root(start, end, self.hashes)
