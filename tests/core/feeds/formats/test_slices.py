"""Slices: whole records, row numbers that do not depend on the slice size, bounded memory."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.cutting import Cut, Cutter
from tutela.core.feeds.formats.limits import MIB, Limits
from tutela.core.feeds.formats.reader import read, read_slice
from tutela.core.feeds.formats.records import ROW, Records, combine
from tutela.core.feeds.formats.slices import Slice, slices
from tutela.core.feeds.formats.specification import (
    CsvFormat,
    Format,
    HtmlTableFormat,
    JsonFormat,
    KeyValueFormat,
    LineBased,
    LinesFormat,
    NdjsonFormat,
    XmlFormat,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = Limits(record=64)


class Stream:
    """A stream that may break off."""

    def __init__(self, data: bytes, fault: str = "") -> None:
        self._file, self.fault = io.BytesIO(data), fault

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes."""
        return self._file.read(size)


def cut(data: bytes, specification: Format, size: int, limits: Limits = SMALL) -> list[Slice]:
    """The slices of a report."""
    return list(slices(io.BytesIO(data), specification, target_bytes=size, limits=limits))


def in_slices(data: bytes, specification: Format, size: int, limits: Limits = SMALL) -> Records:
    """The report read slice by slice."""
    return combine([read_slice(part, specification) for part in cut(data, specification, size, limits)])


def same(one: Records, other: Records) -> bool:
    """Whether two readings have the same records."""
    columns = sorted(set(one.columns) | set(other.columns))
    return (
        set(one.columns) == set(other.columns)
        and one.frame.select(*columns, ROW).rows() == other.frame.select(*columns, ROW).rows()
        and one.rejected.rows() == other.rejected.rows()
        and one.rows == other.rows
    )


def agree(data: bytes, specification: Format, size: int, lines: int) -> None:
    """In slices and in one, a report is read alike."""
    limits = replace(SMALL, lines=lines)
    try:
        whole = read(data, specification, limits=SMALL)
    except BadInput:
        with pytest.raises(BadInput):
            in_slices(data, specification, size, limits)
        return
    assert same(in_slices(data, specification, size, limits), whole)


PIECES = st.sampled_from(
    [
        '"',
        '""',
        ",",
        "\n",
        "\r\n",
        "\r",
        "a",
        " ",
        "é",
        '","',
        '"\n"',
        "# c\n",
        "1,2,3\n",
        '"1","2"\n',
        "x" * 70,
        "y" * 30,
        "\n\n \n\t\n\n",
        "\r\n\r\n \r\n",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join), st.integers(1, 90), st.integers(1, 9))
def test_csv_is_the_same_in_slices_of_any_size(text: str, size: int, lines: int) -> None:
    specification = CsvFormat(comments=("#",), columns=("a", "b", "c"), preamble={"note": "# (.*)"})
    agree(text.encode(), specification, size, lines)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a=1", "b", "\n", "\r\n", "\r", " ", "#", '{"a":1}', "[2]", "z" * 70, "\n\n \n\n"]),
        max_size=30,
    ),
    st.integers(1, 90),
    st.integers(1, 9),
    st.sampled_from(
        [
            LinesFormat(pattern=r"(?P<a>\S+).*", comments=("#",)),
            KeyValueFormat(comments=("#",)),
            NdjsonFormat(),
            CsvFormat(quote=None, header="none", columns=("a",), comments=("#",)),
        ]
    ),
)
def test_lines_are_the_same_in_slices_of_any_size(pieces: list[str], size: int, lines: int, specification: Any) -> None:
    agree("".join(pieces).encode(), specification, size, lines)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(PIECES, st.just("q" * 50)), max_size=30).map("".join), st.integers(1, 90), st.integers(1, 9))
def test_a_slicer_goes_on_whatever_it_keeps_back(text: str, size: int, lines: int) -> None:
    """The unfinished last line of what is read is kept back; no report may have it read the same again for ever."""
    data = text.encode()
    calls = 0
    cut_once = Cutter.cut

    def counted(self: Cutter, buffer: bytes, *, ended: bool) -> Cut:
        nonlocal calls
        calls += 1
        assert calls <= 40 + 2 * len(data), "the slicer does not go on"
        return cut_once(self, buffer, ended=ended)

    class Crumbs(io.BytesIO):
        """A stream that gives less than it is asked for."""

        def read(self, count: int | None = -1, /) -> bytes:
            return super().read(min(7, count or 0))

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(BadInput):
        patch.setattr(Cutter, "cut", counted)
        limits = replace(SMALL, lines=lines)
        rows = [part.rows for part in slices(Crumbs(data), CsvFormat(), target_bytes=size, limits=limits)]
        assert sum(rows) == read(data, CsvFormat(), limits=SMALL).rows


