"""The reports themselves, kept under the SHA-256 of their bytes as they came; written whole or not at all.

The files of incidents, and mails with theirs, are kept in the same way, in a folder of their own.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

import zstandard

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.wrappers import EMPTY_ZIP, GZIP, ZIP, ZSTD

_CHUNK: Final = 4 * 2**20
_LEVEL: Final = 1  # a ninth of the size, for less time than writing the bytes as they came
_PACKED: Final = (GZIP, ZIP, EMPTY_ZIP, ZSTD)


@dataclass(frozen=True, slots=True)
class Archived:
    """One report in the archive: the SHA-256 of its bytes (hexadecimal), its size in bytes, the name it came under."""

    content: str
    size: int
    file_name: str


class Archive:
    """All reports ever received by one installation."""

    def __init__(self, home: Path, name: str = "archive") -> None:
        self.folder = home / name

    def _places(self, content: str) -> tuple[Path, Path]:
        """Where the report with this SHA-256 may lie: compressed by us, or as it came."""
        folder = self.folder / content[:2]
        return folder / f"{content}.zst", folder / content

    def holds(self, content: str) -> bool:
        """Whether the report is there; retention takes reports out."""
        return any(place.exists() for place in self._places(content))

    def open(self, content: str, *, size: int | None = None) -> BinaryIO:
        """The bytes of a report as they came; FileNotFoundError where it is not there any more.

        ``size``: how many came; with it a file that was cut short or damaged is BadInput, and no end of the report.
        """
        compressed, plain = self._places(content)
        if compressed.exists():
            stream = cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(compressed.open("rb"), closefd=True))
            return stream if size is None else cast("BinaryIO", _Whole(stream, compressed, size))
        if size is not None and plain.stat().st_size != size:
            raise _damaged(plain)
        return plain.open("rb")

    def remove(self, content: str) -> None:
        """Wipe a report, as retention demands."""
        for place in self._places(content):
            place.unlink(missing_ok=True)

    def keep(self, stream: BinaryIO, file_name: str) -> Archived:
        """Copy a stream into the archive; the same bytes are kept once. What does not come packed is compressed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        size = 0
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="arriving-", delete=False) as copy:
            arriving = Path(copy.name)
            try:
                chunk = stream.read(_CHUNK)
                packed = chunk.startswith(_PACKED)
                compressor = zstandard.ZstdCompressor(_LEVEL, write_checksum=True)
                target = copy if packed else compressor.stream_writer(copy, closefd=False)
                while chunk:
                    digest.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
                    chunk = stream.read(_CHUNK)
                if not packed:
                    target.close()
                copy.flush()
                os.fsync(copy.fileno())
                self._settle(arriving, self._places(digest.hexdigest())[1 if packed else 0])
            finally:
                arriving.unlink(missing_ok=True)  # no half report stays; a whole one has its name by now
        return Archived(digest.hexdigest(), size, file_name)

    def _settle(self, arriving: Path, place: Path) -> None:
        place.parent.mkdir(exist_ok=True)
        arriving.rename(place)


class _Whole:
    """Reads on to the size that a report had when it came, and takes nothing less."""

    def __init__(self, stream: BinaryIO, path: Path, size: int) -> None:
        self._stream, self._path, self._size, self._left = stream, path, size, size

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        try:
            data = self._stream.read(size)
        except zstandard.ZstdError as error:
            raise _damaged(self._path) from error
        self._left -= len(data)
        if self._left < 0 or (not data and self._left and size):
            raise _damaged(self._path)
        return data

    def tell(self) -> int:
        """How many bytes were read."""
        return self._size - self._left

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _damaged(path: Path) -> BadInput:
    return BadInput("the report is damaged in the archive.", where=str(path), remedy="Restore it from a backup.")
