"""What a format reader hands on: columns of text, row numbers, and the records that could not be read.

Every reader gives the same shape, whatever the report looked like, so that a feed definition never needs to know
whether a column came from CSV, JSON or an HTML table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import orjson
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROW = "__row"
RAW = "__raw"
INTERNAL = frozenset({ROW, RAW})

REJECTED_SCHEMA = pl.Schema({"row": pl.UInt32(), "reason": pl.String(), "detail": pl.String(), "raw": pl.String()})
RAW_SAMPLE = 200


class Reason(StrEnum):
    """Why a record could not be read; these codes are stored and shown in the quarantine."""

    TOO_FEW_VALUES = "too-few-values"
    TOO_MANY_VALUES = "too-many-values"
    UNCLOSED_QUOTE = "unclosed-quote"
    OVERSIZED = "oversized"
    TRUNCATED = "truncated"
    NUL_BYTE = "nul-byte"
    ENCODING = "bad-encoding"
    BAD_JSON = "bad-json"
    NOT_AN_OBJECT = "not-an-object"
    TOO_DEEP = "too-deep"
    NO_MATCH = "no-match"
    NO_PAIRS = "no-pairs"


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record that could not be read: its row, a reason code, a sentence, and its text (or the start of it)."""

    row: int
    reason: Reason
    detail: str
    raw: str


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one slice of a report.

    ``frame`` has one String column per source column, ``__row`` (UInt32: the 1-based number of the source record in
    the whole report; records made from one source record by ``explode`` share it) and, when asked, ``__raw`` (String:
    the source text). An empty value and an absent one are both null.

    ``json_columns`` names the columns whose text is JSON: in them a number, a truth value, an array or an object
    stands as JSON text and a string stands quoted. In all others the text is the value itself.

    ``rejected`` has the columns row, reason, detail, raw. ``passed_over`` (UInt32) are the numbers of the source
    records that the format itself leaves out: context lines, unmatched lines to skip, empty arrays. ``rows`` is the
    number of source records of the slice, whatever became of them: the next slice starts at ``first_row + rows``.
    ``header`` is the text before the first record.
    """

    frame: pl.DataFrame
    rejected: pl.DataFrame
    json_columns: frozenset[str] = frozenset()
    rows: int = 0
    header: str = ""
    notes: tuple[str, ...] = field(default=())
    passed_over: pl.Series = field(default_factory=lambda: row_numbers(()))

    @property
    def columns(self) -> list[str]:
        """The source columns, in their order in the report."""
        return [name for name in self.frame.columns if name not in INTERNAL]

    @property
    def left_out(self) -> int:
        """How many source records the format itself leaves out."""
        return len(self.passed_over)


def row_numbers(rows: Iterable[int]) -> pl.Series:
    """Numbers of source records as the series that ``Records`` holds."""
    return pl.Series(ROW, list(rows), dtype=pl.UInt32)


def rejected_frame(rejected: Iterable[Rejected]) -> pl.DataFrame:
    """Rejected records as a frame of ``REJECTED_SCHEMA``, in the order of their rows."""
    ordered = sorted(rejected, key=lambda one: one.row)
    return pl.DataFrame(
        {
            "row": [one.row for one in ordered],
            "reason": [one.reason.value for one in ordered],
            "detail": [one.detail for one in ordered],
            "raw": [one.raw for one in ordered],
        },
        schema=REJECTED_SCHEMA,
    )


def records_frame(
    columns: Sequence[str],
    values: Sequence[Sequence[str | None]],
    rows: Sequence[int],
    raws: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Columns of text (one sequence of values per column) as the ``frame`` of ``Records``."""
    data = {name: pl.Series(name, column, dtype=pl.String) for name, column in zip(columns, values, strict=True)}
    data[ROW] = row_numbers(rows)
    if raws is not None:
        data[RAW] = pl.Series(RAW, raws, dtype=pl.String)
    return pl.DataFrame(data)


def unique_names(names: Iterable[str]) -> list[str]:
    """Header names made usable as columns: trimmed, never empty, never twice, never one of our own.

    A name that comes again gets ``#2``, ``#3``; an empty one becomes ``column_N`` by its 1-based position.
    """
    taken = set(INTERNAL)
    result = []
    for position, given in enumerate(names, start=1):
        base = given.strip() or f"column_{position}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}#{count}"
        taken.add(name)
        result.append(name)
    return result


def combine(parts: Sequence[Records]) -> Records:
    """The records of several slices of one report, in their order, as one."""
    if len(parts) == 1:
        return parts[0]
    json_columns = frozenset[str]().union(*(part.json_columns for part in parts))
    frames = [_with_json(part, json_columns) for part in parts]
    frame = pl.concat(frames, how="diagonal")
    inner = [name for name in (ROW, RAW) if name in frame.columns]
    return Records(
        frame.select([*(name for name in frame.columns if name not in INTERNAL), *inner]),
        pl.concat([part.rejected for part in parts]),
        json_columns,
        sum(part.rows for part in parts),
        parts[0].header,
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        pl.concat([part.passed_over for part in parts]),
    )


def _with_json(part: Records, json_columns: frozenset[str]) -> pl.DataFrame:
    """The frame with plain text made JSON text, in columns that are JSON elsewhere in the report."""
    plain = [name for name in part.columns if name in json_columns and name not in part.json_columns]
    return part.frame.with_columns(
        [
            pl.col(name).map_elements(lambda text: orjson.dumps(text).decode(), return_dtype=pl.String, skip_nulls=True)
            for name in plain
        ]
    )
