"""Free text lines and key=value lines."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tutela.core.feeds.formats.key_value import split_pairs
from tutela.core.feeds.formats.reader import read
from tutela.core.feeds.formats.records import ROW, unique_names
from tutela.core.feeds.formats.specification import KeyValueFormat, LinesFormat


def test_named_groups_become_columns() -> None:
    records = read(
        b"# list\n\n192.0.2.1\t80\nodd\n192.0.2.2\t81",
        LinesFormat(pattern=r"(?P<ip>\S+)\t(?P<port>\d+)", comments=["#"]),
    )
    assert records.frame.rows() == [("192.0.2.1", "80", 1), ("192.0.2.2", "81", 3)]
    assert records.rejected.rows() == [(2, "no-match", "The line does not look as this feed's lines do.", "odd")]
    assert records.rows == 3


def test_without_groups_the_line_is_the_value() -> None:
    records = read(b" http://example.com/a \nhttp://example.org\n", LinesFormat(), keep_raw=True)
    assert records.frame.rows() == [
        ("http://example.com/a", 1, " http://example.com/a "),
        ("http://example.org", 2, "http://example.org"),
    ]


@pytest.mark.parametrize(
    ("match", "expected"), [("whole", []), ("start", ["1"]), ("search", ["1", "3"]), ("every", ["1", "2", "3"])]
)
def test_ways_to_match(match: str, expected: list[str]) -> None:
    specification = LinesFormat(pattern=r"(?P<n>\d)", match=match, unmatched="skip")
    records = read(b"1 2\nx 3\nx\n", specification)
    assert records.frame["n"].to_list() == expected
    assert records.rejected.height == 0
    assert records.rows == 3
    assert records.left_out == 3 - records.frame[ROW].n_unique()


def test_matches_of_one_line_share_its_row() -> None:
    records = read(b"a1 a2\nb3\n", LinesFormat(pattern=r"(?P<n>\d)", match="every"))
    assert records.frame[ROW].to_list() == [1, 1, 2]


def test_context_lines_give_columns_to_what_follows() -> None:
    data = b".early\n:on lists [cr], see\n.domain1\n.domain2\n:on lists [mw]\n.domain3\n"
    specification = LinesFormat(pattern=r"\.(?P<domain>.+)", context=r"^:.*\[(?P<list>\w+)\]")
    records = read(data, specification)
    rows = records.frame.select("domain", "list").rows()
    assert rows == [("early", None), ("domain1", "cr"), ("domain2", "cr"), ("domain3", "mw")]


def test_text_is_replaced_before_it_is_matched() -> None:
    specification = LinesFormat(
        pattern=r"https?://\S+", match="every", replace=[["hxxp", "http"], ["[.]", "."]], unmatched="skip"
    )
    assert read(b"see hxxp://example[.]com/x here\nnothing\n", specification).frame["line"].to_list() == [
        "http://example.com/x"
    ]


def test_preamble_of_skipped_lines() -> None:
    data = b"<pre>\nlast 100 links\nMon, 17 Aug 2015 14:36:19 +0000\n\nhttp://example.com/x.exe\n"
    specification = LinesFormat(skip_lines=3, preamble={"date": r"^(\w{3}, .*)$"})
    assert read(data, specification).frame.select("line", "date").rows() == [
        ("http://example.com/x.exe", "Mon, 17 Aug 2015 14:36:19 +0000")
    ]


def test_lines_with_nul_or_odd_encoding() -> None:
    data = b"a\nb\x00\n\xe9\n"
    assert read(data, LinesFormat()).frame["line"].to_list() == ["a", "é"]
    told = read(data, LinesFormat(encoding="utf-8"))
    assert told.rejected["reason"].to_list() == ["nul-byte", "bad-encoding"]


def test_empty_lines_report() -> None:
    records = read(b"", LinesFormat(pattern="(?P<a>.)"))
    assert (records.columns, records.frame.height) == (["a"], 0)


@pytest.mark.parametrize(
    "options", [{"pattern": "("}, {"context": "no group"}, {"unknown": 1}, {"preamble": {"a": "x"}}]
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LinesFormat(**options)


def test_key_value() -> None:
    data = b'srcip=192.0.2.1 type=test msg="a b=c" empty=\nnothing here\nsrcip=192.0.2.2 srcip=192.0.2.3\n'
    records = read(data, KeyValueFormat(), keep_raw=True)
    assert records.columns == ["srcip", "type", "msg", "empty"]
    assert records.frame.select("srcip", "type", "msg", "empty", ROW).rows() == [
        ("192.0.2.1", "test", "a b=c", None, 1),
        ("192.0.2.2", None, None, None, 3),
    ]
    assert records.rejected.select("row", "reason", "raw").rows() == [(2, "no-pairs", "nothing here")]


@pytest.mark.parametrize(
    ("line", "options", "expected"),
    [
        ("a:1 b:2", {"key_value_separator": ":"}, {"a": "1", "b": "2"}),
        ("a=1;b=2", {"pair_separator": ";"}, {"a": "1", "b": "2"}),
        ("a=1 || b = 2", {"pair_separator": "||"}, {"a": "1", "b": "2"}),
        ("a='x y'", {"quote": "'"}, {"a": "x y"}),
        ('a="x y"', {"quote": None}, {"a": '"x'}),
        ("url=http://example.com/?a=b", {}, {"url": "http://example.com/?a=b"}),
        ("__row=1 =2 a=", {}, {"a": ""}),
    ],
)
def test_pairs(line: str, options: dict[str, Any], expected: dict[str, str]) -> None:
    assert split_pairs(line, KeyValueFormat(**options)) == expected


def test_unique_names() -> None:
    assert unique_names(["a", "a", "", "a#2", "__raw"]) == ["a", "a#2", "column_3", "a#2#2", "__raw#2"]
