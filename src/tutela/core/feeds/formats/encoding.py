"""Text encodings of reports: everything behind this module is UTF-8 bytes without a byte order mark."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from tutela.core.feeds.formats.specification import Encoding

BYTE_ORDER_MARK = codecs.BOM_UTF8
_CHUNK = 1024 * 1024
_SNIFFED = 4096
_CODECS = {"latin-1": "latin-1", "windows-1252": "cp1252", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}
_LINE = re.compile(rb"[^\r\n]*[\r\n]*")


class Source(Protocol):
    """What the slicer reads from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""


def detect(start: bytes, encoding: Encoding) -> tuple[str | None, int]:
    """The codec of a report by its first bytes, and the length of its byte order mark.

    None stands for UTF-8, or for what is near enough to be mended line by line (``mend``). UTF-16 is known by its
    mark, or by its pattern of NUL bytes where the encoding is not told.
    """
    if start.startswith(BYTE_ORDER_MARK) and encoding in {"auto", "utf-8"}:
        return None, len(BYTE_ORDER_MARK)
    if encoding in {"auto", "utf-16", "utf-16-le", "utf-16-be"}:
        if start.startswith(codecs.BOM_UTF16_LE):
            return "utf-16-le", 2
        if start.startswith(codecs.BOM_UTF16_BE):
            return "utf-16-be", 2
    if encoding in {"auto", "utf-16"}:
        return _by_nul_bytes(start, told=encoding == "utf-16"), 0
    return _CODECS.get(encoding), 0


def _by_nul_bytes(start: bytes, *, told: bool) -> str | None:
    """UTF-16 without a mark: in mostly ASCII text every second byte is NUL."""
    sample = start[: len(start) // 2 * 2]
    half = len(sample) // 2
    if half and sample[1::2].count(0) * 10 >= half * 7 and sample[::2].count(0) * 10 < half:
        return "utf-16-le"
    if half and sample[::2].count(0) * 10 >= half * 7 and sample[1::2].count(0) * 10 < half:
        return "utf-16-be"
    return "utf-16-le" if told else None


class Utf8Source:
    """A stream of bytes in any encoding, read as UTF-8 bytes without byte order mark.

    In UTF-16, what is no character becomes U+FFFD; ``mended`` tells whether that happened.
    """

    def __init__(self, stream: BinaryIO | Source, encoding: Encoding) -> None:
        self._stream = stream
        self._start = _read_fully(stream, _SNIFFED)
        codec, mark = detect(self._start, encoding)
        self._start = self._start[mark:]
        self._decoder = codecs.getincrementaldecoder(codec)("replace") if codec else None
        self.codec = codec or "utf-8"
        self.mended = False

    def read(self, size: int, /) -> bytes:
        """About ``size`` bytes (more where UTF-8 needs more); none at the end."""
        while True:
            if self._start:
                data, self._start = self._start[:size], self._start[size:]
            else:
                data = self._stream.read(size)
            if self._decoder is None:
                return data
            text = self._decoder.decode(data, final=not data)
            if text or not data:
                self.mended = self.mended or "\ufffd" in text
                return text.encode("utf-8", "replace")


def _read_fully(stream: BinaryIO | Source, size: int) -> bytes:
    """``size`` bytes, or fewer only at the end."""
    parts: list[bytes] = []
    missing = size
    while missing and (data := stream.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def mend(data: bytes) -> tuple[bytes, int]:
    """The bytes as UTF-8, lines that are not valid UTF-8 read as Latin-1; and the number of those lines.

    Line by line, so that the outcome does not depend on where a report is cut into slices.
    """
    if is_utf8(data):
        return data, 0
    mended = 0
    lines: list[bytes] = []
    for line in _LINE.findall(data):
        if is_utf8(line):
            lines.append(line)
        else:
            lines.append(line.decode("latin-1").encode("utf-8"))
            mended += 1
    return b"".join(lines), mended
