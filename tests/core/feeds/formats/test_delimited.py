"""CSV: what a row is, what is rejected, and that the fast way and Python's csv module read alike."""

from __future__ import annotations

import csv
import io
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tutela.core.errors import BadInput
from tutela.core.feeds.formats import delimited
from tutela.core.feeds.formats.head import column_names
from tutela.core.feeds.formats.reader import read
from tutela.core.feeds.formats.records import ROW
from tutela.core.feeds.formats.specification import CsvFormat


def values(data: bytes, **options: Any) -> list[tuple[str | None, ...]]:
    """The rows of a report, source columns only."""
    return read(data, CsvFormat(**options)).frame.drop(ROW).rows()


def reasons(data: bytes, **options: Any) -> list[tuple[int, str]]:
    """Row and reason of what was rejected."""
    return read(data, CsvFormat(**options)).rejected.select("row", "reason").rows()


def test_header_quotes_and_empty_values() -> None:
    records = read(b'"a","b","c"\n1,"x, y",""\n,"q""q",3\n', CsvFormat())
    assert records.columns == ["a", "b", "c"]
    assert records.frame.rows() == [("1", "x, y", None, 1), (None, 'q"q', "3", 2)]
    assert records.frame.schema[ROW] == pl.UInt32
    assert records.rows == 2


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(line_end: bytes) -> None:
    data = b'a,b\n1,2\n3,"4"\n'.replace(b"\n", line_end)
    assert values(data) == [("1", "2"), ("3", "4")]
    assert values(data.rstrip()) == [("1", "2"), ("3", "4")]


def test_a_line_end_inside_quotes_belongs_to_the_value() -> None:
    assert values(b'a,b\n"1\r\n\n# 2",x\n3,4\n', comments=["#"]) == [("1\r\n\n# 2", "x"), ("3", "4")]


def test_comments_blank_lines_and_eof_mark_are_no_records() -> None:
    data = b"; list\n;\n; ip, asn\n192.0.2.1,AS64496\n\n \t\n  ; note\n192.0.2.2, AS64497\n; EOF\n"
    records = read(data, CsvFormat(comments=[";"], header="comment", skip_initial_space=True))
    assert records.frame.rows() == [("192.0.2.1", "AS64496", 1), ("192.0.2.2", "AS64497", 2)]
    assert records.columns == ["ip", "asn"]


def test_header_from_a_pattern() -> None:
    data = b"# written today\n# Format: report|ip|asn\nbots|192.0.2.1|64496\n"
    options: dict[str, Any] = {"comments": ["#"], "delimiter": "|", "header_pattern": r"^# Format: (.*)$"}
    assert read(data, CsvFormat(**options)).columns == ["report", "ip", "asn"]
    assert values(data, **options) == [("bots", "192.0.2.1", "64496")]


def test_skipped_lines_and_given_columns() -> None:
    data = b"a line\nsource_ip,source_url\n192.0.2.1,http://example.com\n"
    assert values(data, skip_lines=2, header="none", columns=["ip", "url"]) == [("192.0.2.1", "http://example.com")]
    records = read(data, CsvFormat(skip_lines=1, columns=["ip", "url"]))
    assert records.columns == ["ip", "url"]
    assert records.rows == 1


def test_columns_are_numbered_where_nobody_names_them() -> None:
    records = read(b"x,y\nz\n", CsvFormat(header="none"))
    assert records.columns == ["1", "2"]
    assert records.frame.rows() == [("x", "y", 1), ("z", None, 2)]
    assert read(b"x,y\nz,w\n", CsvFormat(header="none")).columns == ["1", "2"]


def test_pipes_between_blanks() -> None:
    data = b'64496   |  EXAMPLE "AS"  |       192.0.2.1  |  2021-08-27\n'
    options: dict[str, Any] = {
        "delimiter": "|",
        "quote": None,
        "strip": True,
        "header": "none",
        "columns": list("abcd"),
    }
    assert values(data, **options) == [("64496", 'EXAMPLE "AS"', "192.0.2.1", "2021-08-27")]
    assert values(data.replace(b"|", b"||"), **(options | {"delimiter": "||"})) == values(data, **options)


def test_delimiter_as_a_pattern() -> None:
    assert values(b"a   b\t c\n", delimiter_pattern=r"\s+", header="none") == [("a", "b", "c")]