@pytest.mark.parametrize(
    "specification", [CsvFormat(header="none", columns=("a", "b")), LinesFormat(), KeyValueFormat(), NdjsonFormat()]
)
@pytest.mark.parametrize("line", [b"x\n", b"\n", b"#\n", b"x\n\n\n\n\n", b'"\n', b"\r", b"x,\r\n"])
def test_a_slice_has_so_many_lines_at_the_most(specification: LineBased | NdjsonFormat, line: bytes) -> None:
    marked = specification.model_copy(update={"comments": ("#",)})
    data = b"1,2\n" + line * 500 + b"3,4\n"
    parts = cut(data, marked, 10_000, Limits(record=2000, lines=20))
    assert max(part.data.count(b"\n") for part in parts) <= (20 if line != b'"\n' else 2000)
    assert max(part.rows for part in parts) <= 21
    assert sum(part.rows for part in parts) == read(data, marked, limits=Limits(record=2000)).rows


def test_a_slice_of_many_columns_has_fewer_lines() -> None:
    head = b",".join(b"column%d" % number for number in range(1000)) + b"\n"
    parts = cut(head + b"x\n" * 100, CsvFormat(), MIB, Limits(cells=10_000))
    assert [part.rows for part in parts] == [10] * 10


@pytest.mark.parametrize(
    ("specification", "data"),
    [
        (NdjsonFormat(), b"".join(b'{"k%d":1}\n' % number for number in range(200))),
        (KeyValueFormat(), b"".join(b"k%d=1\n" % number for number in range(200))),
        (XmlFormat(rows="r"), b"<a>" + b"".join(b"<r><k%d>1</k%d></r>" % (n, n) for n in range(200)) + b"</a>"),
        (HtmlTableFormat(), b"<table><tr>" + b"<th>k" * 200 + b"<tr><td>x" * 200 + b"</table>"),
        (CsvFormat(header="none"), b"," * 200 + b"\n" + b"1\n2,3\n" * 200),
        (
            JsonFormat(explode=("a",)),
            b'{"a":[' + b"1," * 200 + b"1]" + b"".join(b',"k%d":1' % n for n in range(90)) + b"}",
        ),
    ],
)
def test_few_bytes_that_stand_for_more_than_memory_holds_are_refused(
    specification: Format, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutela.core.feeds.formats.limits.MAXIMUM_CELLS", 10_000)
    with pytest.raises(BadInput, match="more than memory should hold"):
        in_slices(data, specification, MIB, Limits())


@pytest.mark.parametrize(
    ("specification", "record", "other"),
    [
        (NdjsonFormat(), b"{" + b",".join(b'"k%d":1' % number for number in range(5000)) + b"}", b'{"k1":2}'),
        (KeyValueFormat(), b" ".join(b"k%d=1" % number for number in range(5000)), b"k1=2"),
        (CsvFormat(header="none"), b"1," * 5000, b"1,2"),
    ],
)
def test_a_record_of_too_many_values_is_rejected_alone(specification: Format, record: bytes, other: bytes) -> None:
    records = in_slices(record + b"\n" + other + b"\n", specification, MIB, Limits())
    assert records.rejected.select("row", "reason").rows() == [(1, "too-many-values")]
    assert records.frame[ROW].to_list() == [2]


def test_a_document_of_too_many_values_is_refused() -> None:
    with pytest.raises(BadInput, match="more than 100 values"):
        cut(b"[" + b"1," * 100 + b"1]", JsonFormat(), 10, Limits(values=100))


def test_rows_and_headers_of_slices() -> None:
    data = b"a,b\n" + b'1,"x\ny"\n' * 10
    parts = cut(data, CsvFormat(), 20)
    assert [part.index for part in parts] == list(range(len(parts)))
    assert len(parts) > 3
    assert all(part.header == b"a,b\n" for part in parts)
    assert parts[0].first_row == 1
    for before, after in pairwise(parts):
        assert after.first_row == before.first_row + before.rows
    assert b"".join(part.data for part in parts) == data[4:]
    assert sum(part.rows for part in parts) == 10


def test_a_slice_may_be_read_with_its_header_alone() -> None:
    data = b"a,b\n" + b'1,"x\ny"\n' * 10
    for part in cut(data, CsvFormat(), 20):
        records = read(part.data, CsvFormat(), first_row=part.first_row, header=part.header)
        assert records.frame[ROW].to_list() == list(range(part.first_row, part.first_row + part.rows))


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"\n\n"])
def test_there_is_always_a_slice(data: bytes) -> None:
    (part,) = cut(data, CsvFormat(), 20)
    assert (part.rows, part.data) == (0, b"")


