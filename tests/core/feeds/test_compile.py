import json
from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.feeds.helpers import OBSERVED, REPORT, feed, harmonised, records
from tutela.core.errors import BadInput
from tutela.core.feeds.compile import compile_feed
from tutela.core.feeds.formats.records import RAW


def extras(frame):
    return [None if text is None else json.loads(text) for text in frame["extra"].to_list()]


def test_fields_are_typed_and_the_rest_is_extra():
    events = harmonised(
        {"ip": ["192.0.2.1"], "port": ["80"], "seen": ["2026-11-01 10:00:00"], "note": ["x"]},
        fields={"source.ip": "ip", "source.port": "port", "time.source": "seen"},
    ).events
    row = events.to_dicts()[0]
    assert (row["row"], row["source.ip"], row["source.port"]) == (1, "192.0.2.1", 80)
    assert row["time.source"].isoformat() == "2026-11-01T10:00:00+00:00"
    assert row["time.observation"] == OBSERVED
    assert extras(events) == [{"note": "x"}]
    assert row["invalid"] is None


def test_classification_follows_from_the_type():
    events = harmonised(
        {"ip": ["192.0.2.1"] * 2, "kind": ["c&c", None]}, fields={"classification.type": "kind"}, constants={}
    ).events
    assert events["classification.type"].to_list() == ["c2-server", "undetermined"]
    assert events["classification.taxonomy"].to_list() == ["malicious-code", "other"]


def test_without_enrichment_only_what_the_report_says():
    events = harmonised({"ip": ["192.0.2.1"]}, constants={}, tlp="GREEN", enrich=False).events
    assert set(events.columns) == {"row", "source.ip", "time.observation", "extra", "invalid"}


def test_tlp_of_the_feed_is_that_of_events_that_tell_none():
    events = harmonised({"ip": ["192.0.2.1"] * 2, "t": ["white", None]}, fields={"tlp": "t"}, tlp="AMBER").events
    assert events["tlp"].to_list() == ["CLEAR", "AMBER"]


def test_invalid_values_are_kept_beside_the_event():
    made = harmonised(
        {"ip": ["192.0.2.1", "nonsense"], "port": ["99999", "80"]}, fields={"source.ip": "ip", "source.port": "port"}
    )
    assert [json.loads(text) for text in made.events["invalid"]] == [
        {"source.port": {"value": "99999", "reason": "not a port number"}},
        {"source.ip": {"value": "nonsense", "reason": "not an IP address"}},
    ]
    assert made.quarantine.height == 0


def test_a_row_without_a_required_field_goes_to_quarantine():
    made = harmonised({"ip": ["192.0.2.1", "nonsense", None, "-"], "x": ["a", "b", None, "d"]}, required=["source.ip"])
    assert made.events["row"].to_list() == [1]
    assert made.quarantine["row"].to_list() == [2, 3, 4]
    assert made.quarantine["reason"].to_list() == ["required-invalid", "required-missing", "required-missing"]
    assert made.quarantine["detail"][0] == "source.ip is “nonsense”, not an IP address."
    assert json.loads(made.quarantine["record"][0]) == {"ip": "nonsense", "x": "b"}
    assert made.skipped == 0


def test_a_required_field_whose_column_is_not_there():
    made = harmonised({"x": ["a"]}, required=["source.ip"])
    assert made.quarantine["reason"].to_list() == ["required-missing"]


def test_strict_fields_may_be_absent_but_not_invalid():
    made = harmonised(
        {"ip": ["192.0.2.1"] * 3, "p": ["1", None, "x"]}, fields={"source.port": "p"}, strict=["source.port"]
    )
    assert made.events["row"].to_list() == [1, 2]
    assert made.quarantine["reason"].to_list() == ["required-invalid"]


def test_skipped_rows_are_counted():
    made = harmonised({"ip": ["192.0.2.1", "192.0.2.2"]}, skip=[{"column": "ip", "equals": "192.0.2.1"}])
    assert (made.events["row"].to_list(), made.skipped) == ([2], 1)


def test_a_value_of_more_parts_than_memory_holds_is_refused(monkeypatch):
    monkeypatch.setattr("tutela.core.feeds.formats.limits.MAXIMUM_CELLS", 1000)
    for each in ({"column": "ip", "separator": ";"}, {"column": "ip"}):
        source = {"ip": [";".join(["1"] * 1000) if "separator" in each else json.dumps(["1"] * 1000)]}
        with pytest.raises(BadInput, match="more than memory should hold"):
            harmonised(source, each=each)
    objects: list[str | None] = [json.dumps({str(number): 1}) for number in range(100)]
    with pytest.raises(BadInput, match="more than memory should hold"):
        harmonised({"ip": objects}, expand=[{"column": "ip", "prefix": "x."}])


