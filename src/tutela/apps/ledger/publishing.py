"""Writes checkpoint and tiles as static files, each once: the ledger for others, served by any web server.

Tiles come first and the checkpoint last, each under a name of its own until it is whole: whoever reads meanwhile sees
an older ledger, never a broken one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutela.core.errors import BadInput, Conflict, Unavailable
from tutela.core.ledger.checkpoint import read
from tutela.core.ledger.merkle import EMPTY_ROOT
from tutela.core.ledger.note import parse
from tutela.core.ledger.tiles import Tile, levels, tiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutela.apps.ledger.tiles import Levels
    from tutela.core.ledger.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Published:
    """How many entries the published checkpoint covers, and how many tiles were written for it."""

    size: int
    written: int


def publish(folder: Path, signed: bytes, head: Checkpoint, hashes: Levels, *, with_entries: bool) -> Published:
    """Bring a folder to this head; raises `Conflict` when it holds another ledger, or this one does not verify."""
    hashes.made(
        head, lambda subtree: subtree(0, head.size) if head.size else EMPTY_ROOT, lambda root: root == head.root
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _same_log(folder, head, hashes)
        written = 0
        for tile in _all(head.size, with_entries=with_entries):
            written += _lay(folder / tile.path(), hashes, tile)
        _replace(folder / "checkpoint", signed)
    except OSError as error:
        raise Unavailable(f"The tiles cannot be written ({error.strerror}).", where=str(folder)) from error
    return Published(head.size, written)


def _all(size: int, *, with_entries: bool) -> Iterator[Tile]:
    for level in levels(size):
        yield from tiles(size, level)
    if with_entries:
        yield from tiles(size, None)


def _same_log(folder: Path, head: Checkpoint, hashes: Levels) -> None:
    """What was published before must be the beginning of what is published now."""
    try:
        before = read(parse((folder / "checkpoint").read_bytes()).text)
    except FileNotFoundError:
        return
    except BadInput as error:
        raise Conflict("Its checkpoint is none.", where=str(folder), remedy="Name an empty folder.") from error
    root = hashes.subtree_root(0, before.size) if 0 < before.size <= head.size else EMPTY_ROOT
    if before.origin != head.origin or before.size > head.size or before.root != root:
        raise Conflict(
            f"It holds {before.size} entries of {before.origin}, which the present ledger does not continue.",
            where=str(folder),
            remedy="Name another folder; keep this one, it is evidence.",
        )


def _lay(path: Path, hashes: Levels, tile: Tile) -> int:
    if path.exists():
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, hashes.tile(tile))
    if tile.is_complete:  # its partial forms have served their time
        shutil.rmtree(path.with_name(f"{path.name}.p"), ignore_errors=True)
    return 1


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
