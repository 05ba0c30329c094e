"""Where a buffer of line-based text may be cut: after which record, how many records lie before, and what is too long.

A cutter gets a buffer that begins at the start of a record, and whether the stream has ended. It answers with the
longest piece of whole records, or with nothing while more has to be read. The records it finds depend on the text
alone, never on how much of it happens to be in the buffer.

Most text is *regular* (see ``layout``) and is looked at in blocks; around an odd place, blocks get smaller until only a
few records have to be walked through one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tutela.core.feeds.formats.layout import Layout, layout
from tutela.core.feeds.formats.limits import MIB
from tutela.core.feeds.formats.physical_lines import (
    after_blank_lines,
    after_last_line,
    csv_records,
    idle_test,
    split_lines,
)
from tutela.core.feeds.formats.records import RAW_SAMPLE, Reason
from tutela.core.feeds.formats.specification import CsvFormat, LineBased

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tutela.core.feeds.formats.specification import Format

AFTER_ITS_LINE = -1
_BLOCKS = (16 * MIB, 2 * MIB, MIB // 2, MIB // 8)
_WALK = MIB // 8
_TRIES = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """A part ``data[start:end]`` of whole records, and what is known of it; idle lines alone are no records."""

    start: int
    end: int
    layout: Layout


@dataclass(frozen=True, slots=True)
class Cut:
    """``buffer[:end]`` are ``rows`` whole records, made up of ``pieces``.

    ``rejected`` (reason, sentence, text) is the record after them, if that cannot be read, and ``resume`` where to go
    on: None for at ``end``, ``AFTER_ITS_LINE`` for after the line at ``end``, which may not be in the buffer whole.
    """

    end: int = 0
    rows: int = 0
    rejected: tuple[Reason, str, bytes] | None = None
    resume: int | None = None
    pieces: tuple[Piece, ...] = ()


class Cutter:
    """Cuts the reports of one line-based format."""

    def __init__(self, specification: Format, record_limit: int) -> None:
        csv_format = specification if isinstance(specification, CsvFormat) else None
        self._csv = csv_format if csv_format is not None and csv_format.quoting is not None else None
        quote, delimiter = "", ""
        if csv_format is not None:
            quote, delimiter = csv_format.quoting or "", csv_format.delimiter
        self._quote, self._delimiter = quote.encode(), delimiter.encode()
        comments = specification.comments if isinstance(specification, LineBased) else ()
        self._is_idle = idle_test(comments)
        self._starters = bytes({mark.encode()[0] for mark in comments if mark})
        self._limit = record_limit
        self._sample = min(RAW_SAMPLE, record_limit)  # not more than is surely in the buffer

    def cut(self, buffer: bytes, *, ended: bool) -> Cut:
        """As the module says; an ``end`` of 0 without anything else asks for more of the stream."""
        position = rows = 0
        pieces: list[Piece] = []
        while position < len(buffer):
            blank = after_blank_lines(buffer, position)
            if blank > position:
                pieces.append(Piece(position, blank, Layout(regular=False)))
                position = blank
                continue
            piece = self._regular_piece(buffer, position, ended=ended)
            if piece is not None:
                pieces.append(piece)
                position, rows = piece.end, rows + piece.layout.records
                continue
            walked = self._walk(buffer, position, ended=ended)
            rows += walked.rows
            if walked.end > position:
                pieces.append(Piece(position, walked.end, Layout(regular=False, records=walked.rows)))
            if walked.resume is not None:
                return replace(walked, rows=rows, pieces=tuple(pieces))
            if walked.end == position:
                break
            position = walked.end
        return Cut(position, rows, pieces=tuple(pieces))

    def _regular_piece(self, buffer: bytes, start: int, *, ended: bool) -> Piece | None:
        """A regular block that begins at ``start``, if there is one."""
        if len(self._quote) > 1 or (self._quote and len(self._delimiter) > 1):
            return None
        for size in _BLOCKS if start == 0 else _BLOCKS[1:]:
            stop = min(start + size, len(buffer))
            end = stop if ended and stop == len(buffer) else after_last_line(buffer, start, stop)
            if end == start:
                return None
            seen = self._layout(buffer[start:end])
            if not seen.regular and seen.quotes % 2:
                end = self._with_even_quotes(buffer, start, end)
                seen = self._layout(buffer[start:end]) if end > start else seen
            if seen.regular and seen.longest <= self._limit:
                return Piece(start, end, seen)
        return None

    def _layout(self, data: bytes) -> Layout:
        return layout(
            data,
            delimiter=self._delimiter[0] if len(self._delimiter) == 1 else None,
            quote=self._quote[0] if self._quote else None,
            starters=self._starters,
            measure=len(data) > self._limit,
        )

    def _with_even_quotes(self, buffer: bytes, start: int, end: int) -> int:
        """After the last line end before ``end`` with an even number of quotes before it; ``start`` if none is near."""
        left_out, position = 0, end
        for _ in range(_TRIES):
            before = after_last_line(buffer, start, position - 1)
            left_out += buffer.count(self._quote, before, position)
            position = before
            if position == start or left_out % 2:
                return position
        return start

    def _walk(self, buffer: bytes, start: int, *, ended: bool) -> Cut:
        """A few records from ``start`` on, one by one; more only if the first one is longer than that."""
        size = _WALK
        while True:
            stop = min(start + size, len(buffer))
            cut = self._walk_within(buffer, start, stop, final=ended and stop == len(buffer))
            if cut.end > start or cut.resume is not None or stop == len(buffer):
                return cut
            size *= 4

    def _walk_within(self, buffer: bytes, start: int, stop: int, *, final: bool) -> Cut:
        """The records of ``buffer[start:stop]`` as the slow reader will read them."""
        end = stop if final else after_last_line(buffer, start, stop)
        lines = split_lines(buffer[start:end])
        offsets = _offsets(lines, start)
        rows = 0
        for first, last, closed in self._records(lines):
            record_end = offsets[last] if closed else stop
            broken = final and not closed and last - first > 1
            if record_end - offsets[first] > self._limit or broken:
                return self._reject(buffer, offsets[first], rows, offsets[first + 1])
            if not closed and not final:
                return Cut(offsets[first], rows)
            rows += 1
        if stop - end > self._limit:
            if self._is_idle(buffer[end:stop]):
                return Cut(end, rows, resume=AFTER_ITS_LINE)
            return Cut(end, rows, self._oversized(buffer[end : end + self._sample]), AFTER_ITS_LINE)
        return Cut(end, rows)

    def _records(self, lines: Sequence[bytes]) -> Iterator[tuple[int, int, bool]]:
        """From which line to which each record goes, and whether it ends outside quotes."""
        idle = [self._is_idle(line) for line in lines]
        if self._csv is None:
            yield from ((at, at + 1, True) for at in range(len(lines)) if not idle[at])
            return
        # Latin-1 gives one character per byte; quotes and line ends are ASCII in any case.
        text = [line.decode("latin-1") for line in lines]
        delimiter = self._delimiter.decode("latin-1")
        specification = self._csv
        if len(delimiter) > 1:  # one character, but several bytes
            text, specification = [line.replace(delimiter, "\x1f") for line in text], _with_delimiter(self._csv, "\x1f")
        for record in csv_records(text, idle, specification):
            yield record.first, record.last, record.closed

    def _reject(self, buffer: bytes, start: int, rows: int, line_end: int) -> Cut:
        """Reject the line that begins a record without a bearable end; what follows it is read as records again."""
        line = buffer[start : min(line_end, start + self._sample)]
        if line_end - start > self._limit:
            return Cut(start, rows, self._oversized(line), line_end)
        detail = f"A quote opened in this line is not closed within {_size(self._limit)}, or not at all."
        return Cut(start, rows, (Reason.UNCLOSED_QUOTE, detail, line), line_end)

    def _oversized(self, raw: bytes) -> tuple[Reason, str, bytes]:
        return Reason.OVERSIZED, f"The record is longer than {_size(self._limit)}.", raw


def _with_delimiter(specification: CsvFormat, delimiter: str) -> CsvFormat:
    return specification.model_copy(update={"delimiter": delimiter})


def _offsets(lines: Sequence[bytes], start: int) -> list[int]:
    offsets = [start]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets


def _size(count: int) -> str:
    return f"{count // MIB} MiB" if count >= MIB else f"{count} bytes"
