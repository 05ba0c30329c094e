"""One list of columns gives the page, the file and the interface; nothing in the file is a formula."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.web.table import Column, Kind, Table

SINGLE: Table[Any] = Table("single", (Column("value", "Value", lambda row: row),), key=str)
TABLE: Table[Any] = Table(
    "things",
    (
        Column("name", "Name", lambda row: row.name, order=("name",), link=lambda row: f"/things/{row.pk}"),
        Column("severity", "Severity", lambda row: row.severity, Kind.SEVERITY, order=("-severity", "-seen")),
        Column("tlp", "TLP", lambda row: row.tlp, Kind.TLP),
        Column("seen", "Seen", lambda row: row.seen, Kind.TIME),
    ),
)
ROW = SimpleNamespace(pk=7, name="one", severity=5, tlp=2, seen=datetime(2026, 3, 1, 12, tzinfo=UTC))


def cell_of(value: Any) -> str:
    """What a reader of CSV finds for a value in the only column."""
    header, *rows = csv.reader(io.StringIO("".join(SINGLE.csv([value])), newline=""))
    assert header == ["value"]
    (row,) = rows or [[""]]
    return row[0] if row else ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\n=", "\t\r@", "|", "\u00a0="])
def test_what_a_spreadsheet_takes_for_a_formula_is_made_harmless(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    assert cell_of(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-1+1", "+1-1", "-1\n=2", "-1.", "--1", "+-1", "-1e5", "-", "+", "=1", "@1", "-1 000"]
)
def test_what_is_nearly_a_number_is_made_harmless_too(text: str) -> None:
    assert cell_of(text) == f"'{text}"


@pytest.mark.parametrize("value", [0, 7, -7, -1.5, "-7", "+4915", "-1.50", "12"])
def test_numbers_stay_numbers(value: Any) -> None:
    assert cell_of(value) == str(value)


@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1", "a=b", "x-y", "someone@example.org", "it's", "例子", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert cell_of(text) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_no_text_whatever_begins_as_a_formula_and_none_is_lost(text: str) -> None:
    cell = cell_of(text)
    assert cell in {text, f"'{text}"}
    assert not re.match(r"\s*[=+\-@]", cell) or re.fullmatch(r"[+-]\d+(\.\d+)?", cell)
    assert not cell.startswith(("\t", "\r"))


@given(st.lists(st.text("ab,\"'\r\n;=", max_size=8), min_size=1, max_size=5))
def test_commas_quotes_and_ends_of_lines_stay_within_their_cell(texts: list[str]) -> None:
    _, *rows = csv.reader(io.StringIO("".join(SINGLE.csv(texts)), newline=""))
    assert [(row or [""])[0].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in texts]


def test_the_file_has_a_header_and_lines_that_end_as_the_rfc_says() -> None:
    assert list(TABLE.csv([ROW])) == ["name,severity,tlp,seen\r\n", "one,critical,AMBER,2026-03-01T12:00:00Z\r\n"]
    assert list(TABLE.csv([])) == ["name,severity,tlp,seen\r\n"]


def test_lines_are_made_one_by_one() -> None:
    def rows() -> Any:
        yield ROW
        raise AssertionError("nobody has asked for a second row")

    lines = TABLE.csv(rows())
    assert next(lines).startswith("name")
    assert next(lines).startswith("one")


def test_a_page_gets_key_value_and_link_of_each_cell() -> None:
    ((key, cells),) = TABLE.lines([ROW])
    assert key == "7"
    assert [(cell.column.name, cell.value, cell.link) for cell in cells] == [
        ("name", "one", "/things/7"),
        ("severity", 5, ""),
        ("tlp", 2, ""),
        ("seen", ROW.seen, ""),
    ]


def test_programs_get_words_and_times_in_utc() -> None:
    assert list(TABLE.as_dicts([ROW])) == [
        {"name": "one", "severity": "critical", "tlp": "AMBER", "seen": "2026-03-01T12:00:00Z"}
    ]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (3, 3),
        ([1], [1]),
        ({"a": 1}, {"a": 1}),
        (date(2026, 3, 1), "2026-03-01"),
        (b"x", "b'x'"),
    ],
)
def test_programs_get_what_json_knows_and_text_for_the_rest(value: Any, plain: Any) -> None:
    assert next(SINGLE.as_dicts([value])) == {"value": plain}


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ("name", ("name",)),
        ("-name", ("-name",)),
        ("severity", ("-severity", "-seen")),
        ("-severity", ("severity", "seen")),
        ("tlp", None),
        ("-tlp", None),
        ("--name", None),
        ("password", None),
        ("", None),
    ],
)
def test_it_is_sorted_by_its_own_columns_alone(asked: str, order: tuple[str, ...] | None) -> None:
    assert TABLE.order_by(asked) == order
