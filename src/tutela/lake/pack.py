"""One file that holds many: a tar in a zstd frame, written in one go and read in one go, with the hash of each member.

Only plain files come out of it. What a header announces is looked at before anything of it is read: links, devices,
folders, sparse files and extended headers, which could claim any size, are refused.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from contextlib import closing
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple, Self

import zstandard

from tutela.core.backup import Member
from tutela.core.errors import BadInput, Unavailable
from tutela.core.feeds.formats.limits import Limits
from tutela.core.feeds.formats.wrappers import unwrap
from tutela.lake.incoming import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutela.core.feeds.formats.wrappers import PartStream

_LEVEL: Final = 3
_CHUNK: Final = 2**17
"""Bytes at once; with more, the library copies each of them more often."""

_LONG_NAME: Final = 4096
_NO_BOUND: Final = 2**62  # of the whole; each member has a size of its own
_REMEDY: Final = "Use another backup."


class Hashed:
    """A stream that is hashed as it is read; ``where`` is the file that it is in."""

    def __init__(self, stream: BinaryIO | IO[bytes], where: str) -> None:
        self._stream, self._where, self._digest, self.size = stream, where, hashlib.sha256(), 0

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end. Raises BadInput where a member ends before its size."""
        try:
            data = self._stream.read(size)
        except tarfile.TarError as error:
            raise _damaged(self._where) from error
        self._digest.update(data)
        self.size += len(data)
        return data

    def drain(self) -> Self:
        """Read to the end."""
        while self.read(_CHUNK):
            pass
        return self

    @property
    def member(self) -> Member:
        """Size and SHA-256 of what was read."""
        return Member(self.size, self._digest.hexdigest())


class Packer:
    """Writes members to a stream, one after the other; close it before the stream."""

    def __init__(self, stream: BinaryIO) -> None:
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._packed = compressor.stream_writer(stream, closefd=False)
        self._tar = tarfile.open(  # noqa: SIM115 - closed by `close`
            fileobj=self._packed, mode="w|", format=tarfile.GNU_FORMAT, bufsize=_CHUNK
        )
        self.members: dict[str, Member] = {}

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as it is now. Raises Unavailable where it became shorter meanwhile."""
        with path.open("rb") as file:
            self._add(name, file, os.fstat(file.fileno()).st_size, str(path))

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a file with this content."""
        self._add(name, io.BytesIO(data), len(data), name)

    def _add(self, name: str, stream: BinaryIO, size: int, where: str) -> None:
        header = tarfile.TarInfo(name)
        header.size, header.mode = size, 0o600
        hashed = Hashed(stream, where)
        readable: Any = hashed  # as in `_members`
        try:
            self._tar.addfile(header, readable)
        except OSError as error:
            if hashed.size == size:
                raise
            raise Unavailable(
                "became shorter while it was copied.", where=where, remedy="Give the same command again."
            ) from error
        _forget(self._tar)
        self.members[name] = hashed.member

    def close(self) -> None:
        """Write the end; without it the file is not whole."""
        self._tar.close()
        self._packed.close()  # type: ignore[no-untyped-call]  # the library has no type for it


def _forget(tar: tarfile.TarFile) -> None:
    """The library keeps every header that went by; there may be millions."""
    tar.members.clear()  # type: ignore[attr-defined]


class Unpacked(NamedTuple):
    """One member as it comes out: read it before the next one is asked for. ``size`` is what its header says."""

    name: str
    size: int
    stream: Hashed


def unpack(path: Path, *, ratio: int) -> Iterator[Unpacked]:
    """The members of a file that a `Packer` wrote, in their order.

    Raises BadInput for what is no such file, is cut short or damaged, holds anything but plain files, or unpacks to
    more than ``ratio`` times its size.
    """
    with closing(open_regular(path)) as packed:
        try:
            part = next(unwrap(packed, limits=Limits(unwrapped=_NO_BOUND, ratio=ratio, nesting=1)))
            yield from _members(part.stream, str(path)) if part.wrappers == ("zstd",) else _none(path)
        except (tarfile.TarError, RecursionError) as error:  # long names of long names
            raise BadInput("is no backup.", where=str(path), remedy=_REMEDY) from error
        except BadInput as error:
            raise BadInput(error.what, where=error.where or str(path), remedy=error.remedy) from error


def _none(path: Path) -> Iterator[Unpacked]:
    raise BadInput("is no backup.", where=str(path), remedy=_REMEDY)


def _members(stream: PartStream, where: str) -> Iterator[Unpacked]:
    readable: Any = stream  # the library asks for no more than `read`
    with tarfile.open(fileobj=readable, mode="r|", bufsize=_CHUNK, tarinfo=_Plain) as tar:
        while (header := tar.next()) is not None:
            content = tar.extractfile(header)
            if content is None:
                raise BadInput("is no backup.", remedy=_REMEDY)
            yield Unpacked(header.name, header.size, Hashed(content, where))
            _forget(tar)
    while stream.read(_CHUNK):  # to the end, where the frame has its own sum
        pass
    if stream.fault:
        raise _damaged(where)


def _damaged(where: str) -> BadInput:
    return BadInput("the backup is cut short or damaged.", where=where, remedy=_REMEDY)


class _Plain(tarfile.TarInfo):
    """A header that announces a plain file, or a name that is too long for a header."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """The header, judged before the library reads what it announces."""
        found = super().frombuf(buf, encoding, errors)
        is_name = found.type == tarfile.GNUTYPE_LONGNAME and found.size <= _LONG_NAME
        if not (is_name or found.type in {tarfile.REGTYPE, tarfile.AREGTYPE}) or found.size < 0:
            raise BadInput(
                f"the backup holds something that is no plain file ({found.name[:100]!r}).",
                remedy="Do not use it: Tutela did not write it so.",
            )
        return found
