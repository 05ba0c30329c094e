"""The reports themselves, kept under the SHA-256 of their bytes; written whole or not at all, never changed."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from tutela.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Archived:
    """One report in the archive: the SHA-256 of its bytes (hexadecimal), its size in bytes, the name it came under."""

    content: str
    size: int
    file_name: str


class Archive:
    """All reports ever received by one installation."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "archive"

    def path(self, content: str) -> Path:
        """Where the report with this SHA-256 lies."""
        return self.folder / content[:2] / content

    def keep(self, stream: BinaryIO, file_name: str) -> Archived:
        """Copy a stream into the archive; the same bytes are kept once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        size = 0
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="arriving-", delete=False) as copy:
            arriving = Path(copy.name)
            try:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
                target = self.path(digest.hexdigest())
                target.parent.mkdir(exist_ok=True)
                arriving.rename(target)
            except BaseException:
                arriving.unlink(missing_ok=True)
                raise
        return Archived(digest.hexdigest(), size, file_name)


def regular_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The plain files that ``paths`` name, folders walked in alphabetical order; anything else is refused."""
    for path in paths:
        mode = _mode(path)
        if stat.S_ISDIR(mode):
            yield from regular_files(sorted(entry for entry in path.iterdir() if not entry.name.startswith(".")))
        elif stat.S_ISREG(mode):
            yield path
        else:
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
            raise BadInput(f"is {kind}, and is not read", where=str(path), remedy="Give the path of the report itself.")


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError as error:
        raise BadInput(
            f"cannot be read: {error.strerror}", where=str(path), remedy="Check the path and the permissions."
        ) from error