def test_an_oversized_record_is_rejected_and_the_rest_goes_on() -> None:
    data = b"a,b\n1,2\n" + b"x" * 1000 + b",3\n4,5\n"
    records = in_slices(data, CsvFormat(), 10)
    assert records.frame.rows() == [("1", "2", 1), ("4", "5", 3)]
    assert records.rejected.select("row", "reason").rows() == [(2, "oversized")]
    assert records.rejected["raw"][0] == "x" * 64


def test_an_oversized_quoted_value_loses_its_first_line_only() -> None:
    data = b'a,b\n1,"2\n' + b"3,4\n" * 40
    records = in_slices(data, CsvFormat(), 10)
    assert records.rejected.select("row", "reason").rows() == [(1, "unclosed-quote")]
    assert records.frame.height == 40


def test_a_header_that_never_ends_is_refused() -> None:
    with pytest.raises(BadInput, match="no record begins"):
        in_slices(b"x" * 1000, CsvFormat(), 10)
    assert in_slices(b"x" * 1000, LinesFormat(), 10).rejected["reason"].to_list() == ["oversized"]


def test_a_report_that_breaks_off_loses_its_unfinished_record() -> None:
    specification = CsvFormat()
    parts = list(slices(Stream(b"a,b\n1,2\n3,8", "cut short"), specification))
    records = combine([read_slice(part, specification) for part in parts])
    assert records.frame.rows() == [("1", "2", 1)]
    assert records.rejected.select("row", "reason", "raw").rows() == [(2, "truncated", "3,8")]
    whole = list(slices(Stream(b"a,b\n1,2\n3,8\n", "cut short"), specification))
    assert sum(part.rows for part in whole) == 2
    assert not any(part.rejected for part in whole)


def test_a_document_too_large_is_refused() -> None:
    with pytest.raises(BadInput, match="larger than"):
        cut(b"[" + b" " * 5 * MIB + b"]", JsonFormat(), 10, Limits(document=4 * MIB))


def test_utf16_is_cut_like_anything_else() -> None:
    data = ("a,b\n" + "é,ü\n" * 3000).encode("utf-16")
    records = in_slices(data, CsvFormat(), 1000)
    assert records.rows == 3000
    assert records.frame["b"].unique().to_list() == ["ü"]


class Endless:
    """Bytes made while they are read."""

    fault = ""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes."""
        data = self._rest or next(self._pieces, b"")
        self._rest = data[size:]
        return data[:size]


def long_line(size: int) -> Iterator[bytes]:
    """A report with one line of ``size`` bytes in it."""
    yield b"a,b\n1,2\n"
    for _ in range(size // MIB):
        yield b"x" * MIB
    yield b",3\n4,5\n"


def test_memory_stays_bounded_for_a_long_line() -> None:
    limits = Limits(record=MIB)
    tracemalloc.start()
    parts = list(slices(Endless(long_line(32 * MIB)), CsvFormat(), target_bytes=MIB, limits=limits))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.reason.value for part in parts for one in part.rejected] == ["oversized"]
    assert sum(part.rows for part in parts) == 3
    assert peak < 16 * MIB


@pytest.mark.slow
def test_memory_stays_bounded_for_a_line_of_200_mib_and_a_report_of_1_gib() -> None:
    rows = b'"2026-01-01","192.0.2.1"\n' * 40_000

    def report() -> Iterator[bytes]:
        yield from long_line(200 * MIB)
        for _ in range(1024 * MIB // len(rows)):
            yield rows

    tracemalloc.start()
    seen = taken = 0
    for part in slices(Endless(report()), CsvFormat()):
        taken += part.rows
        seen = max(seen, len(part.data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken == 3 + 40_000 * (1024 * MIB // len(rows))
    assert seen <= 26 * MIB
    assert peak < 160 * MIB


@pytest.mark.parametrize(
    ("data", "specification"),
    [
        (b'[1,2,{"a":3}]', JsonFormat()),
        (b'{"a":1}{"a":2}\n', JsonFormat()),
        (b"<a><b/><b/></a>", XmlFormat(rows="b")),
        (b"<table><tr><td>1<tr><td>2", HtmlTableFormat(header="none")),
        (b"a\rb\rc", LinesFormat(context="(?P<x>z)")),
        (b"", JsonFormat()),
    ],
)
def test_a_document_takes_enough_row_numbers(data: bytes, specification: Format) -> None:
    (part,) = cut(data, specification, 10, Limits())
    assert part.rows >= read_slice(part, specification).rows
