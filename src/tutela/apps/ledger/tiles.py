"""The hashes of the tree by level, so that a proof reads a few of them however long the ledger is.

::

    $TUTELA_HOME/ledger/tiles/1     one hash of 32 bytes for each 256 entries, in their order
    $TUTELA_HOME/ledger/tiles/2     one for each 256 of those; and so on
    $TUTELA_HOME/ledger/tiles/lock.1  held while a level is caught up

Level 0 is the table itself. The files are a cache and never believed: what is made of them is compared with the signed
root before anybody gets it, and they are made anew where it does not fit.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tutela.apps.ledger.reading import column
from tutela.core.errors import Conflict, Unavailable
from tutela.core.ledger import tiles
from tutela.core.ledger.merkle import HASH_BYTES, root_of
from tutela.core.ledger.tiles import WIDTH, Tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import TypeVar

    from tutela.core.ledger.checkpoint import Checkpoint
    from tutela.core.ledger.merkle import SubtreeRoot

    Made = TypeVar("Made")


class Levels:
    """The hashes of one ledger, level by level."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "ledger" / "tiles"

    def made(self, head: Checkpoint, make: Callable[[SubtreeRoot], Made], fits: Callable[[Made], bool]) -> Made:
        """What ``make`` makes of subtree roots, once it fits; raises `Conflict` when it does not from fresh files."""
        for is_fresh in (False, True):
            if is_fresh:
                self.forget()
            found = make(self.subtree_root)
            if fits(found):
                return found
        raise Conflict(
            f"The entries do not lead to the signed root over {head.size} of them.", remedy="Run tutela ledger verify."
        )

    def subtree_root(self, start: int, end: int) -> bytes:
        """The root over the entries ``start <= seq < end`` of a subtree."""
        return tiles.subtree_root(start, end, self.hashes)

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Some hashes of a level."""
        if level == 0:
            return list(column("leaf_hash", start, end))
        try:
            if self._has(level) < end:
                self._catch_up(level, end)
            with (self._folder / str(level)).open("rb") as file:
                file.seek(start * HASH_BYTES)
                data = file.read((end - start) * HASH_BYTES)
        except OSError as error:
            raise Unavailable(
                f"The cache of hashes cannot be used ({error.strerror}).", where=str(self._folder)
            ) from error
        return [data[place : place + HASH_BYTES] for place in range(0, len(data), HASH_BYTES)]

    def tile(self, tile: Tile) -> bytes:
        """A tile as it is served; the tree must have it."""
        if tile.level is None:
            return tiles.bundle(column("leaf", tile.start, tile.start + tile.width))
        return b"".join(self.hashes(tile.level, tile.start, tile.start + tile.width))

    def forget(self) -> None:
        """Take the files away; they are made again when they are asked for."""
        for path in self._folder.glob("[0-9]"):
            with suppress(OSError):
                path.unlink()

    def _has(self, level: int) -> int:
        try:
            return (self._folder / str(level)).stat().st_size // HASH_BYTES
        except FileNotFoundError:
            return 0

    def _catch_up(self, level: int, end: int) -> None:
        with self._locked(level):
            begin = self._has(level)
            with (self._folder / str(level)).open("ab") as file:
                file.truncate(begin * HASH_BYTES)  # a crash may have left half a hash
                for group in self._groups(level - 1, begin, end):
                    file.write(root_of(group))

    def _groups(self, level: int, begin: int, end: int) -> Iterator[Sequence[bytes]]:
        """The hashes below, 256 for each of ``begin`` to ``end``; the table is read page by page."""
        if level > 0:
            for number in range(begin, end):
                yield self.hashes(level, number * WIDTH, (number + 1) * WIDTH)
            return
        group: list[bytes] = []
        for one in column("leaf_hash", begin * WIDTH, end * WIDTH):
            group.append(one)
            if len(group) == WIDTH:
                yield group
                group = []

    @contextmanager
    def _locked(self, level: int) -> Iterator[None]:
        """One lock for each level, for whoever makes one may have to make the one below it first."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / f"lock.{level}").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
