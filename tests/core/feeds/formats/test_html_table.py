"""Tables of HTML pages."""

from __future__ import annotations

from typing import Any

import pytest

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.reader import read
from tutela.core.feeds.formats.records import ROW
from tutela.core.feeds.formats.specification import HtmlTableFormat

PAGE = b"""<html><body><table class="layout"><tr><td>
<TABLE class="data wide" style='table-layout: fixed;'><TR><TH>Date&nbsp;</TH><TH>URL</TH><th></th>
<tr><td>2026-01-01<td><a href="/x">[D]</a> <a href="/y">example.com/a</a><td>
<tr><td>2026-01-02<td>example.org <table><tr><td>inner</table><td><input value=" 192.0.2.1 ">
<tr></tr></TABLE></td></tr></table></body>"""


def rows(data: bytes, **options: Any) -> list[tuple[str | None, ...]]:
    """The values of the table."""
    return read(data, HtmlTableFormat(**options)).frame.drop(ROW).rows()


@pytest.mark.parametrize(
    "options",
    [
        {"index": 1},
        {"attribute": "class", "attribute_value": "data"},
        {"attribute": "style", "attribute_value": "table-layout: fixed;"},
    ],
)
def test_a_table_is_found(options: dict[str, Any]) -> None:
    records = read(PAGE, HtmlTableFormat(**options), keep_raw=True)
    assert records.columns == ["Date", "URL", "column_3"]
    assert records.frame.drop("__raw").rows() == [
        ("2026-01-01", "[D] example.com/a", None, 1),
        ("2026-01-02", "example.org inner", "192.0.2.1", 2),
    ]
    assert records.frame["__raw"][0].startswith("<tr><td>2026-01-01</td>")
    assert records.rows == 2


def test_columns_links_and_no_header() -> None:
    options: dict[str, Any] = {"index": 1, "columns": ["date", "url", "ip"]}
    assert read(PAGE, HtmlTableFormat(**options, links=True)).frame["url@href"].to_list() == ["/x", None]
    assert rows(PAGE, **options, header="none")[0] == ("Date", "URL", None)
    assert read(b"<table><tr><td>a<td>b", HtmlTableFormat(header="none")).columns == ["0", "1"]


def test_ragged_rows() -> None:
    data = b"<table><tr><th>a<th>b<tr><td>1<tr><td>1<td>2<td>3<tr><td>1<td>2<td></table>"
    assert rows(data) == [("1", None), ("1", "2")]
    assert read(data, HtmlTableFormat()).rejected.select("row", "reason").rows() == [(2, "too-many-values")]
    assert read(data, HtmlTableFormat(ragged="quarantine")).rejected["row"].to_list() == [1, 2]
    assert rows(data, ragged="cut") == [("1", None), ("1", "2"), ("1", "2")]


@pytest.mark.parametrize("data", [b"<p>The service is down</p>", b"<!-- -->", b"just text", b"<table></table>"])
def test_a_page_without_the_table_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"no table|not HTML"):
        read(data, HtmlTableFormat(attribute="class", attribute_value="data"))


def test_empty_pages_and_tables() -> None:
    assert read(b"", HtmlTableFormat()).rows == 0
    assert read(b"<table></table>", HtmlTableFormat()).rows == 0


def test_encodings_and_deep_nesting() -> None:
    assert rows("<table><tr><th>é<tr><td>ü".encode("latin-1")) == [("ü",)]
    deep = b"<div>" * 100_000 + b"<table><tr><th>a<tr><td>1</table>"
    try:
        records = read(deep, HtmlTableFormat())
    except BadInput:
        return
    assert records.rows <= 1
