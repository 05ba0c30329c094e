"""The one door to the formats: bytes of a slice and its specification in, ``Records`` out."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from tutela.core.feeds.formats.delimited import read_delimited
from tutela.core.feeds.formats.html_table import read_html_table
from tutela.core.feeds.formats.json_documents import read_json, read_ndjson
from tutela.core.feeds.formats.key_value import read_key_value
from tutela.core.feeds.formats.limits import DEFAULT_LIMITS, Limits
from tutela.core.feeds.formats.lines import read_lines
from tutela.core.feeds.formats.records import Records, combine, rejected_frame
from tutela.core.feeds.formats.slices import slices
from tutela.core.feeds.formats.specification import (
    CsvFormat,
    Format,
    HtmlTableFormat,
    JsonFormat,
    KeyValueFormat,
    LinesFormat,
    NdjsonFormat,
    XmlFormat,
)
from tutela.core.feeds.formats.xml_documents import read_xml

if TYPE_CHECKING:
    from tutela.core.feeds.formats.cutting import Piece
    from tutela.core.feeds.formats.slices import Slice


def read(
    data: bytes,
    specification: Format,
    *,
    first_row: int = 1,
    header: bytes | None = None,
    keep_raw: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Records:
    """The records of ``data``: without ``header`` a whole report, else a slice with the header that ``slices`` gives.

    A whole report goes through ``slices`` first (encoding, header, records that are too long), in one slice where
    possible.
    """
    if header is not None:
        return _read(data, specification, first_row, header, keep_raw=keep_raw, pieces=())
    size = max(len(data), 1)
    parts = slices(io.BytesIO(data), specification, target_bytes=size, limits=limits, first_row=first_row)
    return combine([read_slice(part, specification, keep_raw=keep_raw) for part in parts])


def read_slice(part: Slice, specification: Format, *, keep_raw: bool = False) -> Records:
    """The records of a slice, with those that cutting rejected; quicker than ``read``, as cutting has seen it."""
    records = _read(part.data, specification, part.first_row, part.header, keep_raw=keep_raw, pieces=part.pieces)
    if not part.rejected:
        return records
    rejected = records.rejected.vstack(rejected_frame(part.rejected)).sort("row", maintain_order=True)
    return replace(records, rejected=rejected, rows=records.rows + len(part.rejected))


def _read(  # noqa: PLR0911 - one way out per format
    data: bytes, specification: Format, first_row: int, header: bytes, *, keep_raw: bool, pieces: tuple[Piece, ...]
) -> Records:
    match specification:
        case CsvFormat():
            return read_delimited(
                data, specification, first_row=first_row, header=header, keep_raw=keep_raw, pieces=pieces
            )
        case LinesFormat():
            return read_lines(data, specification, first_row=first_row, header=header, keep_raw=keep_raw)
        case KeyValueFormat():
            return read_key_value(data, specification, first_row=first_row, header=header, keep_raw=keep_raw)
        case NdjsonFormat():
            return read_ndjson(data, specification, first_row=first_row, keep_raw=keep_raw)
        case JsonFormat():
            return read_json(data, specification, first_row=first_row, keep_raw=keep_raw)
        case XmlFormat():
            return read_xml(data, specification, first_row=first_row, keep_raw=keep_raw)
        case HtmlTableFormat():
            return read_html_table(data, specification, first_row=first_row, keep_raw=keep_raw)
        case _:
            assert_never(specification)
