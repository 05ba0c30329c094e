import json
from pathlib import Path

import pytest

from tests.core.feeds.helpers import REPORT, records
from tutela.core.errors import BadInput
from tutela.core.feeds import shadowserver
from tutela.core.feeds.checks import CHECKS
from tutela.core.feeds.compile import compile_feed

SCHEMA = {
    "_meta": {"date_created": "2026-01-01T00:00:00Z"},
    "event_example": {
        "file_name": "event4_example",
        "feed_name": "Example-Events",
        "url": "https://example.org/example-report/",
        "constant_fields": {"classification.taxonomy": "malicious-code", "classification.type": "infected-system"},
        "required_fields": [
            ["time.source", "timestamp", "add_UTC_to_timestamp"],
            ["source.ip", "src_ip", "validate_ip"],
            ["source.port", "src_port", "convert_int"],
        ],
        "optional_fields": [
            ["source.asn", "src_asn", "invalidate_zero"],
            ["extra.source.naics", "src_naics", "invalidate_zero"],
            ["source.reverse_dns", "src_hostname"],
            ["malware.name", "infection", "validate_to_none"],
            ["extra.", "tag"],
            ["product.vulnerabilities", "tag", "extract_cve_from_tag"],
            ["destination.url", "http_url", "convert_http_host_and_url", True],
            ["destination.fqdn", "http_host", "validate_fqdn"],
            ["event_description.text", "category", "category_or_detail", True],
            ["extra.", "detail", "validate_to_none"],
            ["extra.", "ssl", "convert_bool"],
            ["extra.", "size", "convert_int"],
            ["extra.", "ratio", "convert_float"],
            ["extra.", "date", "convert_date"],
            ["extra.", "request_raw", "force_base64"],
        ],
    },
    "blocks": {
        "file_name": "blocks",
        "feed_name": "Blocks",
        "constant_fields": {"classification.type": "blacklist"},
        "required_fields": [["time.source", "timestamp", "add_UTC_to_timestamp"], ["source.ip", "ip", "validate_ip"]],
        "optional_fields": [["source.network", "ip", "validate_network"]],
    },
    "exchange": {
        "file_name": "exchange",
        "feed_name": "Exchange",
        "constant_fields": {},
        "required_fields": [["source.ip", "ip", "validate_ip"]],
        "optional_fields": [
            ["classification.taxonomy", "tag", "scan_exchange_taxonomy"],
            ["classification.type", "tag", "scan_exchange_type"],
            ["classification.identifier", "tag", "scan_exchange_identifier"],
            ["destination.url", "url", "convert_http_host_and_url", True],
        ],
    },
}
ROW = {
    "timestamp": "2026-11-01 10:00:00",
    "src_ip": "192.0.2.1",
    "src_port": "4711",
    "src_asn": "0",
    "src_naics": "517311",
    "src_hostname": "host.example.net",
    "infection": "unknown",
    "tag": "iot;CVE-2026-0002;cve-2026-0001",
    "http_url": "GET /a%20b?c HTTP/1.1",
    "http_host": "www.example.org",
    "category": "0",
    "detail": "in detail",
    "ssl": "Y",
    "size": "12",
    "ratio": "1.50",
    "date": "Sun, 01 Nov 2026 10:00:00 GMT",
    "request_raw": "GET / HTTP/1.0",
}


def event(kind="event4_example", row=ROW, **changes):
    definition = shadowserver.definition(SCHEMA, kind)
    columns = {name: [text] for name, text in {**row, **changes}.items()}
    made = compile_feed(definition).harmonise(records(columns), REPORT)
    assert made.quarantine.height == 0
    found = {name: value for name, value in made.events.to_dicts()[0].items() if value is not None}
    return {**found, **{f"extra.{key}": value for key, value in json.loads(found.pop("extra", "{}")).items()}}


def test_all_converters():
    found = event()
    assert found["time.source"].isoformat() == "2026-11-01T10:00:00+00:00"
    assert (found["source.ip"], found["source.port"]) == ("192.0.2.1", 4711)
    assert "source.asn" not in found
    assert "malware.name" not in found
    assert found["product.vulnerabilities"] == "cve-2026-0001;cve-2026-0002"
    assert found["destination.url"] == "http://www.example.org/a%20b?c"
    assert found["destination.fqdn"] == "www.example.org"
    assert found["event_description.text"] == "in detail"
    assert found["feed.name"] == "Example-Events"
    extra = {name.removeprefix("extra."): value for name, value in found.items() if name.startswith("extra.")}
    assert extra == {
        "source.naics": 517311,
        "tag": "iot;CVE-2026-0002;cve-2026-0001",
        "detail": "in detail",
        "ssl": True,
        "size": 12,
        "ratio": 1.5,
        "date": "2026-11-01T10:00:00+00:00",
        "request_raw": "R0VUIC8gSFRUUC8xLjA=",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"http_url": "http://example.org/x", "http_host": None}, "http://example.org/x"),
        ({"http_url": "GET http://example.org/x HTTP/1.1"}, "http://example.org/x"),
        ({"http_url": "/x"}, "http://www.example.org/x"),
        ({"http_url": "x.php"}, "http://www.example.org/x.php"),
        ({"http_url": None}, None),
        ({"http_url": "/x", "http_host": None}, None),
    ],
)
def test_urls_are_made_of_host_and_path(changes, expected):
    assert event(**changes).get("destination.url") == expected


