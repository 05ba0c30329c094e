"""A table of an HTML page, as broken as pages come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree, html

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.encoding import mend
from tutela.core.feeds.formats.limits import bear
from tutela.core.feeds.formats.physical_lines import BLANKS
from tutela.core.feeds.formats.records import Reason, Records, Rejected, records_frame, rejected_frame, unique_names

if TYPE_CHECKING:
    from tutela.core.feeds.formats.specification import HtmlTableFormat

_BLANKS = BLANKS + "\u00a0"
_LINK = "@href"


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table: the text and the first link of each cell, and the source text."""

    values: list[str]
    links: list[str]
    raw: str


def read_html_table(data: bytes, specification: HtmlTableFormat, *, first_row: int, keep_raw: bool = False) -> Records:
    """The records of the table that the specification points at; ``BadInput`` if the page has no such table."""
    text, mended = (data, 0) if specification.encoding == "utf-8" else mend(data)
    if not text.strip(BLANKS.encode()):
        return Records(records_frame((), (), ()), rejected_frame(()))
    rows = [row for row in (_row(one) for one in _rows(_table(text, specification))) if any(row.values)]
    names = list(specification.columns)
    if specification.header == "first" and rows:
        names, rows = names or rows[0].values, rows[1:]
    if not names:
        names = [str(position) for position in range(max((len(row.values) for row in rows), default=0))]
    names = unique_names(names)
    bear(len(rows), len(names))
    kept: list[tuple[int, _Row]] = []
    rejected: list[Rejected] = []
    for number, row in enumerate(rows, start=first_row):
        fault = _fault(row, names, specification)
        if fault is None:
            kept.append((number, row))
        else:
            detail = f"The row has {len(row.values)} cells where the table has {len(names)} columns."
            rejected.append(Rejected(number, fault, detail, row.raw))
    columns = [_column(kept, position, links=False) for position in range(len(names))]
    if specification.links:
        columns += [_column(kept, position, links=True) for position in range(len(names))]
        names = unique_names([*names, *(name + _LINK for name in names)])
    raws = [row.raw for _, row in kept] if keep_raw else None
    frame = records_frame(names, columns, [number for number, _ in kept], raws)
    notes = (f"{mended} lines were not valid UTF-8 and were read as Latin-1.",) if mended else ()
    return Records(frame, rejected_frame(rejected), rows=len(rows), notes=notes)


def _column(rows: list[tuple[int, _Row]], position: int, *, links: bool) -> list[str | None]:
    cells = (row.links if links else row.values for _, row in rows)
    return [(one[position] or None) if position < len(one) else None for one in cells]


def _fault(row: _Row, names: list[str], specification: HtmlTableFormat) -> Reason | None:
    if any(row.values[len(names) :]) and specification.ragged != "cut":
        return Reason.TOO_MANY_VALUES
    if len(row.values) < len(names) and specification.ragged == "quarantine":
        return Reason.TOO_FEW_VALUES
    return None


def _table(text: bytes, specification: HtmlTableFormat) -> html.HtmlElement:
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        page = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise BadInput("the report is not HTML.", remedy="Check what the source sent.") from error
    tables = [table for table in page.iter("table") if _is_wanted(table, specification)]
    if len(tables) <= specification.index:
        which = "no table" if not tables else f"only {len(tables)} tables"
        raise BadInput(
            f"the page has {which} of the kind that the feed reads.",
            remedy="Check attribute, attribute_value and index of the feed's format, and whether the source answered "
            "with an error page.",
        )
    return tables[specification.index]


def _is_wanted(table: html.HtmlElement, specification: HtmlTableFormat) -> bool:
    if specification.attribute is None:
        return True
    value = table.get(specification.attribute)
    if value is None or specification.attribute_value is None:
        return value is not None
    return value == specification.attribute_value or specification.attribute_value in value.split()


def _rows(table: html.HtmlElement) -> list[html.HtmlElement]:
    """The rows of this table, not those of tables inside it."""
    return [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]


def _row(row: html.HtmlElement) -> _Row:
    cells = [cell for cell in row if cell.tag in {"td", "th"}]
    raw = html.tostring(row, encoding="unicode", with_tail=False).strip(BLANKS)
    return _Row([_cell_text(cell) for cell in cells], [_cell_link(cell) for cell in cells], raw)


def _cell_text(cell: html.HtmlElement) -> str:
    """The text of a cell, blanks made one; where it has none, what stands in its first form field."""
    text = " ".join("".join(cell.itertext()).replace("\u00a0", " ").split())
    if text:
        return text
    return next((field.get("value", "").strip(_BLANKS) for field in cell.iter("input")), "")


def _cell_link(cell: html.HtmlElement) -> str:
    return next((link.get("href", "").strip(_BLANKS) for link in cell.iter("a")), "")
