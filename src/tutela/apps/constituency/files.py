"""Constituency files as bytes: only real files, gzip taken off, and no more than a sane size."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tutela.core.errors import BadInput, WrongUse

MAXIMUM_BYTES: Final = 2 * 2**30
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it came: what to call it, its content without wrapper, and the SHA-256 of its bytes."""

    path: str
    data: bytes
    digest: str


def read_file(path: str) -> SourceFile:
    """Read a file, or standard input for ``-``."""
    if path == "-":
        return _unwrapped("standard input", _limited(sys.stdin.buffer, "standard input"))
    file = Path(path)
    if not file.exists():
        raise WrongUse("there is no such file.", where=path, remedy="Check the path.")
    if not file.is_file():
        raise WrongUse("is no regular file.", where=path, remedy="Name the files one by one.")
    try:
        with file.open("rb") as opened:
            return _unwrapped(path, _limited(opened, path))
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=path, remedy="Check its permissions.") from error


def _unwrapped(path: str, data: bytes) -> SourceFile:
    digest = hashlib.sha256(data).hexdigest()
    if not data.startswith(_GZIP):
        return SourceFile(path, data, digest)
    try:
        return SourceFile(path, _limited(gzip.GzipFile(fileobj=io.BytesIO(data)), path), digest)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput("is a damaged gzip file.", where=path, remedy="Fetch it again.") from error


def _limited(file: IO[bytes] | gzip.GzipFile, path: str) -> bytes:
    data = file.read(MAXIMUM_BYTES + 1)
    if len(data) > MAXIMUM_BYTES:
        raise BadInput(f"is larger than {MAXIMUM_BYTES // 2**30} GiB.", where=path, remedy="Split it.")
    return data