def test_a_path_without_a_host_is_kept_as_extra():
    found = event(http_url="/x", http_host=None)
    assert found["extra.http_url"] == "/x"
    assert "destination.url" in json.loads(found["invalid"])


def test_an_address_as_host_is_no_name_and_no_fault():
    found = event(http_host="192.0.2.7:8080")
    assert "destination.fqdn" not in found
    assert "invalid" not in found
    assert found["destination.url"] == "http://192.0.2.7:8080/a%20b?c"


def test_an_address_or_a_network_in_one_column():
    one = event("blocks", {"timestamp": "2026-11-01 10:00:00", "ip": "192.0.2.1"})
    other = event("blocks", {"timestamp": "2026-11-01 10:00:00", "ip": "192.0.2.0/24"})
    assert ("source.network" in one, "source.ip" in other) == (False, False)
    assert (one["source.ip"], other["source.network"]) == ("192.0.2.1", "192.0.2.0/24")
    assert "invalid" not in one | other


@pytest.mark.parametrize(
    ("tag", "kind"),
    [("exchange;webshell", "system-compromise"), ("exchange", "vulnerable-system"), (None, "vulnerable-system")],
)
def test_exchange_is_told_by_its_tag(tag, kind):
    assert event("exchange", {"ip": "192.0.2.1", "tag": tag})["classification.type"] == kind


def test_a_url_that_begins_with_its_host():
    found = event("exchange", {"ip": "192.0.2.1", "tag": "exchange", "url": "mail.example.org/owa"})
    assert found["destination.url"] == "http://mail.example.org/owa"


def test_columns_that_drifted_are_read_and_told():
    row = {name: text for name, text in ROW.items() if name not in ("infection", "src_hostname")}
    row |= {"source_hostname": "host.example.net", "weather": "fair"}
    found = event(row=row)
    assert (found["source.ip"], found["extra.weather"]) == ("192.0.2.1", "fair")
    assert shadowserver.drift(shadowserver.definition(SCHEMA, "event4_example"), row) == [
        "column src_hostname is missing; source_hostname is new and may be the same under another name",
        "column infection is missing",
        "column weather is new; it is kept as extra.weather",
    ]
    assert shadowserver.drift(shadowserver.definition(SCHEMA, "event4_example"), ROW) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("2026-11-22-event4_example-town-asn.csv", "event4_example"),
        ("in/2026-11-22-event4_example.csv.gz", "event4_example"),
        ("2026-11-22-blocks-123-town.csv", "blocks"),
        ("2026-11-22-unknown-town.csv", None),
        ("blocks.csv", None),
    ],
)
def test_the_type_is_in_the_name_of_the_file(name, kind):
    assert shadowserver.report_type(name, SCHEMA) == kind


def test_names():
    assert shadowserver.names(SCHEMA) == ["shadowserver.blocks", "shadowserver.event4_example", "shadowserver.exchange"]
    assert shadowserver.definition(SCHEMA, "event_example").name == "shadowserver.event4_example"
    with pytest.raises(BadInput, match="no report type"):
        shadowserver.definition(SCHEMA, "weather")


def test_an_unknown_converter_is_told():
    schema = {"x": {"feed_name": "X", "required_fields": [["source.ip", "ip", "convert_weather"]]}}
    with pytest.raises(BadInput, match="convert_weather"):
        shadowserver.definition(schema, "x")


SHARED = Path(__file__).resolve().parents[4] / "shared/feeds/shadowserver/intelmq.json"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the shared material is not beside the project")
def test_every_published_report_type_is_a_sound_feed():
    schema = json.loads(SHARED.read_text())
    kinds = [kind for kind in schema if kind != "_meta"]
    assert len(kinds) == 170
    for kind in kinds:
        definition = shadowserver.definition(schema, kind)
        faults = [fault for check in CHECKS if check.severity == "error" for fault in check.function(definition, "")]
        if kind == "ransomware_victim":  # it names its victims in text alone, which is no asset of IDF
            assert [fault.place for fault in faults] == [("finding", "asset")]
        else:
            assert faults == []
        compile_feed(definition)
