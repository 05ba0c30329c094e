"""A report cut into slices of whole records, in bounded memory and in one pass over the stream.

Where a slice ends is a matter of memory only: the records and their row numbers are the same for any slice size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.cutting import AFTER_ITS_LINE, Cut, Cutter
from tutela.core.feeds.formats.encoding import Source, Utf8Source
from tutela.core.feeds.formats.head import column_names
from tutela.core.feeds.formats.limits import DEFAULT_LIMITS, MIB, Limits
from tutela.core.feeds.formats.physical_lines import after_blank_lines, after_lines, head_length, line_at
from tutela.core.feeds.formats.records import RAW_SAMPLE, Reason, Rejected
from tutela.core.feeds.formats.specification import (
    CsvFormat,
    HtmlTableFormat,
    JsonFormat,
    LineBased,
    LinesFormat,
    XmlFormat,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.core.feeds.formats.cutting import Piece
    from tutela.core.feeds.formats.specification import Format

TARGET_BYTES = 24 * MIB
_CHUNK = MIB


@dataclass(frozen=True, slots=True)
class Slice:
    """Whole records of a report, as UTF-8 (lines that were not valid UTF-8 are still as they came).

    ``index`` counts from 0; ``first_row`` is the row number of its first record and ``rows`` how many row numbers it
    takes (a document, whose records nobody has counted yet: how many it takes at the most); ``header`` is what lies
    before the first record of the report (the same in each slice); ``rejected`` are records too long to be read.
    ``pieces`` is what cutting found out about ``data``; reading need not look again.
    """

    index: int
    first_row: int
    rows: int
    data: bytes
    header: bytes = b""
    rejected: tuple[Rejected, ...] = ()
    pieces: tuple[Piece, ...] = field(default=(), compare=False)


def slices(
    stream: BinaryIO | Source,
    specification: Format,
    *,
    target_bytes: int = TARGET_BYTES,
    limits: Limits = DEFAULT_LIMITS,
    first_row: int = 1,
) -> Iterator[Slice]:
    """The slices of a report, at least one, each of about ``target_bytes``; memory stays below target + record limit.

    ``stream`` is a wrapped-off stream (``wrappers.unwrap``) or any other that has ``read(size)``; if it has an
    attribute ``fault`` and that is not empty at its end, an unfinished last record is rejected as truncated. A
    document (JSON, XML, HTML, lines with context) is one slice; one over the limit is ``BadInput``.
    """
    source = Utf8Source(stream, specification.encoding)
    if is_document(specification):
        yield _document(source, limits, first_row)
        return
    yield from _Slicer(stream, source, specification, target_bytes, limits, first_row).run()


def is_document(specification: Format) -> bool:
    """Whether reports of this format are read in one piece."""
    if isinstance(specification, LinesFormat):
        return specification.context is not None
    return isinstance(specification, (JsonFormat, XmlFormat, HtmlTableFormat))


def _document(source: Utf8Source, limits: Limits, first_row: int) -> Slice:
    parts: list[bytes] = []
    size = 0
    while part := source.read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > limits.document:
            raise _too_large(f"is larger than {limits.document // MIB} MiB")
    data = b"".join(parts)
    most = _most_records(data)
    if most > limits.values:
        raise _too_large(f"holds more than {limits.values} values")
    return Slice(0, first_row, most, data)


def _too_large(what: str) -> BadInput:
    remedy = "Ask the source for smaller reports or for one record per line."
    return BadInput(f"the document {what} and can only be read in one piece.", remedy=remedy)


def _most_records(data: bytes) -> int:
    """More records than the document can hold: each has a bracket, a comma or a line of its own."""
    return 1 + sum(data.count(mark) for mark in (b"{", b"<", b",", b"\n", b"\r")) if data else 0


class _Slicer:
    """The state of one pass over a line-based report: what is read and not yet handed out, and the next row number."""

    def __init__(
        self,
        stream: BinaryIO | Source,
        source: Utf8Source,
        specification: Format,
        target_bytes: int,
        limits: Limits,
        first_row: int,
    ) -> None:
        self._stream, self._source, self._specification = stream, source, specification
        self._target, self._limits = max(1, target_bytes), limits
        self._buffer = self._kept_back = b""
        self._ended = False
        self._header = self._tail = b""
        self._row = first_row
        self._index = 0

    def run(self) -> Iterator[Slice]:
        """All slices, at least one."""
        self._take_head()
        cutter = Cutter(self._specification, self._limits.record)
        most_lines = lines = self._most_lines()
        wanted = self._target
        while True:
            self._fill(wanted)
            self._set_tail_aside()
            self._buffer = self._buffer[after_blank_lines(self._buffer, 0) :]
            if not self._buffer:
                if self._ended:
                    break
                continue
            stop = after_lines(self._buffer, lines)
            part = self._buffer[:stop]
            cut = cutter.cut(part, ended=self._ended and stop == len(self._buffer))
            if cut.end or cut.resume is not None:
                wanted, lines = self._target, most_lines
                yield self._hand_out(cut)
            elif stop < len(self._buffer):
                lines *= 2
            else:
                wanted = 2 * max(wanted, len(self._buffer))
        if self._tail or not self._index:
            yield self._last()

    def _most_lines(self) -> int:
        """How many lines a slice has at the most."""
        specification = self._specification
        names = column_names(self._header, specification) if isinstance(specification, CsvFormat) else None
        return min(self._limits.lines, max(1, self._limits.cells // max(1, len(names or ()))))

    def _fill(self, size: int) -> None:
        """Read until the buffer has ``size`` bytes or the stream ends; the start of a line at its end is kept back.

        So a slice is mostly the whole buffer, and its bytes are copied once.
        """
        parts, have = [self._buffer], len(self._buffer)
        while have < size and not self._ended:
            parts.append(self._read(min(size - have, _CHUNK)))
            have += len(parts[-1])
        whole_lines = 0 if self._ended or len(parts) == 1 else parts[-1].rfind(b"\n") + 1
        if whole_lines:
            parts[-1], self._kept_back = parts[-1][:whole_lines], parts[-1][whole_lines:]
        self._buffer = b"".join(parts)

    def _read(self, size: int) -> bytes:
        """What was kept back, or else about ``size`` bytes more of the stream; nothing at its end."""
        part, self._kept_back = self._kept_back or self._source.read(size), b""
        self._ended = not part
        return part

    def _take_head(self) -> None:
        """Set aside what lies before the first record."""
        specification = self._specification
        if not isinstance(specification, LineBased):
            return
        wanted = min(self._target, _CHUNK)
        length = None
        while length is None:
            self._fill(wanted)
            # A line of blanks so far may yet become a record: hence twice the limit.
            limit = min(self._limits.head, self._limits.record)
            full = len(self._buffer) > 2 * limit
            length = head_length(self._buffer, specification, limit=limit, final=self._ended or full)
            if length is not None and length > limit:
                raise BadInput(
                    f"no record begins within the first {limit} bytes.",
                    remedy="Check that the feed's format (comments, skip_lines, header) fits this report.",
                )
            wanted = 2 * max(len(self._buffer), 1)
        self._header, self._buffer = self._buffer[:length], self._buffer[length:]

    def _set_tail_aside(self) -> None:
        """Of a stream that broke off, the last line without a line end: nobody knows what is missing in it."""
        if self._ended and self._is_broken() and not self._tail:
            start = max(self._buffer.rfind(b"\n"), self._buffer.rfind(b"\r")) + 1
            self._buffer, self._tail = self._buffer[:start], self._buffer[start:]

    def _is_broken(self) -> bool:
        return bool(getattr(self._stream, "fault", None))

    def _last(self) -> Slice:
        """A slice without records, for a report without records or for its unfinished last one."""
        found: tuple[Rejected, ...] = ()
        if self._tail:
            detail = "The report breaks off inside this record."
            found = (_rejected(self._row, (Reason.TRUNCATED, detail, self._tail)),)
        return Slice(self._index, self._row, len(found), b"", self._header, found)

    def _hand_out(self, cut: Cut) -> Slice:
        """The slice of a cut; the buffer then begins after it."""
        data = self._buffer[: cut.end]
        found: tuple[Rejected, ...] = ()
        if cut.rejected is not None:
            found = (_rejected(self._row + cut.rows, cut.rejected),)
        taken = cut.rows + len(found)
        result = Slice(self._index, self._row, taken, data, self._header, found, cut.pieces)
        if cut.resume == AFTER_ITS_LINE:
            self._buffer = self._after_line(self._buffer[cut.end :])
        else:
            self._buffer = self._buffer[cut.end if cut.resume is None else cut.resume :]
        self._row += taken
        self._index += 1
        return result

    def _after_line(self, rest: bytes) -> bytes:
        """What comes after the line that ``rest`` begins with, however long that line still is."""
        while True:
            end = line_at(rest, 0)
            if end < len(rest) or self._ended or rest.endswith(b"\n"):
                return rest[end:]
            part = self._read(_CHUNK)
            rest = b"\r" + part if rest.endswith(b"\r") else part


def _rejected(row: int, found: tuple[Reason, str, bytes]) -> Rejected:
    reason, detail, raw = found
    return Rejected(row, reason, detail, raw[:RAW_SAMPLE].decode("utf-8", "replace"))
