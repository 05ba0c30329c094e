"""Folding gives the same findings however the events are split and ordered."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.findings.fingerprint import asset_key, asset_type, with_asset, with_fingerprint
from tutela.core.findings.fold import FOLD_SCHEMA, SEVERITIES, TLP_LEVELS, fold, merge
from tutela.core.idf.fields import UTC_DATETIME

START = datetime(2026, 3, 1, tzinfo=UTC)

event = st.fixed_dictionaries(
    {
        "source.ip": st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", None]),
        "source.fqdn": st.sampled_from(["example.org", None]),
        "classification.type": st.sampled_from(["infected-system", "phishing"]),
        "malware.name": st.sampled_from(["mirai", "qsnatch", None]),
        "organisation": st.sampled_from(["ministry", "bank", None]),
        "severity": st.sampled_from([*SEVERITIES, None]),
        "tlp": st.sampled_from([*TLP_LEVELS, None]),
        "seen": st.integers(0, 1000).map(lambda hours: START + timedelta(hours=hours)),
        "reported": st.integers(0, 5).map(lambda days: START + timedelta(days=days)),
        "fresh": st.booleans(),
        "observer": st.sampled_from(["feed-a", "feed-b"]),
    }
)
SCHEMA = {
    "source.ip": pl.String,
    "source.fqdn": pl.String,
    "classification.type": pl.String,
    "malware.name": pl.String,
    "organisation": pl.String,
    "severity": pl.String,
    "tlp": pl.String,
    "seen": UTC_DATETIME,
    "reported": UTC_DATETIME,
    "fresh": pl.Boolean,
    "observer": pl.String,
}


def keyed(events: list[dict[str, object]]) -> pl.DataFrame:
    frame = with_asset(pl.DataFrame(events, schema=SCHEMA), ["source.ip", "source.fqdn"])
    return with_fingerprint(frame, ["classification.type", "malware.name"])


@given(st.lists(event, max_size=30), st.data())
def test_any_split_in_any_order_folds_to_the_same(events, data):
    whole = fold(keyed(events))
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    parts = [fold(keyed(shuffled[:cut])), fold(keyed(shuffled[cut:]))]
    assert merge(pl.concat(parts)).equals(whole)


@given(st.lists(event, max_size=30))
def test_the_count_is_of_new_events_only(events):
    folded = fold(keyed(events))
    concerned = [e for e in events if e["organisation"] and (e["source.ip"] or e["source.fqdn"])]
    assert folded["events"].sum() == sum(bool(e["fresh"]) for e in concerned)
    assert folded.schema == FOLD_SCHEMA


@given(st.lists(event, max_size=30))
def test_the_last_report_is_told_with_its_feed(events):
    for row in fold(keyed(events)).iter_rows(named=True):
        same = pl.col("fingerprint") == pl.lit(row["fingerprint"], dtype=pl.UInt128)
        mine = keyed(events).filter(same, organisation=row["organisation"])
        last = mine["reported"].max()
        assert row["last_reported"] == last
        assert row["last_observer"] == min(mine.filter(pl.col("reported") == last)["observer"])


def test_events_of_nobody_and_events_without_an_asset_fold_to_nothing():
    nobody = {"organisation": None, "source.ip": "192.0.2.1", "seen": START, "fresh": True, "observer": "f"}
    assetless = {"organisation": "bank", "source.ip": None, "seen": START, "fresh": True, "observer": "f"}
    assert fold(keyed([nobody, assetless])).is_empty()


def test_the_fingerprint_is_the_hash_of_its_documented_bytes():
    frame = keyed([{"source.ip": "192.0.2.1", "classification.type": "infected-system", "malware.name": None}])
    documented = b"1\x1faddress\x1f192.0.2.1\x1fclassification.type=infected-system"
    assert frame["fingerprint"][0] == xxhash.xxh3_128_intdigest(documented)


@pytest.mark.parametrize("moved", ["organisation", "seen", "severity"])
def test_the_fingerprint_does_not_depend_on_whose_it_is_or_when(moved):
    base = {"source.ip": "192.0.2.1", "classification.type": "phishing", "organisation": "bank", "seen": START}
    other = base | {moved: START + timedelta(days=1) if moved == "seen" else "high"}
    frame = keyed([base, other])
    assert frame["fingerprint"][0] == frame["fingerprint"][1]


def test_the_asset_is_the_first_field_that_has_a_value():
    frame = keyed(
        [{"source.ip": None, "source.fqdn": "example.org"}, {"source.ip": "192.0.2.1", "source.fqdn": "b.example"}]
    )
    assert frame.select(asset_type(), asset_key(frame)).rows() == [("domain", "example.org"), ("address", "192.0.2.1")]
