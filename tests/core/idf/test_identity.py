"""The identity of events, against its documented bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.idf.fields import EVENT_FIELDS, FIELDS, IdfType, event_schema
from tutela.core.idf.identity import IDENTITY_FIELDS, IDENTITY_RECIPE, ROWS_AT_ONCE, identity, identity_bytes

FREE_TEXT = {IdfType.STRING, IdfType.LOWERCASE_STRING, IdfType.UPPERCASE_STRING, IdfType.URL}
moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2261, 12, 31))  # noqa: DTZ001 - zone below


def values_of(field):
    by_type = {
        IdfType.DATETIME: moments.map(lambda moment: moment.replace(tzinfo=UTC)),
        IdfType.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
        IdfType.ACCURACY: st.floats(0, 100),
        IdfType.INTEGER: st.integers(0, 2**31),
        IdfType.ASN: st.integers(1, 2**32 - 1),
        IdfType.BOOLEAN: st.booleans(),
        IdfType.JSON_DICT: st.sampled_from(["{}", '{"a":1}', '{"a":"\\u001f"}']),
    }
    text = st.text(alphabet="ab=\x1fü", min_size=1, max_size=5) if field.type in FREE_TEXT else st.sampled_from("xyz")
    return by_type.get(field.type, text)


invalid = st.dictionaries(
    st.sampled_from(["source.ip", "source.port"]),
    st.fixed_dictionaries({"reason": st.sampled_from("pq"), "value": st.text(alphabet='a"\x1f,ü', max_size=4)}),
    min_size=1,
).map(lambda told: json.dumps(told, sort_keys=True, ensure_ascii=False))
events = st.lists(
    st.fixed_dictionaries(
        {}, optional={**{field.name: values_of(field) for field in EVENT_FIELDS}, "invalid": invalid}
    ),
    max_size=5,
)


def frame_of(items, names=None):
    known = {**event_schema(), "invalid": pl.String}
    schema = {name: known[name] for name in names or known}
    return pl.DataFrame([{name: item.get(name) for name in schema} for item in items], schema=schema)


@settings(deadline=None, max_examples=60)
@given(events)
def test_it_is_the_hash_of_the_documented_bytes(items):
    expected = [xxhash.xxh3_128_intdigest(identity_bytes(item)) for item in items]
    made = identity(frame_of(items))
    assert (made.name, made.dtype, made.to_list()) == ("identity", pl.UInt128, expected)


@settings(deadline=None, max_examples=25)
@given(events, st.randoms(use_true_random=False))
def test_neither_order_nor_empty_columns_nor_company_matter(items, random):
    present = [name for name in (*event_schema(), "invalid") if any(name in item for item in items)]
    random.shuffle(present)
    whole = identity(frame_of(items)).to_list()
    if present:
        assert identity(frame_of(items, present)).to_list() == whole
    assert [identity(frame_of([item]))[0] for item in items] == whole


def test_golden_values():
    """A change here is a new recipe: all identities ever stored would be other ones."""
    event = {
        "source.ip": "192.0.2.1",
        "source.port": 80,
        "source.asn": 64496,
        "source.geolocation.latitude": -48.25,
        "source.tor_node": True,
        "time.source": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        "event_description.text": "a\x1fb=c ü",
        "extra": '{"tag":"x"}',
    }
    assert IDENTITY_RECIPE == 1
    assert identity_bytes(event) == (
        b'1\x1fevent_description.text=a\x1f\x1fb=c \xc3\xbc\x1fextra={"tag":"x"}\x1fsource.asn=64496'
        b"\x1fsource.geolocation.latitude=-4591384635732131840\x1fsource.ip=192.0.2.1\x1fsource.port=80"
        b"\x1fsource.tor_node=true\x1ftime.source=1767323045000006"
    )
    assert f"{identity(frame_of([event]))[0]:032x}" == "844d20247442e7c63c2293271f7990a8"


def test_a_value_that_is_not_valid_counts_and_its_reason_does_not():
    event = {"source.ip": "192.0.2.1"}
    told = {"source.port": {"reason": "not a port", "value": "99999"}}
    reworded = {"source.port": {"reason": "no number up to 65535", "value": "99999"}}
    other = {"source.port": {"reason": "not a port", "value": "99998"}}
    made = identity(frame_of([event, *(event | {"invalid": json.dumps(one)} for one in (told, reworded, other))]))
    assert identity_bytes(event | {"invalid": json.dumps(told)}) == (
        b'1\x1finvalid={"source.port":"99999"}\x1fsource.ip=192.0.2.1'
    )
    assert made[0] == identity(frame_of([event]))[0]
    assert made[1] == made[2]
    assert made.n_unique() == 3


def test_two_events_cannot_be_made_to_look_alike():
    honest = {"event_description.text": "a", "source.account": "b"}
    forged = {"event_description.text": "a\x1fsource.account=b"}
    assert identity(frame_of([honest]))[0] != identity(frame_of([forged]))[0]


@pytest.mark.parametrize("name", ["raw", "time.observation"])
def test_how_an_event_reached_us_does_not_count(name):
    assert name not in IDENTITY_FIELDS
    event = {"source.ip": "192.0.2.1"}
    value = "YQ==" if name == "raw" else datetime(2026, 1, 1, tzinfo=UTC)
    assert identity(frame_of([event | {name: value}]))[0] == identity(frame_of([event]))[0]


def test_more_rows_than_are_hashed_at_once_are_hashed_alike():
    items = [{"source.port": number, "malware.name": "m"} for number in range(ROWS_AT_ONCE + 2)]
    items[3] |= {"malware.name": "odd"}
    items[-1] |= {"malware.name": "to\x1frn"}
    some = [0, 3, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, -1]
    made = identity(frame_of(items, ["source.port", "malware.name"]))
    assert made.len() == len(items)
    assert [made[at] for at in some] == [xxhash.xxh3_128_intdigest(identity_bytes(items[at])) for at in some]


def test_what_is_not_of_the_format_does_not_count():
    frame = pl.DataFrame({"source.ip": ["192.0.2.1"], "row": [1], "organisation": ["x"]})
    assert identity(frame)[0] == identity(frame.select("source.ip"))[0]
    assert len(identity(frame.clear())) == 0
    assert identity(pl.DataFrame({"row": [1, 2]})).n_unique() == 1


def test_negative_zero_is_zero():
    field = "source.geolocation.latitude"
    assert FIELDS[field].type is IdfType.FLOAT
    assert identity(frame_of([{field: -0.0}]))[0] == identity(frame_of([{field: 0.0}]))[0]