def test_delimiter_of_one_character_but_two_bytes() -> None:
    assert values('a¦b\n1¦"2\n¦"\n'.encode(), delimiter="¦") == [("1", "2\n¦")]


def test_preamble_gives_columns() -> None:
    data = b"# updated: 2015-12-15\nip\n192.0.2.1\n# updated: never\n192.0.2.2\n"
    preamble = {"updated": r"updated: (\S+)", "absent": r"nothing: (\S+)"}
    rows = values(data, comments=["#"], preamble=preamble)
    assert rows == [("192.0.2.1", "2015-12-15", None), ("192.0.2.2", "2015-12-15", None)]


RAGGED = b"a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n"


def test_ragged_rows_are_padded_and_long_ones_rejected() -> None:
    assert values(RAGGED) == [("1", "2", "3"), ("1", "2", None), ("1", "2", "3")]
    assert reasons(RAGGED) == [(3, "too-many-values")]


@pytest.mark.parametrize(
    ("policy", "kept", "rejected"),
    [
        ("quarantine", [1, 4], [(2, "too-few-values"), (3, "too-many-values")]),
        ("join", [1, 2, 3, 4], []),
        ("cut", [1, 2, 3, 4], []),
    ],
)
def test_other_policies_for_ragged_rows(policy: str, kept: list[int], rejected: list[tuple[int, str]]) -> None:
    records = read(RAGGED, CsvFormat(ragged=policy))
    assert records.frame[ROW].to_list() == kept
    assert records.rejected.select("row", "reason").rows() == rejected
    assert records.rows == 4
    if policy == "join":
        assert records.frame["c"].to_list() == ["3", None, "3,4", "3"]


def test_a_short_row_and_a_long_one_do_not_hide_each_other() -> None:
    assert reasons(b"a,b,c\n1,2\n1,2,3,4\n") == [(2, "too-many-values")]
    assert reasons(b"a,b,c\n1,2,3,4\n1,2\n", ragged="quarantine") == [(1, "too-many-values"), (2, "too-few-values")]


def test_empty_report_and_header_only() -> None:
    empty = read(b"", CsvFormat())
    assert (empty.columns, empty.rows, empty.frame.height, empty.rejected.height) == ([], 0, 0, 0)
    only = read(b"a,b\n", CsvFormat())
    assert (only.columns, only.rows, only.frame.height) == (["a", "b"], 0, 0)
    assert read(b"# nothing\n\n", CsvFormat(comments=["#"])).columns == []


def test_a_nul_byte_rejects_its_record_only() -> None:
    data = b"a,b\n1,2\n3,\x004\n5,6\n"
    assert values(data) == [("1", "2"), ("5", "6")]
    assert reasons(data) == [(2, "nul-byte")]


def test_wrong_encoding() -> None:
    data = "a,b\n1,é\n2,ü\n".encode("latin-1") + "3,é\n".encode()
    records = read(data, CsvFormat())
    assert records.frame["b"].to_list() == ["é", "ü", "é"]
    assert records.notes == ("2 lines were not valid UTF-8 and were read as Latin-1.",)
    told = read(data, CsvFormat(encoding="utf-8"))
    assert told.frame["b"].to_list() == ["é"]
    assert told.rejected["reason"].to_list() == ["bad-encoding"] * 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8"])
def test_encodings_are_detected(encoding: str) -> None:
    assert values("name,é\nx,ü\n".encode(encoding)) == [("x", "ü")]
    assert read("é,b\nx,ü\n".encode("utf-8-sig"), CsvFormat()).columns == ["é", "b"]


def test_encodings_are_obeyed() -> None:
    assert values("a\n€\n".encode("cp1252"), encoding="windows-1252") == [("€",)]
    assert values("a\né\n".encode("utf-16-be"), encoding="utf-16-be") == [("é",)]


def test_names_are_made_usable() -> None:
    records = read(b" a ,a,,__row\n1,2,3,4\n", CsvFormat())
    assert records.columns == ["a", "a#2", "column_3", "__row#2"]


def test_an_absurd_header_is_refused() -> None:
    with pytest.raises(BadInput, match="columns, more than"):
        read(b"," * 5000 + b"\n", CsvFormat())


