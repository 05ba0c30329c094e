"""IntelMQ settings carried over: what each does to a report, and what is said of one that cannot be followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.content.harmonising import harmonised
from tutela.core.errors import Problem
from tutela.core.feeds.definition import FeedDefinition
from tutela.core.feeds.intelmq import PARSERS, definition_for, definitions
from tutela.core.feeds.linter import load

FEEDS = Path(__file__).resolve().parents[3] / "src/tutela/content/feeds"
CSV = PARSERS + "generic.parser_csv"
HTML = PARSERS + "html_table.parser"
KEY_VALUE = PARSERS + "key_value.parser"


def built_in() -> list[FeedDefinition]:
    return [load(path) for path in sorted(FEEDS.glob("*.yaml"))]


def read(module: str, parameters: dict[str, Any], text: str, **delivery: Any) -> list[dict[str, Any]]:
    """The events that a parser with these settings makes of a report, as a parser would tell them."""
    feed = definition_for(module, parameters, built_in())
    assert isinstance(feed, FeedDefinition), feed
    return harmonised(feed, text.encode(), delivery, enrich=False)[0]


def values(events: list[dict[str, Any]], field: str) -> list[Any]:
    return [event.get(field) for event in events]


def problem(module: str, parameters: dict[str, Any]) -> Problem:
    found = definition_for(module, parameters, built_in())
    assert isinstance(found, Problem)
    assert found.remedy
    return found


def test_columns_by_position_and_those_that_are_ignored() -> None:
    events = read(
        CSV, {"columns": "source.ip, __IGNORE__,,extra.note"}, "192.0.2.1,a,b,c\n192.0.2.2,a,b\n192.0.2.3,a,b,c,d\n"
    )
    assert values(events, "source.ip") == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert values(events, "extra.note") == ["c", None, "c"]


def test_alternatives_take_the_first_that_is_valid() -> None:
    report = "http://www.example.com/\nwww.example.org\n192.0.2.1\n192.0.2.0/24\n???\n"
    settings = {"columns": ["source.url|source.fqdn|source.ip|source.network"]}
    events = read(CSV, settings, report)
    assert values(events, "source.url") == ["http://www.example.com/", None, None, None]
    assert values(events, "source.fqdn") == [None, "www.example.org", None, None]
    assert values(events, "source.ip") == [None, None, "192.0.2.1", None]
    assert values(events, "source.network") == [None, None, None, "192.0.2.0/24"]


def test_a_last_alternative_may_be_to_ignore() -> None:
    events = read(CSV, {"columns": ["source.ip|__IGNORE__", "extra.note"]}, "192.0.2.1,a\nnothing,b\n")
    assert values(events, "source.ip") == ["192.0.2.1", None]
    assert values(events, "extra.note") == ["a", "b"]


def test_required_columns_must_be_valid_where_they_say_something() -> None:
    report = "192.0.2.1,www.example.com\n-,www.example.com\n192.0.2.1,.\nnothing,www.example.com\n"
    columns = ["source.ip", "source.fqdn"]
    assert len(read(CSV, {"columns": columns}, report)) == 2
    assert len(read(CSV, {"columns": columns, "columns_required": [True, False]}, report)) == 3
    assert len(read(CSV, {"columns": columns, "columns_required": [False, False]}, report)) == 4


def test_a_regular_expression_picks_from_a_column() -> None:
    settings = {"columns": ["source.asn", "source.ip"], "column_regex_search": {"source.asn": "(?:[0-9])([0-9]*)"}}
    assert values(read(CSV, settings, "AS64496,192.0.2.1\nnone,192.0.2.2\n"), "source.asn") == [64496, None]


def test_fields_are_composed_of_columns() -> None:
    settings = {"columns": ["source.fqdn", "source.urlpath"], "compose_fields": {"source.url": "http://{0}{1}"}}
    assert values(read(CSV, settings, "www.example.com,/x\n"), "source.url") == ["http://www.example.com/x"]


def test_urls_get_the_usual_protocol() -> None:
    settings = {"columns": ["source.url"], "default_url_protocol": "https://"}
    events = read(CSV, settings, "www.example.com/a\nhttp://www.example.com/b\n")
    assert values(events, "source.url") == ["https://www.example.com/a", "http://www.example.com/b"]


@pytest.mark.parametrize(
    ("time_format", "text"),
    [
        (None, "02/Jan/2026:04:04:05 +0100"),
        (None, "01-02-2026 03:04:05"),
        ("timestamp", "1767323045"),
        ("epoch_millis", "1767323045000"),
        ("epoch_millis", "1767323045"),
        ("windows_nt", "134117966450000000"),
        ("from_format|%d;%m;%Y %H:%M:%S", "02;01;2026 03:04:05"),
    ],
)
def test_times(time_format: str | None, text: str) -> None:
    events = read(CSV, {"columns": ["time.source", "source.ip"], "time_format": time_format}, f"{text},192.0.2.1\n")
    assert values(events, "time.source") == ["2026-01-02T03:04:05+00:00"]


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ({}, ["192.0.2.1", "192.0.2.2"]),
        ({"filter_text": "add keep", "filter_type": "whitelist"}, ["192.0.2.1"]),
        ({"filter_text": "add keep", "filter_type": "blacklist"}, ["192.0.2.2"]),
        ({"filter_text": "k..p", "filter_type": "regex_whitelist"}, ["192.0.2.1"]),
        ({"filter_text": "k..p", "filter_type": "regex_blacklist"}, ["192.0.2.2"]),
        ({"filter_text": "k..p", "filter_type": "whitelist"}, []),
    ],
)
def test_filters_look_at_the_whole_line(parameters: dict[str, Any], kept: list[str]) -> None:
    report = "ipset add keep 192.0.2.1\nipset add drop 192.0.2.2\n"
    columns = ["__IGNORE__", "__IGNORE__", "__IGNORE__", "source.ip"]
    assert values(read(CSV, {"columns": columns, "delimiter": " ", **parameters}, report), "source.ip") == kept


def test_types_are_translated_set_and_defaulted() -> None:
    columns = ["source.ip", "classification.type"]
    report = "192.0.2.1,bad\n192.0.2.2,spam\n192.0.2.3,\n"
    settings = {"columns": columns, "type_translation": '{"bad": "phishing"}', "type": "scanner"}
    assert values(read(CSV, settings, report), "classification.type") == ["phishing", "spam", "scanner"]
    settings = {"columns": ["source.ip"], "default_fields": {"classification.type": "blacklist", "extra.a": 1}}
    events = read(CSV, settings, "192.0.2.1\n")
    assert values(events, "classification.type") == ["blacklist"]
    assert values(events, "extra.a") == [1]


def test_headers_are_skipped_and_comments_too() -> None:
    report = "first\naddress\n# 192.0.2.9\n192.0.2.1\n"
    assert values(read(CSV, {"columns": ["source.ip"], "skip_header": 2}, report), "source.ip") == ["192.0.2.1"]
    assert len(read(CSV, {"columns": ["source.ip"], "skip_header": True}, "address\n192.0.2.1\n")) == 1


def test_columns_may_hold_json() -> None:
    settings = {"columns": ["source.ip", "extra.tags"], "data_type": '{"extra.tags": "json"}'}
    assert values(read(CSV, settings, '192.0.2.1,"[""a"",1]"\n'), "extra.tags") == [["a", 1]]


def test_html_tables() -> None:
    page = (
        "<table id='a'><tr><td>wrong</td></tr></table>"
        "<table id='b'><tr><th>when</th><th>where</th><th>what</th></tr>"
        "<tr><td>2026-01-02</td><td>D www.example.com/x</td><td>unknown</td></tr>"
        "<tr><td>2026-01-03</td><td>D www.example.org/y</td><td>Bad</td><td>more</td></tr></table>"
    )
    settings = {
        "columns": ["time.source", "source.url", "malware.name"],
        "attribute_name": "id",
        "attribute_value": "b",
        "split_column": "source.url",
        "split_separator": " ",
        "split_index": "1",
        "ignore_values": ",,unknown",
        "type": "malware-distribution",
    }
    events = read(HTML, settings, page)
    assert values(events, "source.url") == ["http://www.example.com/x", "http://www.example.org/y"]
    assert values(events, "malware.name") == [None, "bad"]
    assert values(events, "classification.type") == ["malware-distribution"] * 2
    assert len(read(HTML, {"columns": ["extra.a"], "table_index": 1, "skip_table_head": False}, page)) == 3


def test_key_values() -> None:
    settings = {"keys": {"src": "source.ip", "when": "time.source"}, "pair_separator": ",", "kv_separator": ":"}
    events = read(KEY_VALUE, settings, 'src:"192.0.2.1",when:1767323045,other:1\nsrc:192.0.2.2,when:never\n')
    assert values(events, "source.ip") == ["192.0.2.1", "192.0.2.2"]
    assert values(events, "time.source") == ["2026-01-02T03:04:05+00:00", None]
    assert read(KEY_VALUE, {**settings, "strip_quotes": False}, 'src:"192.0.2.1"\n') == []


def test_free_text_has_its_own_settings() -> None:
    settings = {
        "substitutions": " .org;.org;,;.",
        "domain_whitelist": ["good.example.com"],
        "classification_type": "blacklist",
        "default_scheme": "https",
    }
    events = read(PARSERS + "ioc_extractor.parser", settings, "see bad,example .org and http://good.example.com/\n")
    assert values(events, "source.url") == ["https://bad.example.org/"]
    assert values(events, "classification.type") == ["blacklist"]


def test_a_feed_that_replaces_a_parser_takes_its_settings() -> None:
    usual = definition_for(PARSERS + "mcafee.parser_atd", {}, built_in())
    strict = definition_for(PARSERS + "mcafee.parser_atd", {"verdict_severity": 5}, built_in())
    assert isinstance(usual, FeedDefinition)
    assert isinstance(strict, FeedDefinition)
    assert usual.settings == {"verdict_severity": 4}
    assert strict.settings == {"verdict_severity": 5}
    minimal = definition_for(PARSERS + "shodan.parser", {"minimal_mode": True}, built_in())
    assert isinstance(minimal, FeedDefinition)
    assert minimal.name == "shodan-minimal"


def test_common_parameters_reach_every_parser() -> None:
    settings = {"default_fields": {"protocol.transport": "tcp"}, "copy_collector_provided_fields": ["extra.file_name"]}
    events = read(PARSERS + "openphish.parser", settings, "http://www.example.com/\n", **{"extra.file_name": "a.txt"})
    assert values(events, "protocol.transport") == ["tcp"]
    assert values(events, "extra.file_name") == ["a.txt"]


@pytest.mark.parametrize(
    ("module", "parameters", "about"),
    [
        (PARSERS + "no_such.parser", {}, "no_such"),
        (CSV, {}, "no columns"),
        (CSV, {"columns": ["no.such.field"]}, "no.such.field"),
        (CSV, {"columns": ["source.ip"], "columns_required": [True, False]}, "length"),
        (CSV, {"columns": ["source.ip"], "column_regex_search": {"source.ip": "(?<=a)b"}}, "regular expression"),
        (CSV, {"columns": ["source.ip"], "time_format": "moon"}, "time_format"),
        (CSV, {"columns": ["source.ip"], "type_translation": "{"}, "JSON"),
        (CSV, {"columns": ["source.ip"], "filter_text": "a", "filter_type": "grey"}, "filter_type"),
        (HTML, {"columns": ["source.ip"], "ignore_values": ["a", "b"]}, "length"),
        (KEY_VALUE, {}, "no keys"),
        (PARSERS + "ioc_extractor.parser", {"substitutions": "a;b;c"}, "substitutions"),
        (PARSERS + "shadowserver.parser", {}, "schema"),
    ],
)
def test_what_cannot_be_carried_over_is_said(module: str, parameters: dict[str, Any], about: str) -> None:
    assert about in problem(module, parameters).what


def test_a_whole_runtime_configuration() -> None:
    runtime = {
        "global": {"logging_level": "INFO"},
        "my-collector": {
            "group": "Collector",
            "module": "intelmq.bots.collectors.http.collector_http",
            "parameters": {
                "name": "My list",
                "provider": "Example",
                "documentation": "https://www.example.com/",
                "destination_queues": {"_default": ["my-parser-queue"]},
            },
        },
        "my-parser": {
            "group": "Parser",
            "module": CSV,
            "parameters": {"columns": ["source.ip"], "type": "blacklist", "colour": "red", "rate_limit": 3},
        },
        "phish-parser": {"group": "Parser", "module": PARSERS + "openphish.parser", "parameters": {}},
        "odd-parser": {"group": "Parser", "module": PARSERS + "odd.parser"},
        "expert": {"group": "Expert", "module": "intelmq.bots.experts.deduplicator.expert"},
    }
    feeds, problems = definitions(runtime, built_in())
    assert [(feed.name, feed.title, feed.provider, feed.documentation) for feed in feeds] == [
        ("my-parser", "My list", "Example", "https://www.example.com/")
    ]
    assert sorted((one.path, one.severity) for one in problems) == [("my-parser", "warning"), ("odd-parser", "error")]
    assert "colour" in problems[0].what


@pytest.mark.parametrize(
    "parameters",
    [
        {"column_regex_search": {"source.ip": "(?<=a)b"}},
        {"column_regex_search": {"source.ip": r"(a)\1"}},
        {"filter_text": "a(?!b)", "filter_type": "regex_whitelist"},
        {"filter_text": "a" * 3 + "(", "filter_type": "regex_blacklist"},
    ],
)
def test_expressions_that_cannot_be_used_are_said(parameters: dict[str, Any]) -> None:
    bot = {"group": "Parser", "module": CSV, "parameters": {"columns": ["source.ip"], **parameters}}
    feeds, (found,) = definitions({"my-parser": bot}, built_in())
    assert not feeds
    assert (found.path, found.severity) == ("my-parser", "error")
    assert "does not compile" in found.what
    assert "look-around" in found.remedy


SCHEMA: dict[str, Any] = {
    "scan_example": {
        "file_name": "scan_example",
        "feed_name": "Accessible-Example",
        "constant_fields": {"classification.type": "vulnerable-system", "classification.identifier": "open-example"},
        "required_fields": [["time.source", "timestamp", "add_UTC_to_timestamp"], ["source.ip", "ip", "validate_ip"]],
        "optional_fields": [],
    }
}


def test_a_shadowserver_parser_is_one_report_type_or_goes_by_the_names_of_files() -> None:
    module = PARSERS + "shadowserver.parser"
    fixed = definition_for(module, {"feedname": "Accessible-Example", "overwrite": True}, [], schema=SCHEMA)
    assert isinstance(fixed, FeedDefinition)
    report = b"timestamp,ip\n2026-01-02 03:04:05,192.0.2.1\n"
    (event,), _, _ = harmonised(fixed, report, {"feed.name": "given"}, enrich=False)
    assert event["feed.name"] == "Accessible-Example"
    by_file = definition_for(module, {}, [], schema=SCHEMA, file_name="2026-01-02-scan_example-zz.csv")
    assert isinstance(by_file, FeedDefinition)
    (event,), _, _ = harmonised(by_file, report, {"feed.name": "given"}, enrich=False)
    assert event["feed.name"] == "given"
    assert isinstance(definition_for(module, {"feedname": "Other"}, [], schema=SCHEMA), Problem)
    feeds, problems = definitions({"s": {"group": "Parser", "module": module}}, schema=SCHEMA)
    assert not feeds
    assert [one.severity for one in problems] == ["warning"]
