"""Text made into typed values, field by field."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.idf.fields import EVENT_FIELDS, FIELDS
from tutela.core.idf.types import EMPTY_VALUES, explain_invalid, is_present, sanitise, sanitise_series

CASES = [
    ("source.ip", [" 192.0.2.1 ", "::", "x"], ["192.0.2.1", None, None]),
    ("source.network", ["192.0.2.9/24", "x"], ["192.0.2.0/24", None]),
    ("source.fqdn", ["Example.org.", "192.0.2.1"], ["example.org", None]),
    ("source.url", ["hxxp://example.org", "example.org"], ["http://example.org", None]),
    ("source.port", ["80", "80.0", "0", "65535", "65536", "-1", "1e3", "x", "99999999999999999999"],
     [80, 80, 0, 65535, None, None, None, None, None]),
    ("rtir_id", ["12", "+7", "70000", "1_0"], [12, 7, 70000, None]),
    ("source.asn", ["64496", "AS64496", "as64496", "0", "4294967295", "4294967296", "ASX"],
     [64496, 64496, 64496, None, 4294967295, None, None]),
    ("source.geolocation.latitude", ["1.5", "-3", "1e2", "nan", "inf", "1,5"], [1.5, -3.0, 100.0, None, None, None]),
    ("feed.accuracy", ["0", "100", "100.1", "-1"], [0.0, 100.0, None, None]),
    ("source.tor_node", ["True", "0", "YES", "no", "2"], [True, False, True, False, None]),
    ("source.registry", ["ripe-ncc", "RIPENCC", "arin", "x"], ["RIPE", "RIPE", "ARIN", None]),
    ("tlp", ["TLP:WHITE", "clear", "tlp: amber+strict", "red", "x"], ["CLEAR", "CLEAR", "AMBER+STRICT", "RED", None]),
    ("classification.type", ["c&c", "scanner", "x"], ["c2-server", "scanner", None]),
    ("classification.taxonomy", ["malicious code", "x"], ["malicious-code", None]),
    ("extra", ['{"b": 1, "a": [1, 2]}', "[1]", "x"], ['{"a":[1,2],"b":1}', None, None]),
    ("output", ['{"b": 1}', "[ 1 ]", "x"], ['{"b":1}', "[1]", None]),
    ("raw", ["YWJj", "YQ==", "YQ=", "!!"], ["YWJj", "YQ==", None, None]),
    ("severity", ["High", "grave"], ["high", None]),
    ("protocol.transport", ["TCP", "nvp-ii", "zzz"], ["tcp", "nvp-ii", None]),
    ("source.geolocation.cc", ["at", "AUT", "ä1"], ["AT", None, None]),
    ("feed.code", ["x" * 100, "x" * 101], ["x" * 100, None]),
    ("malware.name", ["Mirai", "bücher"], ["mirai", None]),
    ("malware.hash.md5", ["D41D8CD98F00B204E9800998ECF8427E"], ["D41D8CD98F00B204E9800998ECF8427E"]),
    ("misp.event_uuid", ["5758EBF5-c898-48e6-9fe9-5665c0a83866", "x"], ["5758ebf5-c898-48e6-9fe9-5665c0a83866", None]),
    ("comment", [" two words ", "\t"], ["two words", None]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "expected"), CASES)
def test_values_of_a_field(name, values, expected):
    frame = pl.DataFrame({"a": [*values, None, *EMPTY_VALUES, " - "]})
    made = frame.select(sanitise(FIELDS[name], pl.col("a"))).to_series()
    assert made.to_list() == [*expected, None, None, None, None, None]
    assert made.dtype == FIELDS[name].type.dtype


@pytest.mark.parametrize("field", EVENT_FIELDS, ids=lambda field: field.name)
@settings(deadline=None, max_examples=15)
@given(
    values=st.lists(
        st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["-", "1", "x", "192.0.2.1"])), max_size=6
    )
)
def test_every_field_takes_any_text(field, values):
    column = pl.Series("a", values, dtype=pl.String)
    made = sanitise_series(field, column)
    assert (made.dtype, made.name, len(made)) == (field.type.dtype, "a", len(values))
    if made.dtype == pl.String:  # what is valid stays valid, and as it is
        assert sanitise_series(field, made).to_list() == made.to_list()


def test_constants_and_lazy_frames():
    frame = pl.DataFrame({"a": ["1", "2"]})
    made = frame.with_columns(ip=sanitise(FIELDS["source.ip"], pl.lit("192.0.2.1")))
    assert made["ip"].to_list() == ["192.0.2.1", "192.0.2.1"]
    lazy = frame.lazy().select(sanitise(FIELDS["source.port"], pl.col("a"))).collect(engine="streaming")
    assert lazy["a"].to_list() == [1, 2]


def test_present():
    frame = pl.DataFrame({"a": ["x", "", " ", "-", "N/A", " N/A ", None, "0"]})
    present = frame.select(is_present(pl.col("a"))).to_series().to_list()
    assert present == [True, False, False, False, False, False, False, True]


def test_every_field_has_a_reason():
    assert explain_invalid(FIELDS["source.ip"]) == "not an IP address"
    assert explain_invalid(FIELDS["source.port"]) == "not a port number"
    assert "100 characters" in explain_invalid(FIELDS["feed.code"])
    assert all(explain_invalid(field) for field in EVENT_FIELDS)
