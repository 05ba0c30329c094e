"""Lines of a report, what lies before its first record, and the records that Python's ``csv`` makes of lines.

A line ends with LF, CRLF or CR. A line of blanks only, or one that begins (after blanks) as a comment does, is *idle*:
it is no record and has no row number.
"""

from __future__ import annotations

import csv
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutela.core.feeds.formats.octets import octets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tutela.core.feeds.formats.specification import CsvFormat, LineBased

# One switch for the whole process, and ours is the wider one: the size of records is bounded by Limits.record instead.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

BLANKS = " \t\r\n"
_NEWLINE, _RETURN = b"\n\r"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BLANK = re.compile(rb"[ \t\r\n]*")
_BLANK_LINES = re.compile(rb"[\r\n][ \t\r\n]{3,}[\r\n]")
_LINE_OR_BLANK_LINES = re.compile(rb"[ \t\r\n]*[\r\n]|[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def idle_test(comments: Sequence[str]) -> Callable[[bytes], bool]:
    """Whether a line is blank or a comment, for these comment marks."""
    marks = tuple(mark.encode() for mark in comments)
    blanks = BLANKS.encode()

    def is_idle(line: bytes) -> bool:
        rest = line.lstrip(blanks)
        return not rest or (bool(marks) and rest.startswith(marks))

    return is_idle


def line_at(data: bytes, start: int) -> int:
    """Where the line that begins at ``start`` ends, its line end included."""
    found = _LINE.match(data, start)
    return len(data) if found is None else found.end()


def after_last_line(data: bytes, start: int, end: int) -> int:
    """After the last line end in ``data[start:end]``, else ``start``.

    A CR alone ends a line too, but only what follows it tells that it is alone.
    """
    newline = data.rfind(b"\n", start, end)
    lone = data.rfind(b"\r", max(newline + 1, start), max(end - 1, start))
    return max(newline, lone, start - 1) + 1


def after_blank_lines(data: bytes, start: int) -> int:
    """After the blank lines that begin at ``start``, however many they are; ``start`` where there is none."""
    found = _BLANK.match(data, start)
    return start if found is None else after_last_line(data, start, found.end())


def after_lines(data: bytes, count: int) -> int:
    """A place in ``data`` with at most ``count`` line ends before it: its end, if it has no more (CRLF may be two)."""
    if len(data) <= count:
        return len(data)
    text = octets(data)
    is_end = text == _NEWLINE
    if b"\r" in data:
        is_end |= text == _RETURN

    def ends(start: int, stop: int) -> int:
        return int(is_end[start:stop].sum())

    low, high, left = 0, len(data), count
    if ends(low, high) <= count:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        found = ends(low, middle)
        if found <= left:
            low, left = middle, left - found
        else:
            high = middle
    return low


def head_length(data: bytes, specification: LineBased, *, limit: int, final: bool) -> int | None:
    """Bytes before the first record: skipped lines, idle lines and the header; ``len(data)`` if there is no record.

    None while that cannot be told from ``data``, the start of a report (never if ``final``).
    """
    has_header = specification.header_in_first_line
    is_idle = idle_test(specification.comments)
    position = skipped = 0
    while position < len(data):
        end = line_at(data, position)
        if end == len(data) and not final:
            return None
        if skipped >= specification.skip_lines and (end_of_blanks := after_blank_lines(data, position)) > position:
            end = end_of_blanks
        elif skipped < specification.skip_lines:
            skipped += 1
        elif not is_idle(data[position:end]):
            if not has_header:
                return position
            has_header = False
            closed = header_end(data, position, specification.quoting, limit)
            if not final and closed in {None, len(data)}:
                return None
            end = end if closed is None else closed
        position = end
    return len(data) if final else None


def header_end(data: bytes, start: int, quote: str | None, limit: int) -> int | None:
    """Where the header that begins at ``start`` ends: with its line, or later where a name in it holds a line end.

    None if it is not closed before the end of ``data``; if nothing closes it within ``limit``, its line is the header.
    """
    first = end = line_at(data, start)
    while end - start <= limit:
        if quote is None or data.count(quote.encode(), start, end) % 2 == 0:
            return end
        if end == len(data):
            return None
        end = line_at(data, end)
    return first


@dataclass(slots=True)
class CsvRecord:
    """One record as ``csv`` reads it: its values, and which lines (from, to) it came from.

    ``closed`` is false if the lines ran out inside quotes.
    """

    values: list[str]
    first: int
    last: int
    closed: bool


class _Feed:
    """Lines handed to ``csv.reader`` one at a time, so that we know which lines made a record."""

    def __init__(self, lines: Sequence[str], idle: Sequence[bool]) -> None:
        self._lines, self._idle = lines, idle
        self.position = self.first = 0
        self.ran_dry = False
        self._fresh = True

    def begin(self) -> None:
        """From the next line on, a new record."""
        self._fresh = True

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self._fresh:
            while self.position < len(self._lines) and self._idle[self.position]:
                self.position += 1
            self.first = self.position
        if self.position >= len(self._lines):
            self.ran_dry = not self._fresh
            raise StopIteration
        self._fresh = False
        self.position += 1
        return self._lines[self.position - 1]


def csv_records(
    lines: Sequence[str], idle: Sequence[bool], specification: CsvFormat, start: int = 0
) -> Iterator[CsvRecord]:
    """The records of ``lines`` (with their line ends) from line ``start`` on, as Python's ``csv`` reads them."""
    feed = _Feed(lines, idle)
    feed.position = start
    reader = csv.reader(
        feed,
        delimiter=specification.delimiter,
        quotechar=specification.quote or '"',
        quoting=csv.QUOTE_NONE if specification.quote is None else csv.QUOTE_MINIMAL,
        doublequote=True,
        skipinitialspace=specification.skip_initial_space,
        strict=False,
    )
    while True:
        feed.begin()
        values = next(reader, None)
        if values is None:
            return
        yield CsvRecord(values, feed.first, feed.position, closed=not feed.ran_dry)


def split_lines(data: bytes) -> list[bytes]:
    """The lines of ``data`` with their line ends; many blank lines in a row may come as one."""
    if _BLANK_LINES.search(data) is None:
        return data.splitlines(keepends=True)
    return _LINE_OR_BLANK_LINES.findall(data)