def test_constants_defaults_and_mapped_fields():
    definition = feed(
        fields={"source.ip": "ip", "feed.provider": "p"},
        constants={"feed.name": "of the feed", "classification.type": "scanner", "comment": "constant", "extra.a": [1]},
    )
    report = replace(REPORT, defaults={"feed.name": "of the delivery", "feed.provider": "d", "comment": "delivered"})
    events = compile_feed(definition).harmonise(records({"ip": ["192.0.2.1"] * 2, "p": ["row", None]}), report).events
    assert events["feed.name"].to_list() == ["of the delivery"] * 2
    assert events["feed.provider"].to_list() == ["row", "d"]
    assert events["comment"].to_list() == ["constant"] * 2
    assert extras(events) == [{"a": [1]}, {"a": [1]}]


def test_a_wrong_default_or_constant_is_told():
    with pytest.raises(BadInput, match=r"feed\.url"):
        compile_feed(feed()).harmonise(records({"ip": ["192.0.2.1"]}), replace(REPORT, defaults={"feed.url": "x"}))
    with pytest.raises(BadInput, match=r"classification\.type"):
        compile_feed(feed(constants={"classification.type": "mischief"}))


def test_a_wrong_converter_is_told():
    with pytest.raises(BadInput, match="no converter “lour”"):
        compile_feed(feed(fields={"source.ip": {"from": "ip", "steps": ["lour"]}}))


def test_the_first_valid_alternative_counts():
    host = ["192.0.2.1", "example.org", "?"]
    fields = {"source.ip": ["address", "host"], "source.fqdn": {"from": "host", "steps": [{"valid": "source.fqdn"}]}}
    events = harmonised({"address": ["x", None, None], "host": host}, fields=fields).events
    assert events["source.ip"].to_list() == ["192.0.2.1", None, None]
    assert events["source.fqdn"].to_list() == [None, "example.org", None]


def test_json_columns_keep_their_types_in_extra():
    columns = {"ip": ['"192.0.2.1"'], "n": ["5"], "t": ['"5"'], "o": ['{"b":1}'], "u": ["true"]}
    events = harmonised(columns, json=tuple(columns), fields={"source.ip": "ip", "extra.u": "u"}).events
    assert events["source.ip"].to_list() == ["192.0.2.1"]
    assert extras(events) == [{"n": 5, "t": "5", "o": {"b": 1}, "u": True}]


def test_the_rest_can_be_kept_elsewhere_or_left_out():
    columns = {"ip": ["192.0.2.1"], "a": ["1"], "b": ["2"]}
    assert extras(harmonised(columns, rest="ignore").events) == [None]
    assert extras(harmonised(columns, rest={"prefix": "extra.x.", "except": ["a"]}).events) == [{"x.b": "2"}]


def test_the_rest_can_be_idf():
    events = harmonised(
        {"source.ip": ["192.0.2.1"], "extra.a": ["1"], "b": ["2"], "__type": ["Event"]}, fields={}, rest="idf"
    ).events
    assert events["source.ip"].to_list() == ["192.0.2.1"]
    assert extras(events) == [{"a": "1", "b": "2"}]


def test_facts_of_the_report_and_settings_are_columns():
    definition = feed(
        settings={"default": "unknown"},
        fields={"source.ip": "ip", "comment": ["report.extra.list", "setting.default"], "feed.url": "report.feed.url"},
    )
    report = replace(REPORT, facts={"feed.url": "https://example.org/list"})
    row = compile_feed(definition).harmonise(records({"ip": ["192.0.2.1"]}), report).events.to_dicts()[0]
    assert (row["comment"], row["feed.url"], row["extra"]) == ("unknown", "https://example.org/list", None)


def test_columns_made_from_others():
    events = harmonised(
        {"target": ["192.0.2.1:80"]},
        columns={"host": {"from": "target", "steps": ["address_host"]}, "upper": {"from": "host", "steps": ["upper"]}},
        fields={"source.ip": "upper", "source.port": {"from": "target", "steps": ["address_port"]}},
    ).events
    assert events.select("source.ip", "source.port", "extra").rows() == [("192.0.2.1", 80, None)]


def test_one_record_can_be_several_events():
    made = harmonised({"ip": ["192.0.2.1; 192.0.2.2", "192.0.2.3"]}, each={"column": "ip", "separator": ";"})
    assert made.events.select("row", "source.ip").rows() == [(1, "192.0.2.1"), (1, "192.0.2.2"), (2, "192.0.2.3")]
    assert made.skipped == 0


def test_objects_are_opened():
    made = harmonised(
        {"ip": ["192.0.2.1", "192.0.2.2"], "o": ['{"a":1,"b":"x"}', None]}, expand=[{"column": "o", "prefix": "o."}]
    )
    assert extras(made.events) == [{"o.a": 1, "o.b": "x"}, None]


def test_invalid_text_can_also_be_kept_as_extra():
    made = harmonised({"ip": ["192.0.2.1", "x"]}, keep_invalid=["source.ip"])
    assert extras(made.events) == [None, {"ip": "x"}]


