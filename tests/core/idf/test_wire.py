"""IDF JSON lines out and in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.idf.fields import event_schema
from tutela.core.idf.identity import identity
from tutela.core.idf.json_text import braced
from tutela.core.idf.wire import ROWS_AT_ONCE, extra_members, from_idf, to_idf

SHARED = Path(__file__).resolve().parents[4] / "shared"


def lines(frame):
    return [orjson.loads(line) for line in to_idf(frame)]


def test_an_event_on_the_wire():
    frame = pl.DataFrame(
        {
            "row": [1, 2],
            "time.source": [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)],
            "source.ip": ["192.0.2.1", None],
            "source.port": [80, None],
            "source.tor_node": [False, None],
            "feed.accuracy": [99.5, float("nan")],
            "tlp": ["CLEAR", "AMBER+STRICT"],
            "extra": ['{"a":"\\"é","b.c":{"d":[1,null]}}', None],
        }
    )
    first, second = to_idf(frame)
    assert first == (
        b'{"feed.accuracy":99.5,"source.ip":"192.0.2.1","source.port":80,"source.tor_node":false,'
        b'"time.source":"2026-01-02T03:04:05+00:00","tlp":"WHITE",'
        b'"extra.a":"\\"\xc3\xa9","extra.b.c":{"d":[1,null]},"__type":"Event"}\n'
    )
    assert orjson.loads(second) == {"time.source": "2026-01-02T03:04:05.000060+00:00", "tlp": "RED", "__type": "Event"}


def test_frames_with_little_in_them():
    assert lines(pl.DataFrame({"row": [1]})) == [{"__type": "Event"}]
    assert lines(pl.DataFrame({"extra": [None, "{}"]}, schema={"extra": pl.String})) == [{"__type": "Event"}] * 2
    assert lines(pl.DataFrame({"source.ip": []}, schema={"source.ip": pl.String})) == []


def test_more_rows_than_are_written_at_once():
    frame = pl.DataFrame({"source.port": [*range(ROWS_AT_ONCE), None, 7]})
    got = lines(frame)
    assert (len(got), got[-3].get("source.port"), got[-2].get("source.port"), got[-1]["source.port"]) == (
        ROWS_AT_ONCE + 2,
        ROWS_AT_ONCE - 1,
        None,
        7,
    )


def test_long_whole_numbers_of_extra_stay_exact():
    frame = pl.DataFrame({"extra": ['{"n":123456789012345678901234567890}']})
    assert b'"extra.n":123456789012345678901234567890' in next(to_idf(frame))


extras = st.dictionaries(
    st.text(alphabet="abc.", min_size=1, max_size=4),
    st.one_of(
        st.text(max_size=5), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.lists(st.integers(0, 9), max_size=2)
    ),
    max_size=3,
)
moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2261, 12, 31))  # noqa: DTZ001 - zone below
plain = st.fixed_dictionaries(
    {},
    optional={
        "source.ip": st.ip_addresses().filter(lambda address: int(address) > 0).map(str),
        "source.port": st.integers(0, 65535),
        "source.asn": st.integers(1, 2**32 - 1),
        "source.geolocation.latitude": st.floats(-90, 90),
        "source.tor_node": st.booleans(),
        "time.source": moments.map(lambda moment: moment.replace(tzinfo=UTC)),
        "event_description.text": st.text(min_size=1).filter(
            lambda text: text.strip() == text and text not in {"-", "N/A"}
        ),
        "tlp": st.sampled_from(["CLEAR", "GREEN", "AMBER", "RED"]),
        "classification.type": st.sampled_from(["scanner", "phishing"]),
        "extra": extras,
    },
)


@settings(deadline=None)
@given(st.lists(plain, max_size=6))
def test_what_goes_out_comes_in_the_same(items):
    texts = [
        orjson.dumps(item["extra"], option=orjson.OPT_SORT_KEYS).decode() if item.get("extra") else None
        for item in items
    ]
    rows = [
        {name: item.get(name) for name in event_schema()} | {"extra": text}
        for item, text in zip(items, texts, strict=True)
    ]
    frame = pl.DataFrame(rows, schema=event_schema())
    reading = from_idf(to_idf(frame))
    assert reading.errors.is_empty()
    assert reading.frame.drop("row").equals(frame)
    assert identity(reading.frame).to_list() == identity(frame).to_list()


BAD_ROWS = [
    ("{", "", "not an IDF event"),
    ("[1]", "", "not an IDF event"),
    ({"__type": "Report", "raw": "YQ=="}, "", "not an IDF event"),
    ({"source.ip": "nowhere"}, "source.ip", "not an IP address"),
    ({"source.ip": 1}, "source.ip", "JSON str expected"),
    ({"source.port": "80"}, "source.port", "JSON int expected"),
    ({"source.port": True}, "source.port", "JSON int expected"),
    ({"source.tor_node": 1}, "source.tor_node", "JSON bool expected"),
    ({"time.source": "2026-01-01 00:00:00"}, "time.source", "not a time"),
    ({"source.nonsense": "x"}, "source.nonsense", "not a field of IDF"),
    ({"extra": "x"}, "extra", "not a JSON object"),
]


@pytest.mark.parametrize(("row", "field", "reason"), BAD_ROWS)
def test_errors_tell_row_and_field(row, field, reason):
    line = row if isinstance(row, str) else json.dumps(row)
    reading = from_idf(['{"source.asn": 64496}', line])
    (error,) = reading.errors.to_dicts()
    assert (error["row"], error["field"]) == (2, field)
    assert reason in error["reason"]
    assert reading.frame["source.asn"][0] == 64496


def test_lenient_where_nothing_is_lost():
    reading = from_idf([{"feed.accuracy": 100, "comment": None, "status": "-", "extra": {"a": 1}, "extra.b": ""}])
    assert reading.errors.is_empty()
    assert reading.frame.select("feed.accuracy", "comment", "status", "extra").row(0) == (
        100.0,
        None,
        None,
        '{"a":1,"b":""}',
    )
    assert from_idf([{"extra": '{"a": 1}'}]).frame["extra"].to_list() == ['{"a":1}']
    assert from_idf([]).frame.schema == pl.Schema({"row": pl.UInt32, **event_schema()})


def test_extra_from_columns():
    frame = pl.DataFrame(
        {
            "t": ["x", "", "-", None],
            "j": ['{"b":1,"a":2}', "null", "not json", '"N/A"'],
            "f": [1.5, float("inf"), 2.0, None],
            "n": [1, None, 3, None],
            "when": [datetime(2026, 1, 1, tzinfo=UTC), None, None, None],
        }
    )
    made = braced(extra_members(frame.select(pl.col("j").alias("a.b"), "f", "n", "when", z="t"), {"a.b"}))
    assert made.to_list() == [
        '{"a.b":{"a":2,"b":1},"f":1.5,"n":1,"when":"2026-01-01T00:00:00+00:00","z":"x"}',
        None,
        '{"a.b":"not json","f":2.0,"n":3}',
        None,
    ]


def test_extra_of_nothing():
    assert braced(extra_members(pl.DataFrame({"a": ["", "-"]}))).to_list() == [None, None]
    assert braced(extra_members(pl.DataFrame(schema={"a": pl.String}))).to_list() == []


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({name: st.one_of(st.none(), st.text(max_size=6)) for name in "abc"}), max_size=8))
def test_extra_is_what_each_row_has(items):
    frame = pl.DataFrame(items, schema=dict.fromkeys("abc", pl.String))
    wanted = [{key: text for key, text in item.items() if text not in {None, "", "-", "N/A"}} for item in items]
    expected = [orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode() if row else None for row in wanted]
    assert braced(extra_members(frame)).to_list() == expected


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the shared material is not beside the project")
def test_recorded_events_come_in_and_go_out_the_same():
    cases = (json.loads(path.read_text()) for path in sorted(SHARED.glob("conformance/cases/*/[0-9]*.json")))
    events = [event for case in cases for found in case["observed"].values() for event in found]
    reading = from_idf(map(json.dumps, events))
    assert len(events) > 1000
    assert reading.errors.is_empty()

    def comparable(event):
        return event | ({"output": json.loads(event["output"])} if "output" in event else {})

    assert [comparable(event) for event in lines(reading.frame)] == [comparable(event) for event in events]
