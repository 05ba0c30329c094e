"""Lines of ``key=value`` pairs; each key becomes a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutela.core.feeds.formats.head import with_preamble
from tutela.core.feeds.formats.limits import MAXIMUM_COLUMNS, bear
from tutela.core.feeds.formats.lines import text_lines
from tutela.core.feeds.formats.physical_lines import BLANKS
from tutela.core.feeds.formats.records import INTERNAL, Reason, Records, Rejected, records_frame, rejected_frame

if TYPE_CHECKING:
    from tutela.core.feeds.formats.specification import KeyValueFormat


def read_key_value(
    data: bytes, specification: KeyValueFormat, *, first_row: int, header: bytes, keep_raw: bool = False
) -> Records:
    """The records of a slice of pairs; a piece without separator is left out, a line without any pair is rejected."""
    source = text_lines(data, specification, specification.encoding, first_row)
    rejected = source.rejected
    found: list[tuple[int, str, dict[str, str]]] = []
    for row, line in source.lines:
        pairs = split_pairs(line, specification)
        if len(pairs) > MAXIMUM_COLUMNS:
            detail = f"The record has more than {MAXIMUM_COLUMNS} values."
            rejected.append(Rejected(row, Reason.TOO_MANY_VALUES, detail, line))
        elif pairs:
            found.append((row, line, pairs))
        else:
            separator = specification.key_value_separator
            rejected.append(Rejected(row, Reason.NO_PAIRS, f"The line holds no key{separator}value pair.", line))
    names = list(dict.fromkeys(key for _, _, pairs in found for key in pairs))
    bear(len(found), len(names))
    columns = [[pairs.get(name) or None for _, _, pairs in found] for name in names]
    raws = [line for _, line, _ in found] if keep_raw else None
    frame = records_frame(names, columns, [row for row, _, _ in found], raws)
    return Records(
        with_preamble(frame, header, specification),
        rejected_frame(rejected),
        rows=source.rows,
        header=header.decode("utf-8", "replace"),
        notes=source.notes,
    )


def split_pairs(line: str, specification: KeyValueFormat) -> dict[str, str]:
    """The pairs of one line; of a key that comes twice the first value counts."""
    pairs: dict[str, str] = {}
    for piece in _pieces(line.strip(BLANKS), specification.pair_separator, specification.quote):
        key, separator, value = piece.partition(specification.key_value_separator)
        name = key.strip(BLANKS)
        if separator and name and name not in INTERNAL:
            pairs.setdefault(name, _unquoted(value.strip(BLANKS), specification.quote))
    return pairs


def _pieces(line: str, separator: str, quote: str | None) -> list[str]:
    """The line split at separators outside quotes."""
    pieces = line.split(separator)
    if quote is None or quote not in line:
        return pieces
    joined: list[str] = []
    is_open = False
    for piece in pieces:
        if is_open:
            joined[-1] += separator + piece
        else:
            joined.append(piece)
        if piece.count(quote) % 2:
            is_open = not is_open
    return joined


def _unquoted(value: str, quote: str | None) -> str:
    if quote is not None and len(value) > 1 and value.startswith(quote) and value.endswith(quote):
        return value[1:-1]
    return value
