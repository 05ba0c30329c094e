"""JSON in lines and in documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.reader import read
from tutela.core.feeds.formats.records import ROW, Records
from tutela.core.feeds.formats.specification import JsonFormat, NdjsonFormat


def rows(records: Records) -> list[dict[str, Any]]:
    """The records as dictionaries without what is absent; JSON columns decoded."""
    return [
        {
            name: json.loads(value) if name in records.json_columns else value
            for name, value in row.items()
            if value is not None and name != ROW
        }
        for row in records.frame.iter_rows(named=True)
    ]


def test_objects_are_flattened_and_types_kept() -> None:
    data = b'{"a":{"b":1,"c":{"d":"x"}},"n":1.50,"t":true,"l":[1,{"x":2}],"z":null,"e":"","o":{}}\n'
    records = read(data, NdjsonFormat())
    assert records.frame.drop(ROW).to_dicts() == [
        {"a.b": "1", "a.c.d": "x", "n": "1.5", "t": "true", "l": '[1,{"x":2}]'}
    ]
    assert records.json_columns == {"a.b", "n", "t", "l"}


def test_strings_in_a_column_of_several_types_are_quoted() -> None:
    records = read(b'{"a":1}\n{"a":"1"}\n{"b":"x"}\n', NdjsonFormat())
    assert rows(records) == [{"a": 1}, {"a": "1"}, {"b": "x"}]
    assert records.frame["a"].to_list() == ["1", '"1"', None]


def test_lines_that_are_no_objects_are_rejected() -> None:
    records = read(b'\n {"a":"x"} \n[1]\n"s"\nnull\n7\n{"a":\n{"a":"y"}\n', NdjsonFormat(), keep_raw=True)
    assert records.frame["a"].to_list() == ["x", "y"]
    assert records.frame[ROW].to_list() == [1, 7]
    assert records.frame["__raw"].to_list() == ['{"a":"x"}', '{"a":"y"}']
    assert records.rejected.select("row", "reason").rows() == [
        (2, "not-an-object"),
        (3, "not-an-object"),
        (4, "not-an-object"),
        (5, "not-an-object"),
        (6, "bad-json"),
    ]
    assert "character 6" in records.rejected["detail"][-1]


@pytest.mark.parametrize("depth", [100, 1000, 5000, 200_000])
@pytest.mark.parametrize("kind", ["object", "array"])
def test_deep_nesting_is_rejected(depth: int, kind: str) -> None:
    opening, closing = ('{"a":', "}") if kind == "object" else ("[", "]")
    deep = opening * depth + "1" + closing * depth
    records = read(f'{{"x":"1"}}\n{{"x":{deep}}}\n{{"x":"3"}}\n'.encode(), NdjsonFormat())
    assert records.rows == 3
    if kind == "array" and depth == 100:  # an array is one value, however it looks inside
        assert records.rejected.height == 0
    else:
        assert records.rejected.select("row", "reason").rows() == [(2, "too-deep")]
        assert records.frame["x"].to_list() == ["1", "3"]


def test_a_document_nested_too_deeply_is_refused() -> None:
    with pytest.raises(BadInput, match="nested too deeply"):
        read(b"[" * 200_000 + b"]" * 200_000, JsonFormat())


@pytest.mark.parametrize("number", ["123456789012345678901234567890", "1e400", "NaN", "-Infinity", "0.1"])
def test_odd_numbers(number: str) -> None:
    records = read(f'{{"a":{number},"b":[{number}]}}'.encode(), NdjsonFormat())
    assert records.rows == records.frame.height == 1
    assert records.frame["a"][0]


def test_surrogates_and_nul_are_rejected() -> None:
    records = read(b'{"a":"\\ud800"}\n{"a":"x\\u0000"}\n{"a":"\\ud83d\\ude00"}\n{"a":["\\u0000"]}\n', NdjsonFormat())
    assert records.rejected["reason"].to_list() == ["bad-json", "nul-byte", "nul-byte"]
    assert records.frame["a"].to_list() == ["😀"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('[{"a":"1"},{"a":"2"}]', [1, 2]),
        ('{"a":"1"}', [1]),
        ('{"a":"1"}\n{"a":"2"} {"a":"3"}', [1, 2, 3]),
        ('{"a":"1"},\n[{"a":"2"}]', [1, 2]),
        ("  \n", []),
        ("", []),
        ("[]", []),
    ],
)
def test_documents(data: str, expected: list[int]) -> None:
    records = read(data.encode(), JsonFormat())
    assert records.frame[ROW].to_list() == expected
    assert records.rows == len(expected)


def test_scalars_in_an_array_are_values() -> None:
    records = read(b'["example.com","example.org",null]', JsonFormat())
    assert records.frame["value"].to_list() == ["example.com", "example.org"]
    assert records.rejected.select("row", "reason").rows() == [(3, "not-an-object")]


def test_what_follows_a_document_and_is_not_json_is_rejected() -> None:
    records = read(b'{"a":"1"} {"a": oops', JsonFormat())
    assert records.frame["a"].to_list() == ["1"]
    assert records.rejected.select("row", "reason", "raw").rows() == [(2, "bad-json", '{"a": oops')]


@pytest.mark.parametrize("data", [b"<html>", b'[{"a":1},', b"\x00", b'{"a":1'])
def test_a_report_that_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="not JSON"):
        read(data, JsonFormat())


def test_rows_at_a_path() -> None:
    data = b'{"status":"OK","data":{"list":[{"a":"1"},{"a":"2"}]}}'
    assert rows(read(data, JsonFormat(rows="data.list"))) == [{"a": "1"}, {"a": "2"}]
    assert rows(read(data, JsonFormat(rows="data"))) == [{"list": [{"a": "1"}, {"a": "2"}]}]
    with pytest.raises(BadInput, match="nothing at answers"):
        read(data, JsonFormat(rows="answers"))


def test_explode() -> None:
    data = b'[{"id":"1","d":[{"ip":"x"},{"ip":"y"}]},{"id":"2","d":[]},{"id":"3"},{"id":"4","d":{"ip":"z"}}]'
    records = read(data, JsonFormat(explode=["d"]))
    assert rows(records) == [
        {"id": "1", "d.ip": "x"},
        {"id": "1", "d.ip": "y"},
        {"id": "2"},
        {"id": "3"},
        {"id": "4", "d.ip": "z"},
    ]
    assert records.frame[ROW].to_list() == [1, 1, 2, 3, 4]
    assert records.rows == 4


def test_explode_inside_and_of_scalars() -> None:
    data = b'{"a.b":{"c":[{"d":["1","2"]},{"d":["3"]}]},"k":"v"}'
    records = read(data, NdjsonFormat(explode=["a.b.c", "a.b.c.d"]))
    assert rows(records) == [{"a.b.c.d": number, "k": "v"} for number in "123"]


def test_branches() -> None:
    data = b'{"s":{"n":"x","files":[{"md5":"1"}],"ips":[{"ip":"2"},{"ip":"3"}]}}'
    records = read(data, JsonFormat(branches=[[], ["s.files"], ["s.ips"], ["s.urls"]]))
    assert [sorted(row) for row in rows(records)] == [
        ["s.files", "s.ips", "s.n"],
        ["s.files.md5", "s.ips", "s.n"],
        ["s.files", "s.ips.ip", "s.n"],
        ["s.files", "s.ips.ip", "s.n"],
    ]


def test_entries_whole_and_keep() -> None:
    data = b'{"family_x":["a","b"],"family_y":["c"]}'
    records = read(data, JsonFormat(entries=[""], explode=["value"]))
    assert rows(records) == [
        {"key": "family_x", "value": "a"},
        {"key": "family_x", "value": "b"},
        {"key": "family_y", "value": "c"},
    ]
    nested = b'{"a":{"b":{"c":1}},"l":[1]}'
    assert rows(read(nested, NdjsonFormat(whole=["a.b"]))) == [{"a.b": {"c": 1}, "l": [1]}]
    assert rows(read(nested, NdjsonFormat(whole=["a.b"], keep={"copy": "a", "all": ""}, explode=["l"]))) == [
        {"a.b": {"c": 1}, "l": 1, "copy": {"b": {"c": 1}}, "all": {"a": {"b": {"c": 1}}, "l": [1]}}
    ]


def test_rows_of_an_envelope_in_each_line() -> None:
    records = read(b'{"events":[{"a":"1"},{"a":"2"}]}\n{"other":1}\n{"events":[]}\n', NdjsonFormat(rows="events"))
    assert records.frame.rows() == [("1", 1), ("2", 1)]
    assert records.rejected.select("row", "reason").rows() == [(2, "not-an-object")]
    assert (records.rows, records.left_out) == (3, 1)


def test_encodings() -> None:
    assert rows(read('[{"a":"é"}]'.encode("utf-16"), JsonFormat())) == [{"a": "é"}]
    assert rows(read('[{"a":"é"}]'.encode("latin-1"), JsonFormat())) == [{"a": "é"}]
    with pytest.raises(BadInput, match="not valid utf-8"):
        read('[{"a":"é"}]'.encode("latin-1"), JsonFormat(encoding="utf-8"))


def test_names_of_our_own_are_not_taken() -> None:
    assert read(b'{"__row":"9","a":"x"}', NdjsonFormat()).columns == ["a", "__row#2"]
