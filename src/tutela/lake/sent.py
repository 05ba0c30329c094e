"""Events that other systems sent, until a worker takes them in: each delivery a file, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from tutela.core.errors import Unavailable
from tutela.lake.whole import flush_to_disk, whole_file

MOST_WAITING: Final = 20_000
"""Deliveries that wait at the most: who sends more is asked to wait."""

_TOGETHER: Final = 64 * 2**20
"""Bytes of one report that is made of many deliveries."""


class Sent:
    """What was sent to one installation and not taken in yet. Every delivery ends its last line."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "sent"

    def lay_down(self, lines: bytes) -> str:
        """Keep lines until they are taken in; gives their SHA-256. The same bytes wait once. Raises Unavailable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.waiting() >= MOST_WAITING:
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
        try:
            return sum(1 for _ in os.scandir(self.folder))
        except FileNotFoundError:
            return 0

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