def test_empty_text_can_be_kept():
    made = harmonised(
        {"ip": ["192.0.2.1"] * 2, "tag": [None, "a"]}, fields={"extra.tag": "tag"}, keep_empty=["extra.tag", "extra.b"]
    )
    assert [one["tag"] for one in extras(made.events)] == ["", "a"]


def test_raw_is_base64():
    columns = records({"ip": ["192.0.2.1"]})
    columns = replace(columns, frame=columns.frame.with_columns(pl.lit("line").alias(RAW)))
    assert compile_feed(feed()).harmonise(columns, REPORT).events["raw"].to_list() == ["bGluZQ=="]


def test_no_records_no_events():
    made = harmonised({"ip": []}, required=["source.ip"])
    assert (made.events.height, made.quarantine.height, made.skipped) == (0, 0, 0)


def test_only_literals():
    events = harmonised({"x": ["a", "b"]}, fields={"source.ip": {"const": "192.0.2.1"}, "extra.n": {"const": 5}}).events
    assert events["source.ip"].to_list() == ["192.0.2.1"] * 2
    assert extras(events) == [{"n": 5, "x": "a"}, {"n": 5, "x": "b"}]


MESSY = feed(
    fields={
        "source.ip": ["ip", {"from": "other", "steps": [{"extract": r"(\S+)"}]}],
        "source.port": "port",
        "time.source": "seen",
        "extra.n": {"from": "port", "steps": ["integer"]},
    },
    each={"column": "ip", "separator": "|"},
    skip=[{"column": "port", "equals": "0"}],
    required=["source.ip"],
    constants={"protocol.transport": "tcp", "extra.k": 1},
    keep_invalid=["source.port"],
)
texts = st.sampled_from(
    [None, "", "-", "192.0.2.1", "192.0.2.1|2001:db8::1", "x", "80", "0", "2026-01-01 00:00:00", 'q"\\', "é"]
)
rows = st.lists(st.tuples(texts, texts, texts, texts), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows, st.data())
def test_batches_do_not_matter(lines, data):
    names = ("ip", "other", "port", "seen")
    compiled = compile_feed(MESSY)

    def run(part, first):
        columns = {name: [line[number] for line in part] for number, name in enumerate(names)}
        return compiled.harmonise(records(columns, first=first), REPORT)

    whole = run(lines, 1)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(lines) - 1)), max_size=4)) | {0, len(lines)})
    parts = [run(lines[start:end], start + 1) for start, end in pairwise(cuts)]
    assert pl.concat(part.events for part in parts).equals(whole.events)
    assert pl.concat(part.quarantine for part in parts).equals(whole.quarantine)
    assert sum(part.skipped for part in parts) == whole.skipped
    told = {*whole.events["row"].to_list(), *whole.quarantine["row"].to_list()}
    assert len(told) + whole.skipped == len(lines)


def test_a_long_batch_gives_what_its_parts_give():
    """Values that come again are worked out once in long batches; short ones are worked out row by row."""
    ports, kinds, tags = ("80", "99999", None, " 443 "), ("c&c", "no such", None), ("a", "", '"', None, "é")
    columns = {
        "ip": [f"192.0.2.{row % 256}" if row % 97 else "nonsense" for row in range(6000)],
        "port": [ports[row % 4] for row in range(6000)],
        "kind": [kinds[row % 3] for row in range(6000)],
        "tag": [tags[row // 100 % 5] for row in range(6000)],
        "host": ["Sinkhole.example."] * 6000,
        "note": [f"n{row}" if row % 2 else None for row in range(6000)],
        "empty": [None] * 6000,
        "weight": ["1.50"] * 6000,
    }
    compiled = compile_feed(
        feed(
            fields={
                "source.ip": "ip",
                "source.port": "port",
                "classification.type": ["kind", {"const": "scanner"}],
                "destination.fqdn": "host",
                "extra.both": {"from": ["tag", "host"], "template": "{tag} {host}"},
                "extra.fixed": {"const": 1},
            },
            constants={"extra.tag": "none", "extra.weight": 2},
            required=["source.ip"],
            keep_invalid=["source.port", "classification.type"],
            keep_empty=["extra.note", "extra.both"],
        )
    )
    whole = compiled.harmonise(records(columns, json=("weight",)), REPORT)
    parts = [
        compiled.harmonise(
            records({name: texts[at : at + 1000] for name, texts in columns.items()}, json=("weight",), first=at + 1),
            REPORT,
        )
        for at in range(0, 6000, 1000)
    ]
    assert whole.events.equals(pl.concat([part.events for part in parts]))
    assert whole.quarantine.equals(pl.concat([part.quarantine for part in parts]))
    assert whole.quarantine.height == 62
    assert whole.events["classification.type"].n_unique() == 2
