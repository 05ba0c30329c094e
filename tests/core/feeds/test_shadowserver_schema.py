"""A schema of Shadowserver that is not as it should be: each fault a sentence with its key, and the rest is taken."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tutela.core.feeds.shadowserver_schema import readable, well_formed

GOOD: dict[str, Any] = {
    "_meta": {"date_created": "2026-03-24T15:31:20Z"},
    "scan_good": {
        "file_name": "scan_good",
        "feed_name": "Good",
        "url": None,
        "constant_fields": {"classification.type": "vulnerable-system"},
        "required_fields": [["time.source", "timestamp", "add_UTC_to_timestamp"], ["source.ip", "ip", "validate_ip"]],
        "optional_fields": [["extra.", "tag"], ["source.port", "port", "convert_int", True], ["extra.", "x", None]],
    },
}

FAULTS: list[tuple[str, Any, str]] = [
    ("file_name", 5, "file_name"),
    ("file_name", "a(b", "file_name"),
    ("file_name", "scan_good", "that of scan_good"),
    ("feed_name", None, "feed_name"),
    ("feed_name", ["Good"], "feed_name"),
    ("url", 7, "url"),
    ("url", "javascript:x", "url"),
    ("constant_fields", [], "constant_fields"),
    ("constant_fields", {"classification.type": {"a": 1}}, "constant_fields"),
    ("constant_fields", {"classification.type": "mischief"}, "classification.type"),
    ("constant_fields", {"no field": 1}, "no field"),
    ("required_fields", 3, "required_fields"),
    ("required_fields", {"time.source": "timestamp"}, "required_fields"),
    ("required_fields", ["source.ip"], "required_fields, row 1"),
    ("required_fields", [["source.ip", "ip"], []], "required_fields, row 2"),
    ("required_fields", [["source.ip", 4, "validate_ip"]], "required_fields, row 1"),
    ("required_fields", [[None, "ip", "validate_ip"]], "required_fields, row 1"),
    ("optional_fields", [["source.ip", "ip", ["validate_ip"]]], "optional_fields, row 1"),
    ("optional_fields", [["source.ip", "ip", "no_such_converter"]], "no_such_converter"),
    ("optional_fields", [["source.iq", "ip", "validate_ip"]], "source.iq"),
    ("optional_fields", None, "optional_fields"),
]


def test_a_sound_schema_is_taken_as_it_is() -> None:
    assert well_formed(GOOD) == readable(GOOD) == (GOOD, [])


@pytest.mark.parametrize(("key", "value", "telling"), FAULTS)
def test_a_fault_is_told_with_its_type_and_key_and_the_others_are_taken(key: str, value: Any, telling: str) -> None:
    bad = copy.deepcopy(GOOD["scan_good"]) | {"file_name": "scan_bad", key: value}
    good, problems = readable({**GOOD, "scan_bad": bad})
    assert good == GOOD
    assert [(one.path, telling in one.what, bool(one.remedy)) for one in problems] == [("scan_bad", True, True)]


@pytest.mark.parametrize("entry", [None, 5, "text", [], {}, {"file_name": "x"}])
def test_what_is_no_report_type_is_told(entry: Any) -> None:
    good, problems = readable({**GOOD, "scan_bad": entry})
    assert good == GOOD
    assert {one.path for one in problems} == {"scan_bad"}


@pytest.mark.parametrize("schema", [None, [], 5, "text"])
def test_what_is_no_schema_is_told(schema: Any) -> None:
    good, problems = readable(schema)
    assert (good, len(problems)) == ({}, 1)


@pytest.mark.parametrize("meta", [None, [], {"date_created": 5}])
def test_an_odd_version_is_told(meta: Any) -> None:
    good, problems = readable({**GOOD, "_meta": meta})
    assert list(good) == ["scan_good"]
    assert [one.path for one in problems] == ["_meta"]
