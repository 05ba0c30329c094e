"""Reports as they travel: gzip, zip and zstd taken off by their first bytes, with a bound for what may come out.

Everything streams: an unpacked report never lies in memory as a whole. A stream that breaks off gives what could be
read, and says so in ``fault`` once it is at its end, so that nobody takes it for a whole report.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

import zstandard

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.limits import DEFAULT_LIMITS, MIB, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutela.core.feeds.formats.encoding import Source

GZIP, ZIP, ZSTD = b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"
EMPTY_ZIP = b"PK\x05\x06"
_CHUNK = MIB
_ZSTD_STEP = 1000
_WINDOW = 128 * MIB
_SUFFIX = re.compile(r"\.(gz|gzip|zst|zstd)$", re.IGNORECASE)


@dataclass(slots=True)
class _Budget:
    """What has come out of a report so far, against what went in."""

    limits: Limits
    packed: int = 0
    unpacked: int = 0

    def spend(self, count: int) -> None:
        """``count`` more bytes have come out; ``BadInput`` if that is too much."""
        self.unpacked += count
        if self.unpacked > self.limits.unwrapped:
            raise BadInput(
                f"the report unpacks to more than {self.limits.unwrapped // MIB} MiB.",
                remedy="Raise the limit if the source really sends so much; else it is a bomb.",
            )
        if self.unpacked > self.limits.ratio_from and self.unpacked > self.limits.ratio * max(self.packed, 1):
            raise BadInput(
                f"the report unpacks to more than {self.limits.ratio} times its size, which no real report does: a "
                f"bomb.",
                remedy="Do not read it; ask the source what it sent.",
            )


class _Counted:
    """The packed stream: counts what is read of it, and can be read again from its first bytes."""

    def __init__(self, stream: BinaryIO | Source, budget: _Budget | None) -> None:
        self._stream, self._budget = stream, budget
        self._start = b""

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes (fewer at the end), which stay there."""
        while len(self._start) < size and (data := self._stream.read(size - len(self._start))):
            self._start += data
        return self._start[:size]

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        data, self._start = (self._start[:size], self._start[size:]) if self._start else (self._stream.read(size), b"")
        if self._budget is not None:
            self._budget.packed += len(data)
        return data

    @property
    def fault(self) -> str:
        """What was wrong with the stream below."""
        return str(getattr(self._stream, "fault", ""))


