"""Constituency files as bytes: only regular files, wrappers taken off, and no more than a sane size."""

from __future__ import annotations

import hashlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from tutela.core.errors import BadInput, WrongUse
from tutela.core.feeds.formats.limits import GIB, Limits
from tutela.core.feeds.formats.wrappers import unwrap
from tutela.lake.incoming import open_regular

if TYPE_CHECKING:
    from tutela.core.feeds.formats.wrappers import Part

LIMITS: Final = Limits(unwrapped=2 * GIB, ratio=100, members=1)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it came: what to call it, its content without wrapper, and the SHA-256 of its bytes."""

    path: str
    data: bytes
    digest: str


def read_file(path: str) -> SourceFile:
    """Read a file, or standard input for ``-``. Raises WrongUse (no file), BadInput (damaged, a bomb, too large)."""
    if path == "-":
        return _source("standard input", sys.stdin.buffer)
    try:
        opened = open_regular(Path(path))
    except BadInput as error:
        raise WrongUse(error.what, where=path, remedy=error.remedy) from error
    with opened:
        return _source(path, opened)


def _source(path: str, stream: BinaryIO) -> SourceFile:
    try:
        packed = stream.read(LIMITS.unwrapped + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=path, remedy="Check its disk.") from error
    if len(packed) > LIMITS.unwrapped:
        raise BadInput(f"is larger than {LIMITS.unwrapped // GIB} GiB.", where=path, remedy="Split it.")
    try:
        content = b"".join(_content(part, path) for part in unwrap(io.BytesIO(packed), limits=LIMITS))
    except BadInput as error:
        raise BadInput(error.what, where=path, remedy=error.remedy) from error
    return SourceFile(path, content, hashlib.sha256(packed).hexdigest())


def _content(part: Part, path: str) -> bytes:
    pieces = list(iter(lambda: part.stream.read(2**20), b""))
    if part.stream.fault:
        raise BadInput(f"is a damaged {' in '.join(part.wrappers)} file.", where=path, remedy="Fetch it again.")
    return b"".join(pieces)
