"""CSV and its relatives: a fast way for what all readers read alike, and Python's ``csv`` for the rest.

The fast way (Polars, all columns text) is taken only where ``layout`` has shown that a piece is regular and that its
records together have as many delimiters as they should (Polars itself refuses a record that has too many); then both
ways give the same values. Around an odd
record, a piece of some hundred KiB is read the slow way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.feeds.formats.cutting import Cutter, Piece
from tutela.core.feeds.formats.encoding import is_utf8, mend
from tutela.core.feeds.formats.head import column_names, with_preamble
from tutela.core.feeds.formats.layout import Layout
from tutela.core.feeds.formats.physical_lines import BLANKS, csv_records, idle_test, split_lines
from tutela.core.feeds.formats.records import (
    RAW,
    ROW,
    Reason,
    Records,
    Rejected,
    combine,
    records_frame,
    rejected_frame,
)
from tutela.core.feeds.patterns import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tutela.core.feeds.formats.specification import CsvFormat

_NUL = "\x00"


@dataclass(frozen=True, slots=True)
class _Task:
    """How one slice is to be read."""

    specification: CsvFormat
    names: list[str] | None
    keep_raw: bool


def read_delimited(
    data: bytes,
    specification: CsvFormat,
    *,
    first_row: int,
    header: bytes,
    keep_raw: bool = False,
    pieces: Sequence[Piece] = (),
) -> Records:
    """The records of a slice; ``pieces`` is what cutting found out about it, if it was cut."""
    text, mended = (data, 0) if specification.encoding == "utf-8" else mend(data)
    task = _Task(specification, column_names(header, specification), keep_raw)
    parts: list[Records] = []
    row = first_row
    for run in _runs(task, text, () if mended else pieces):
        part = text if run.end - run.start == len(text) else text[run.start : run.end]
        records = _read_fast(task, run, part, row) if run.width else None
        parts.append(_SlowReader(task, part, row).read() if records is None else records)
        row += parts[-1].rows
    records = combine(parts)
    notes = (f"{mended} lines were not valid UTF-8 and were read as Latin-1.",) if mended else ()
    return replace(
        records,
        frame=with_preamble(records.frame, header, specification),
        header=header.decode("utf-8", "replace"),
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring pieces read in one go; ``width`` is the number of values of each record, 0 for the slow way."""

    start: int
    end: int
    width: int
    doubled: bool


def _runs(task: _Task, data: bytes, pieces: Sequence[Piece]) -> list[_Run]:
    """The data in runs, in their order, at least one."""
    if not pieces:
        cut = Cutter(task.specification, len(data) + 1).cut(data, ended=True)
        pieces = (*cut.pieces, Piece(cut.end, len(data), Layout(regular=False)))
    is_text = task.specification.encoding != "utf-8" or is_utf8(data)
    runs: list[_Run] = []
    for piece in pieces:
        width = _width(task, data, piece) if is_text else 0
        run = _Run(piece.start, piece.end, width, piece.layout.doubled)
        if runs and runs[-1].width == width:
            run = _Run(runs[-1].start, piece.end, width, runs[-1].doubled or piece.layout.doubled)
            runs[-1] = run
        elif piece.end > piece.start or not runs:
            runs.append(run)
    return runs


def _width(task: _Task, data: bytes, piece: Piece) -> int:
    """How many values each record of a piece has, if it is certain that Polars will read it as ``csv`` does; else 0."""
    specification, seen = task.specification, piece.layout
    if len(specification.delimiter.encode()) != 1 or specification.delimiter_pattern is not None:
        return 0
    if not seen.regular or not seen.records or (task.keep_raw and seen.multiline):
        return 0
    quote = (specification.quoting or "").encode()
    if specification.skip_initial_space and quote and data.find(quote, piece.start, piece.end) >= 0:
        return 0
    width = seen.delimiters // seen.records + 1
    if seen.delimiters % seen.records or (task.names is not None and len(task.names) != width):
        return 0
    return width


def _read_fast(task: _Task, run: _Run, data: bytes, first_row: int) -> Records | None:
    """A run by Polars; None where a record is too long for it (another one is then too short)."""
    names = task.names or [str(position) for position in range(1, run.width + 1)]
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=task.specification.delimiter,
            quote_char=task.specification.quoting,
        )
    except pl.exceptions.PolarsError:
        return None
    return Records(_finish(task, run, data, frame, first_row), rejected_frame(()), rows=frame.height)


