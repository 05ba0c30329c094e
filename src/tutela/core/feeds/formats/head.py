"""What stands before the first record of a line-based report: skipped lines, comments, the header, values in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.encoding import mend
from tutela.core.feeds.formats.physical_lines import BLANKS, csv_records, header_end, idle_test, line_at
from tutela.core.feeds.formats.records import unique_names
from tutela.core.feeds.patterns import first_group, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutela.core.feeds.formats.specification import CsvFormat, LineBased

MAXIMUM_COLUMNS = 4096


@dataclass(frozen=True, slots=True)
class Head:
    """The text before the first record: ``lines`` that are no header (without line ends), and the header, if any."""

    lines: tuple[str, ...]
    header: str | None = None


def split_head(head: bytes, specification: LineBased) -> Head:
    """The parts of the text before the first record (a longer start of a report will do: the records are left out)."""
    is_idle = idle_test(specification.comments)
    text = mend(head)[0]
    wanted = specification.header_in_first_line
    lines: list[str] = []
    header: str | None = None
    position = 0
    while position < len(text):
        end = line_at(text, position)
        if len(lines) >= specification.skip_lines and not is_idle(text[position:end]):
            if not wanted or header is not None:
                break
            end = header_end(text, position, specification.quoting, len(text)) or end
            header = text[position:end].decode().rstrip("\r\n")
        else:
            lines.append(text[position:end].decode().rstrip("\r\n"))
        position = end
    return Head(tuple(lines), header)


def column_names(head: bytes, specification: CsvFormat) -> list[str] | None:
    """The column names that the head of a report gives, or the specification; None where neither does.

    Also for recognising a feed by its columns: ``head`` may be the first few thousand bytes of a report. A report
    without any line has no columns: an empty list.
    """
    names = _names_in(split_head(head, specification), specification)
    if specification.columns:
        names = list(specification.columns)
    if names is not None and len(names) > MAXIMUM_COLUMNS:
        raise BadInput(
            f"the header has {len(names)} columns, more than {MAXIMUM_COLUMNS}.",
            remedy="Check the delimiter and the quoting of the feed's format.",
        )
    return None if names is None else unique_names(names)


def _names_in(head: Head, specification: CsvFormat) -> list[str] | None:
    if specification.header_pattern is not None:
        found = (first_group(specification.header_pattern, line) for line in head.lines)
        return next((split_values(names, specification) for names in found if names), None)
    if specification.header == "first":
        return [] if head.header is None else split_values(head.header, specification)
    if specification.header == "comment":
        comments = (_comment_text(line, specification.comments) for line in reversed(head.lines))
        return next((split_values(text, specification) for text in comments if text), None)
    return None


def _comment_text(line: str, marks: Sequence[str]) -> str:
    """What a comment line says, without its mark; nothing for a line that is no comment."""
    text = line.lstrip(BLANKS)
    mark = next((mark for mark in marks if text.startswith(mark)), None)
    return "" if mark is None else text[len(mark) :].strip(BLANKS)


def split_values(line: str, specification: CsvFormat) -> list[str]:
    """The values of one line."""
    if specification.delimiter_pattern is not None:
        return split(specification.delimiter_pattern, [line])[0]
    if len(specification.delimiter) > 1:
        return line.split(specification.delimiter)
    lines = [piece.decode() for piece in line.encode().splitlines(keepends=True)]
    record = next(csv_records(lines, [False] * len(lines), specification), None)
    return [] if record is None else record.values


def preamble(head: bytes, specification: LineBased) -> dict[str, str | None]:
    """The values of the columns that the specification takes from the head; None where a pattern is not found."""
    if not specification.preamble:
        return {}
    parts = split_head(head, specification)
    text = "\n".join([*parts.lines, *([] if parts.header is None else [parts.header])])
    return {name: first_group(f"(?m){pattern}", text) for name, pattern in specification.preamble.items()}


def with_preamble(frame: pl.DataFrame, head: bytes, specification: LineBased) -> pl.DataFrame:
    """The frame with the columns of the preamble, the same value in each row."""
    values = preamble(head, specification)
    return frame.with_columns([pl.lit(value, dtype=pl.String).alias(name) for name, value in values.items()])
