"""Events that other systems sent, until a worker takes them in: each delivery a file, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tutela.core.errors import Unavailable
from tutela.lake.whole import flush_to_disk, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WAITING: Final = 20_000
"""Deliveries that wait at the most: who sends more is asked to wait."""

MOST_BYTES: Final = 2**31
"""Bytes of all that wait, so that a worker that stands still does not fill the disk."""

_TOGETHER: Final = 64 * 2**20
"""Bytes of one report that is made of many deliveries."""


class Sent:
    """What was sent to one installation and not taken in yet. Every delivery ends its last line."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "sent"

    def lay_down(self, lines: bytes) -> str:
        """Keep lines until they are taken in; gives their SHA-256. The same bytes wait once. Raises Unavailable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sizes = [entry.stat().st_size for entry in self._entries()]
        if len(sizes) >= MOST_WAITING or sum(sizes) + len(lines) > MOST_BYTES:
            raise Unavailable("too much waits to be taken in.", remedy="Send it again in a minute.")
        content = hashlib.sha256(lines).hexdigest()
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).rename(self.folder / f"{content}.ndjson")
        flush_to_disk(self.folder)
        return content

    def waiting(self) -> int:
        """How many deliveries wait."""
        return sum(1 for _ in self._entries())

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        """What lies there and is not taken away meanwhile."""
        if self.folder.is_dir():
            with os.scandir(self.folder) as found:
                yield from (entry for entry in found if entry.is_file(follow_symlinks=False) and _is_there(entry))

    def gather(self, folder: Path) -> int:
        """Move what waits into reports in ``folder``, many deliveries in one; says how many they were.

        Killed between the two, it gathers the same deliveries again: their events count once.
        """
        waiting = sorted(self.folder.glob("*.ndjson"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        for group in _groups(waiting):
            folder.mkdir(parents=True, exist_ok=True)
            name = hashlib.sha256("\n".join(file.name for file in group).encode()).hexdigest()[:16]
            # until it is whole its name ends so that whoever looks into the folder passes it over
            with whole_file(folder / f"sent-{name}.ndjson", flush=True) as place, place.open("wb") as report:
                for file in group:
                    report.write(file.read_bytes())
            for file in group:
                file.unlink()
        return len(waiting)


def _is_there(entry: os.DirEntry[str]) -> bool:
    """Whether it could be looked at; the answer is kept in the entry."""
    try:
        entry.stat()
    except FileNotFoundError:
        return False
    return True


def _groups(files: list[Path]) -> list[list[Path]]:
    groups: list[list[Path]] = []
    size = _TOGETHER
    for file in files:
        length = file.stat().st_size
        if size + length > _TOGETHER:
            groups.append([])
            size = 0
        groups[-1].append(file)
        size += length
    return groups
