"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole_file(path: Path, *, flush: bool) -> Iterator[Path]:
    """Where to write what takes the name ``path`` when the block ends; with ``flush`` it is on the disk by then.

    A power cut may take the content of a file that was not flushed and leave its name.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    yield unfinished
    if flush:
        flush_to_disk(unfinished)
    unfinished.rename(path)
    if flush:
        flush_to_disk(path.parent)


def flush_to_disk(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk and not only in memory."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
