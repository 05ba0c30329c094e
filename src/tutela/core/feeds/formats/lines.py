"""Free text lines, read by a regular expression with named groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.feeds.formats.encoding import is_utf8, mend
from tutela.core.feeds.formats.head import with_preamble
from tutela.core.feeds.formats.physical_lines import BLANKS, idle_test, split_lines
from tutela.core.feeds.formats.records import RAW, ROW, Reason, Records, Rejected, rejected_frame, row_numbers
from tutela.core.feeds.patterns import MATCH, grouped, named_groups

if TYPE_CHECKING:
    from tutela.core.feeds.formats.specification import LineBased, LinesFormat

WHOLE_MATCH = "line"
_NUL = "\x00"
_LINE, _TEXT, _FOUND = "__line", "__text", "__found"


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
    lines = _prepared(source.lines, specification)
    lines, context, context_rows = _with_context(lines, specification)
    found = _every_match(lines, specification) if specification.match == "every" else _one_match(lines, specification)
    unmatched = lines.join(found, on=ROW, how="anti", maintain_order="left")
    skips = specification.unmatched == "skip"
    rejected = rejected_frame(source.rejected)
    if not skips:
        rejected = pl.concat([rejected, _no_match(unmatched)]).sort("row")
    names = [*(named_groups(specification.pattern) or [WHOLE_MATCH]), *context]
    frame = found.select(*(pl.when(pl.col(name) != "").then(pl.col(name)) for name in names), ROW)
    if keep_raw:
        frame = frame.with_columns(found[_LINE].alias(RAW))
    return Records(
        with_preamble(frame, header, specification),
        rejected,
        rows=source.rows,
        header=header.decode("utf-8", "replace"),
        notes=source.notes,
        passed_over=pl.concat([context_rows, unmatched[ROW]]) if skips else context_rows,
    )


def _prepared(lines: list[tuple[int, str]], specification: LinesFormat) -> pl.DataFrame:
    """Lines as they came, and as they are matched."""
    frame = pl.DataFrame(lines, schema={ROW: pl.UInt32, _LINE: pl.String}, orient="row")
    text = pl.col(_LINE)
    for old, new in specification.replace:
        text = text.str.replace_all(old, new, literal=True)
    return frame.with_columns(text.str.strip_chars(BLANKS).alias(_TEXT))


def _with_context(lines: pl.DataFrame, specification: LinesFormat) -> tuple[pl.DataFrame, list[str], pl.Series]:
    """Lines with the columns that the line of context before each gives; these columns; the rows of the context."""
    if specification.context is None:
        return lines, [], row_numbers(())
    own = named_groups(specification.pattern)
    names = [name for name in named_groups(specification.context) if name not in own]
    is_context = lines.select(pl.col(_TEXT).str.contains(specification.context)).to_series()
    told = lines.filter(is_context)
    groups = told[_TEXT].str.extract_groups(specification.context)
    before_any = pl.Series([None], dtype=pl.String)
    places = is_context.cast(pl.UInt32).cum_sum().filter(~is_context)
    given = (pl.concat([before_any, groups.struct.field(name).alias("")]).gather(places).alias(name) for name in names)
    return lines.filter(~is_context).with_columns(given), names, told[ROW]


def _one_match(lines: pl.DataFrame, specification: LinesFormat) -> pl.DataFrame:
    """The lines that match, with a column for each group."""
    start, end = {"whole": (r"\A", r"\z"), "start": (r"\A", ""), "search": ("", "")}[specification.match]
    pattern = pl.col(_TEXT).str.extract_groups(start + grouped(specification.pattern) + end)
    names = named_groups(specification.pattern)
    taken = {name: name for name in names} or {WHOLE_MATCH: MATCH}
    found = lines.with_columns(pattern.alias(_FOUND)).filter(pl.col(_FOUND).struct.field(MATCH).is_not_null())
    return found.with_columns(pl.col(_FOUND).struct.field(group).alias(name) for name, group in taken.items())


def _every_match(lines: pl.DataFrame, specification: LinesFormat) -> pl.DataFrame:
    """A row for each place that matches.

    Each match is replaced by its groups, with NUL before each and after the last: no line holds a NUL. Taken apart
    there, a text is what stands before the first match, its groups, what stands between, the groups of the next ...
    """
    names = named_groups(specification.pattern)
    groups = "".join(f"{_NUL}${{{group}}}" for group in names or ["0"]) + _NUL
    parts = pl.col(_TEXT).str.replace_all(specification.pattern, groups).str.split(_NUL)
    found = lines.with_columns(parts.alias(_FOUND)).filter(pl.col(_FOUND).list.len() > 1)
    columns = names or [WHOLE_MATCH]
    step = len(columns) + 1
    taken = (pl.col(_FOUND).list.gather_every(step, at).alias(name) for at, name in enumerate(columns, start=1))
    return found.with_columns(taken).explode(columns)


def _no_match(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        pl.col(ROW).alias("row"),
        pl.lit(Reason.NO_MATCH.value).alias("reason"),
        pl.lit("The line does not look as this feed's lines do.").alias("detail"),
        pl.col(_LINE).alias("raw"),
    )
