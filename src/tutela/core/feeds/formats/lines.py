"""Free text lines, read by a regular expression with named groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutela.core.feeds.formats.encoding import is_utf8, mend
from tutela.core.feeds.formats.head import with_preamble
from tutela.core.feeds.formats.physical_lines import BLANKS, idle_test, split_lines
from tutela.core.feeds.formats.records import Reason, Records, Rejected, records_frame, rejected_frame, row_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tutela.core.feeds.formats.specification import LineBased, LinesFormat

WHOLE_MATCH = "line"
_NUL = "\x00"


@dataclass(frozen=True, slots=True)
class TextLines:
    """The lines of a slice that are records: (row, text without line end); those that cannot be text are rejected."""

    lines: list[tuple[int, str]]
    rejected: list[Rejected]
    rows: int
    notes: tuple[str, ...]


def text_lines(data: bytes, specification: LineBased | None, encoding: str, first_row: int) -> TextLines:
    """The lines of ``data`` with their row numbers, blank lines and comments left out."""
    text, mended = (data, 0) if encoding == "utf-8" else mend(data)
    is_idle = idle_test(specification.comments if specification else ())
    valid = is_utf8(text)
    lines: list[tuple[int, str]] = []
    rejected: list[Rejected] = []
    row = first_row - 1
    for line in split_lines(text):
        if is_idle(line):
            continue
        row += 1
        content = line.decode("utf-8", "replace").rstrip("\r\n")
        if not valid and not is_utf8(line):
            rejected.append(Rejected(row, Reason.ENCODING, f"The record is not valid {encoding}.", content))
        elif _NUL in content:
            rejected.append(Rejected(row, Reason.NUL_BYTE, "The record holds a NUL byte.", content))
        else:
            lines.append((row, content))
    notes = (f"{mended} lines were not valid UTF-8 and were read as Latin-1.",) if mended else ()
    return TextLines(lines, rejected, row - first_row + 1, notes)


def read_lines(
    data: bytes, specification: LinesFormat, *, first_row: int, header: bytes, keep_raw: bool = False
) -> Records:
    """The records of a slice of text lines."""
    source = text_lines(data, specification, specification.encoding, first_row)
    reader = _Reader(specification, keep_raw=keep_raw)
    for row, line in source.lines:
        reader.take(row, line)
    frame = records_frame(reader.names, reader.columns, reader.rows, reader.raws if keep_raw else None)
    return Records(
        with_preamble(frame, header, specification),
        rejected_frame([*source.rejected, *reader.rejected]),
        rows=source.rows,
        header=header.decode("utf-8", "replace"),
        notes=source.notes,
        passed_over=row_numbers(reader.passed_over),
    )


@dataclass(slots=True)
class _Reader:
    """The columns that lines are matched into."""

    specification: LinesFormat
    keep_raw: bool
    names: list[str] = field(init=False)
    columns: list[list[str | None]] = field(init=False)
    rows: list[int] = field(default_factory=list)
    raws: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    passed_over: list[int] = field(default_factory=list)
    _pattern: re.Pattern[str] = field(init=False)
    _groups: list[str | int] = field(init=False)
    _context: re.Pattern[str] | None = field(init=False)
    _context_values: list[str | None] = field(init=False)

    def __post_init__(self) -> None:
        self._pattern = re.compile(self.specification.pattern)
        named = list(self._pattern.groupindex)
        self._groups = [*named] if named else [0]
        context = self.specification.context
        self._context = None if context is None else re.compile(context)
        context_names = (
            [] if self._context is None else [name for name in self._context.groupindex if name not in named]
        )
        self._context_values = [None] * len(context_names)
        self.names = [*(named or [WHOLE_MATCH]), *context_names]
        self.columns = [[] for _ in self.names]

    def take(self, row: int, line: str) -> None:
        """Match one line."""
        text = line
        for old, new in self.specification.replace:
            text = text.replace(old, new)
        text = text.strip(BLANKS)
        if self._context is not None and (found := self._context.search(text)):
            names = self.names[len(self._groups) :]
            self._context_values = [found.group(name) for name in names]
            self.passed_over.append(row)
            return
        matched = False
        for match in self._matches(text):
            matched = True
            for column, group in zip(self.columns, self._groups, strict=False):
                column.append(match.group(group) or None)
            for column, value in zip(self.columns[len(self._groups) :], self._context_values, strict=True):
                column.append(value or None)
            self.rows.append(row)
            self.raws.append(line)
        if not matched and self.specification.unmatched == "skip":
            self.passed_over.append(row)
        elif not matched:
            self.rejected.append(
                Rejected(row, Reason.NO_MATCH, "The line does not look as this feed's lines do.", line)
            )

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        match self.specification.match:
            case "whole":
                found: Sequence[re.Match[str] | None] = [self._pattern.fullmatch(text)]
            case "start":
                found = [self._pattern.match(text)]
            case "search":
                found = [self._pattern.search(text)]
            case "every":
                found = list(self._pattern.finditer(text))
        return (match for match in found if match)