def test_column_names_of_the_start_of_a_report() -> None:
    assert column_names(b'"ip","port"\n192.0.2.1,80\n192.0', CsvFormat()) == ["ip", "port"]
    assert column_names(b"192.0.2.1,80\n", CsvFormat(header="none")) is None
    assert column_names(b"", CsvFormat()) == []


@pytest.mark.parametrize("data", [b'a,b\n"1\n2",x\n3,4\n', b"a,b\r\n1,2\r\n3,4\r\n", b'a,b\n1,"2""3"\n5,6'])
def test_raw_text(data: bytes) -> None:
    raw = read(data, CsvFormat(), keep_raw=True).frame["__raw"].to_list()
    lines = list(csv.reader(io.StringIO("\n".join(raw), newline="")))
    assert len(lines) == 2
    assert not any(text.endswith(("\n", "\r")) for text in raw)


def test_an_unclosed_quote_swallows_one_line_not_the_report() -> None:
    data = b'a,b\n1,2\n3,"4\n5,6\n7,8\n'
    assert values(data) == [("1", "2"), ("5", "6"), ("7", "8")]
    assert reasons(data) == [(2, "unclosed-quote")]
    assert values(b'a,b\n1,2\n3,"4') == [("1", "2"), ("3", "4")]


# ---- the fast way against csv -------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        '"',
        '""',
        ",",
        "\n",
        "\r\n",
        "a",
        "b c",
        " ",
        "",
        "\t",
        "é",
        '","',
        '"\n"',
        "x,y",
        ",,",
        "#",
        "1,2,3\n",
        '"1","2"\n',
    ]
)


def without_blank(rows: list[list[str]]) -> list[list[str]]:
    """Rows that hold anything; csv gives a line of blanks as a value, we give no record."""
    return [row for row in rows if "".join(row).strip(" \t\r\n")]


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
@example('"b,"c",d"\n"x","y"\n')
@example('"abc"d"e,f",b\n1,2\n')
@example('""a"",b\n1,2\n')
@example('"a""",b\n"""x""",""\n')
@example('",",","\n","x",\n')
def test_read_as_python_does(text: str) -> None:
    records = read(text.encode(), CsvFormat(header="none"))
    if "unclosed-quote" in records.rejected["reason"].to_list():
        return
    found = [[value or "" for value in row] for row in records.frame.drop(ROW).rows()]
    expected = list(csv.reader(io.StringIO(text, newline="")))
    width = max(len(records.columns), *map(len, expected), 0)
    padded = [row + [""] * (width - len(row)) for row in [*found, *expected]]
    assert without_blank(padded[: len(found)]) == without_blank(padded[len(found) :])


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.lists(st.text(alphabet='ab,"\n\ré ;#', max_size=6), min_size=3, max_size=3), min_size=1, max_size=12),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_fast_and_slow_agree(rows: list[list[str]], quoting: int, line_end: str) -> None:
    target = io.StringIO(newline="")
    csv.writer(target, quoting=quoting, lineterminator=line_end).writerows(rows)
    data = b"a,b,c\n" + target.getvalue().encode()
    usual = read(data, CsvFormat())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_read_fast", lambda *_: None)
        slow = read(data, CsvFormat())
    assert usual.frame.equals(slow.frame)
    assert usual.rejected.equals(slow.rejected)


def test_the_fast_way_is_taken_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"a,b,c\n" + b'"1","x, ""y""\r\nz",\r\n2,,"3"\r\n' * 1000
    expected = read(data, CsvFormat()).frame
    monkeypatch.setattr(delimited, "_SlowReader", None)
    assert read(data, CsvFormat()).frame.equals(expected)
    assert expected.rows()[:2] == [("1", 'x, "y"\r\nz', None, 1), ("2", None, "3", 2)]


def test_one_odd_record_does_not_slow_down_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'"2026-01-01","192.0.2.1",80\n'
    data = b"a,b,c\n" + line * 100_000 + b'1,"2"x,3\n' + line * 100_000
    read_slowly = 0
    original = delimited._SlowReader.read

    def counting(reader: Any) -> Any:
        nonlocal read_slowly
        records = original(reader)
        read_slowly += records.rows
        return records

    monkeypatch.setattr(delimited._SlowReader, "read", counting)
    records = read(data, CsvFormat())
    assert records.rows == records.frame.height == 200_001
    assert records.frame.row(100_000) == ("1", "2x", "3", 100_001)
    assert read_slowly < 10_000