def _finish(task: _Task, run: _Run, data: bytes, frame: pl.DataFrame, first_row: int) -> pl.DataFrame:
    """Empty values made null, blanks left out, row numbers and raw text added."""
    specification = task.specification
    if specification.strip:
        frame = frame.with_columns(pl.all().str.strip_chars(BLANKS))
    elif specification.skip_initial_space:
        frame = frame.with_columns(pl.all().str.strip_chars_start(" "))
    if specification.strip or specification.skip_initial_space or run.doubled:
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    rows = pl.int_range(first_row, first_row + frame.height, dtype=pl.UInt32, eager=True).alias(ROW)
    added = [rows]
    if task.keep_raw:
        lines = [line.rstrip(b"\r\n").decode() for line in split_lines(data)]
        added.append(pl.Series(RAW, lines, dtype=pl.String))
    return frame.with_columns(added)


@dataclass(slots=True)
class _SlowReader:
    """One slice, record by record."""

    task: _Task
    data: bytes
    first_row: int
    rejected: list[Rejected] = field(default_factory=list)

    def read(self) -> Records:
        """All records of the slice."""
        rows: list[int] = []
        values: list[list[str]] = []
        raws: list[str] = []
        row = self.first_row - 1
        for row, (found, raw) in enumerate(self._records(), start=self.first_row):
            usable = self._checked(row, found, raw)
            if usable is not None:
                rows.append(row)
                values.append(usable)
                raws.append(raw)
        names = self.task.names
        if names is None:
            names = [str(position) for position in range(1, max(map(len, values), default=0) + 1)]
        columns = [[one[index] or None if index < len(one) else None for one in values] for index in range(len(names))]
        frame = records_frame(names, columns, rows, raws if self.task.keep_raw else None)
        return Records(frame, rejected_frame(self.rejected), rows=row - self.first_row + 1)

    def _records(self) -> Iterator[tuple[list[str] | None, str]]:
        """Values (None where the text is not UTF-8) and source text of each record."""
        specification = self.task.specification
        lines = split_lines(self.data)
        is_idle = idle_test(specification.comments)
        idle = [is_idle(line) for line in lines]
        bad = frozenset() if is_utf8(self.data) else {at for at, line in enumerate(lines) if not is_utf8(line)}
        text = [line.decode("utf-8", "replace") for line in lines]
        if len(specification.delimiter) > 1 or specification.delimiter_pattern is not None:
            places = [at for at in range(len(text)) if not idle[at]]
            values = self._split([text[at].rstrip("\r\n") for at in places])
            pieces = ((one, at, at + 1) for one, at in zip(values, places, strict=True))
        else:
            pieces = ((one.values, one.first, one.last) for one in csv_records(text, idle, specification))
        for found, first, last in pieces:
            raw = "".join(text[first:last]).rstrip("\r\n")
            yield None if bad and not bad.isdisjoint(range(first, last)) else found, raw

    def _split(self, lines: list[str]) -> list[list[str]]:
        specification = self.task.specification
        if specification.delimiter_pattern is None:
            found = [line.split(specification.delimiter) for line in lines]
        else:
            found = split(specification.delimiter_pattern, lines)
        if not specification.skip_initial_space:
            return found
        return [[value.lstrip(" ") for value in values] for values in found]

    def _checked(self, row: int, values: list[str] | None, raw: str) -> list[str] | None:
        """The values, as many as there are columns at the most; None if the record was rejected."""
        specification, names = self.task.specification, self.task.names
        fault: tuple[Reason, str] | None = None
        if values is None:
            fault = Reason.ENCODING, f"The record is not valid {specification.encoding}."
        elif _NUL in raw:
            fault = Reason.NUL_BYTE, "The record holds a NUL byte."
        else:
            if specification.strip:
                values = [value.strip(BLANKS) for value in values]
            if names is None or len(values) == len(names):
                return values
            values, reason = _fitted(values, len(names), specification)
            if reason is not None:
                fault = reason, f"The record does not have {len(names)} values as the header has."
        if fault is not None:
            self.rejected.append(Rejected(row, *fault, raw))
            return None
        return values


def _fitted(values: list[str], width: int, specification: CsvFormat) -> tuple[list[str], Reason | None]:
    """Too few or too many values, made to fit by the rule of the feed; or the reason why they cannot be."""
    if len(values) < width:
        return values, Reason.TOO_FEW_VALUES if specification.ragged == "quarantine" else None
    if specification.ragged == "cut" or not any(values[width:]):
        return values[:width], None
    if specification.ragged == "join" and width:
        joint = specification.delimiter if specification.delimiter_pattern is None else " "
        return [*values[: width - 1], joint.join(values[width - 1 :])], None
    return values, Reason.TOO_MANY_VALUES
