"""How much of what comes in from outside is taken at most, so that no report can fill memory or disk."""

from __future__ import annotations

from dataclasses import dataclass

from tutela.core.errors import BadInput

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one report; all in bytes where nothing else is said.

    ``unwrapped``: of all parts of a report together, unpacked. ``ratio``: unpacked bytes per packed byte, looked at
    once ``ratio_from`` bytes are unpacked (a short report may be all blanks). ``members``: files in an archive.
    ``nesting``: wrappers around wrappers. ``record``: one record of a line format; a longer one is rejected and the
    rest goes on. ``head``: what lies before the first record. ``document``: one JSON, XML or HTML document, which is
    read in one piece and takes about ten times its size; ``values``: how many values or elements it holds at the most,
    as the smallest of them take a hundred times their size. ``lines``, ``cells`` (lines times columns): what one slice
    holds at the most, as a line costs memory even where it is empty, and a short line has all columns.
    """

    unwrapped: int = 64 * GIB
    ratio: int = 400
    ratio_from: int = 64 * MIB
    members: int = 1000
    nesting: int = 2
    record: int = 16 * MIB
    head: int = MIB
    document: int = 512 * MIB
    values: int = 16_000_000
    lines: int = 200_000
    cells: int = 8_000_000


DEFAULT_LIMITS = Limits()
MAXIMUM_COLUMNS = 4096
MAXIMUM_CELLS = 16_000_000
"""Of one slice, whatever made them: columns that differ from record to record, arrays taken apart, parts of a value."""


def bear(rows: int, columns: int) -> None:
    """Nothing, or ``BadInput`` where so many rows with so many columns are more than one slice may have."""
    if rows * columns > MAXIMUM_CELLS:
        raise BadInput(
            f"{rows} rows of one part of the report have {columns} columns together, more than memory should hold.",
            remedy="Look at the report: one record is taken apart into very many, or each has columns of its own.",
        )
