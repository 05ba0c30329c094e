"""Every row of a report is accounted for once, whatever its format and wherever it is cut into slices."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.accounting import Account, account
from tests.core.feeds.helpers import feed
from tutela.core.feeds.compile import compile_feed

SKIP = {"column": "ip", "matches": "skip"}
LINES = {"type": "lines", "pattern": r"(?P<ip>\S+) ?(?P<more>.*)", "unmatched": "skip"}
FORMATS: dict[str, tuple[dict[str, Any], bytes, Account]] = {
    "csv": ({"type": "csv"}, b"ip,port\n192.0.2.1,1\nskip,2\nnonsense,3\n1,2,3\n", Account(4, 1, 1, 2)),
    "lines": (
        {"type": "lines", "pattern": r"(?P<ip>[\d.]+|skip|bad)", "unmatched": "skip", "comments": ["#"]},
        b"# list\n192.0.2.1\n\nskip\nbad\nso much for that\n",
        Account(4, 1, 2, 1),
    ),
    "lines, unmatched": (
        {"type": "lines", "pattern": r"(?P<ip>[\d.]+)"},
        b"192.0.2.1\nso much for that\n",
        Account(2, 1, 0, 1),
    ),
    "lines, every match": (
        {"type": "lines", "pattern": r"(?P<ip>[\d.]{7,}|bad)", "match": "every", "unmatched": "skip"},
        b"192.0.2.1 and 192.0.2.2\n192.0.2.3 and bad\nbad and bad\nnothing\n",
        Account(4, 1, 1, 2),
    ),
    "lines, context": (
        {"type": "lines", "pattern": r"(?P<ip>[\d.]+)", "context": "^=(?P<list>.*)", "unmatched": "skip"},
        b"=one\n192.0.2.1\n=two\n192.0.2.2\nskip\n",
        Account(5, 2, 3, 0),
    ),
    "key_value": (
        {"type": "key_value"},
        b"ip=192.0.2.1 port=1\nip=skip\nip=bad\nnothing\n",
        Account(4, 1, 1, 2),
    ),
    "json": (
        {"type": "json", "branches": [["ip"]]},
        b'[{"ip": ["192.0.2.1", "192.0.2.2"]}, {"none": 1}, null, {"ip": ["skip"]}]',
        Account(4, 1, 2, 1),
    ),
    "ndjson": (
        {"type": "ndjson", "rows": "a"},
        b'{"a": [{"ip": "192.0.2.1"}, {"ip": "skip"}]}\n{"a": []}\n{"a": [{"ip": "skip"}, 7]}\n{"b": 1}\n[\n',
        Account(5, 1, 1, 3),
    ),
    "xml": (
        {"type": "xml", "rows": "row"},
        b"<a><row><ip>192.0.2.1</ip></row><row/><row><ip>skip</ip></row></a>",
        Account(3, 1, 1, 1),
    ),
    "html_table": (
        {"type": "html_table"},
        b"<table><tr><th>ip</th></tr><tr><td>192.0.2.1<tr><td>skip<tr><td>bad<tr><td>1<td>2</table>",
        Account(4, 1, 1, 2),
    ),
}


def compiled(specification: dict[str, Any], **more: Any):
    parts = {"fields": {"source.ip": "ip"}, "format": specification, "required": ["source.ip"], "skip": [SKIP]}
    return compile_feed(feed(**{**parts, **more}))


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_of_a_format_is_accounted_for(name: str) -> None:
    specification, data, expected = FORMATS[name]
    assert account(compiled(specification), data) == expected
    assert account(compiled(specification), data, slice_bytes=1) == expected


def test_a_row_made_into_several_is_one_row() -> None:
    several = compiled({"type": "csv"}, each={"column": "ip", "separator": ";"})
    data = b"ip\n192.0.2.1;192.0.2.2\n192.0.2.3;bad;bad\nskip;192.0.2.4\nskip;skip\nskip;bad\n"
    assert account(several, data) == Account(rows=5, read=2, skipped=1, quarantined=2)


def test_replayed_rows_are_accounted_for_alone() -> None:
    specification, data, _ = FORMATS["lines"]
    assert account(compiled(specification), data, only_rows=frozenset({2, 4})) == Account(2, 0, 2, 0)


PIECES = [
    "192.0.2.1",
    "skip",
    "bad",
    ";",
    ",",
    " ",
    "\n",
    "\r\n",
    "# x\n",
    "=list\n",
    '{"a": [{"ip": "skip"}, {}]}\n',
    "z" * 40,
]
SPECIFICATIONS: list[dict[str, Any]] = [
    {"type": "csv", "header": "none", "columns": ["ip", "port"], "comments": ["#"]},
    LINES,
    LINES | {"pattern": r"(?P<ip>[\d.]+|skip|bad)", "match": "every"},
    LINES | {"match": "search", "unmatched": "quarantine", "comments": ["#"]},
    LINES | {"context": "^=(?P<list>.*)"},
    {"type": "key_value", "key_value_separator": "."},
    {"type": "ndjson", "rows": "a"},
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.integers(1, 90),
    st.sampled_from(SPECIFICATIONS),
    st.booleans(),
)
def test_the_account_is_the_same_in_slices_of_any_size(
    text: str, size: int, specification: dict[str, Any], several: bool
) -> None:
    more = {"each": {"column": "ip", "separator": ";"}} if several else {}
    made = compiled(specification, **more)
    assert account(made, text.encode(), slice_bytes=size) == account(made, text.encode())