class PartStream:
    """One part of a report, unpacked: ``read(size)``; ``fault`` says at the end what was wrong, if anything."""

    def __init__(self, pieces: Iterator[bytes], below: _Counted) -> None:
        self._pieces, self._below = pieces, below
        self._rest = b""
        self._fault = ""

    @property
    def fault(self) -> str:
        """Empty, or why the part is not whole."""
        return self._fault or self._below.fault

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end, also where the packed stream breaks off."""
        while not self._rest:
            try:
                piece = next(self._pieces, None)
            except (EOFError, zlib.error, zstandard.ZstdError, zipfile.BadZipFile) as error:
                self._fault = f"The packed report is cut short or damaged ({error})."
                return b""
            if piece is None:
                return b""
            self._rest = piece
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


@dataclass(frozen=True, slots=True)
class Part:
    """One report of what was delivered: its name (of the file inside, without packing suffix) and its stream.

    Parts must be read one after another: a part's stream ends when the next part is asked for.
    """

    name: str
    stream: PartStream
    wrappers: tuple[str, ...] = field(default=())


def unwrap(stream: BinaryIO, name: str = "", *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Part]:
    """The reports inside a delivery: the file itself, or what gzip, zstd or zip (each member a report) hold.

    A zip archive must be seekable. ``BadInput``: a bomb, no member or too many, too many wrappers, an encrypted or
    broken archive; it does not name the delivery, which who gave the stream does.
    """
    budget = _Budget(limits)
    yield from _unwrapped(stream, _Counted(stream, budget), name, (), budget)


def _unwrapped(
    stream: BinaryIO | PartStream, counted: _Counted, name: str, around: tuple[str, ...], budget: _Budget
) -> Iterator[Part]:
    start = counted.peek(4)
    kind = _kind(start)
    if kind is None:
        yield Part(name, PartStream(_plain(counted), counted), around)
        return
    if len(around) >= budget.limits.nesting:
        raise BadInput(
            f"the report is packed more than {budget.limits.nesting} times ({', '.join((*around, kind))}).",
            remedy="Unpack it once by hand.",
        )
    if kind == "zip":
        yield from _members(stream, counted, (*around, kind), budget)
        return
    unpack: Callable[[_Counted, _Budget], Iterator[bytes]] = _gunzip if kind == "gzip" else _unzstd
    inner = PartStream(unpack(counted, budget), counted)
    yield from _unwrapped(inner, _Counted(inner, None), _SUFFIX.sub("", name), (*around, kind), budget)


def _kind(start: bytes) -> str | None:
    if start.startswith(GZIP):
        return "gzip"
    if start.startswith(ZSTD):
        return "zstd"
    return "zip" if start.startswith((ZIP, EMPTY_ZIP)) else None


def _plain(counted: _Counted) -> Iterator[bytes]:
    while data := counted.read(_CHUNK):
        yield data


def _gunzip(counted: _Counted, budget: _Budget) -> Iterator[bytes]:
    """The content of one or several gzip members, one after another; zeros after the last one are padding."""
    data = counted.read(_CHUNK)
    while data:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not unpacker.eof:
            piece = unpacker.decompress(data, _CHUNK)
            budget.spend(len(piece))
            yield piece
            data = unpacker.unconsumed_tail
            if not data and not unpacker.eof:
                data = counted.read(_CHUNK)
                if not data:
                    raise EOFError("the gzip stream ends before its end mark")
        data = (unpacker.unused_data or counted.read(_CHUNK)).lstrip(b"\0")


def _unzstd(counted: _Counted, budget: _Budget) -> Iterator[bytes]:
    """The content of one or several zstd frames, one after another.

    Four bytes may stand for a block of 128 KiB: small steps in keep what comes out of one step below 32 MiB.
    """
    data, position = counted.read(_CHUNK), 0
    while data:
        unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
        while not unpacker.eof:
            if position >= len(data):
                data, position = counted.read(_CHUNK), 0
                if not data:
                    raise EOFError("the zstd stream ends before its end mark")
            piece = unpacker.decompress(data[position : position + _ZSTD_STEP])
            position += _ZSTD_STEP
            budget.spend(len(piece))
            yield piece
        data, position = unpacker.unused_data + data[position:] or counted.read(_CHUNK), 0


def _members(
    stream: BinaryIO | PartStream, counted: _Counted, around: tuple[str, ...], budget: _Budget
) -> Iterator[Part]:
    """The members of a zip archive; an archive inside another wrapper is unpacked into memory first."""
    file = _seekable(stream, counted, budget)
    if len(around) == 1:
        budget.packed = file.seek(0, io.SEEK_END)
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise BadInput(f"the zip archive is broken or cut short ({error}).") from error
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > budget.limits.members:
            raise BadInput(f"the zip archive holds {len(members)} files, more than {budget.limits.members}.")
        if not members:
            raise BadInput("the zip archive holds no file.", remedy="Ask the source what it sent.")
        for member in members:
            if member.flag_bits & 1:
                raise BadInput("the zip archive is encrypted.", remedy="Decrypt it first.")
            inner = PartStream(_member(archive, member, budget), counted)
            yield from _unwrapped(inner, _Counted(inner, None), member.filename.rpartition("/")[2], around, budget)


def _seekable(stream: BinaryIO | PartStream, counted: _Counted, budget: _Budget) -> BinaryIO:
    if not isinstance(stream, PartStream):
        if not stream.seekable():
            raise BadInput("a zip archive cannot be read from a pipe.", remedy="Give it as a file.")
        return stream
    parts: list[bytes] = []
    size = 0
    while data := counted.read(_CHUNK):
        parts.append(data)
        size += len(data)
        if size > budget.limits.document:
            raise BadInput("a zip archive inside another wrapper is too large.", remedy="Unpack it once by hand.")
    return io.BytesIO(b"".join(parts))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    try:
        with archive.open(member) as content:
            while data := content.read(_CHUNK):
                budget.spend(len(data))
                yield data
    except (NotImplementedError, RuntimeError) as error:  # a packing that zipfile does not know; a password
        raise BadInput(f"a file of the zip archive cannot be unpacked ({error}).", where=member.filename) from error
