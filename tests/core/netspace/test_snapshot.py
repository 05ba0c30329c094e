"""The snapshot against a naive oracle, and the laws it keeps."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.errors import BadInput, Conflict, WrongUse
from tutela.core.netspace.holdings import Holding, holding, holdings_frame, next_change
from tutela.core.netspace.snapshot import Snapshot, build

AT = datetime(2026, 3, 1, tzinfo=UTC)


def snapshot(*rows: Holding, at: datetime = AT) -> Snapshot:
    return build(holdings_frame(rows), at)


def attributed(frozen: Snapshot, **columns: object) -> list[tuple[str | None, str | None]]:
    events = pl.DataFrame(
        {
            name.replace("_", ".", 1): [value] if not isinstance(value, list) else value
            for name, value in columns.items()
        }
    )
    return frozen.attribute(events).select("organisation", "attribution").rows()


def whose(frozen: Snapshot, **columns: object) -> str | None:
    return attributed(frozen, **columns)[0][0]


# Small corners of both families, so that generated ranges nest, touch and overlap often.
IPV4 = int(ipaddress.ip_address("192.0.2.0"))
IPV6 = int(ipaddress.ip_address("2001:db8::"))
MOMENTS = st.one_of(st.none(), st.integers(-2, 2).map(lambda days: AT + timedelta(days=days)))


@st.composite
def network_texts(draw: st.DrawFn) -> str:
    base, make = draw(st.sampled_from([(IPV4, ipaddress.IPv4Address), (IPV6, ipaddress.IPv6Address)]))
    first, last = sorted([draw(st.integers(0, 31)), draw(st.integers(0, 31))])
    if draw(st.booleans()):
        bits = draw(st.integers(0, 5))
        first = first >> bits << bits
        last = first + 2**bits - 1
    return f"{make(base + first)}-{make(base + last)}"


@st.composite
def network_holdings(draw: st.DrawFn) -> Holding:
    return holding(
        "network",
        draw(st.one_of(network_texts(), st.sampled_from(["::/0", "0.0.0.0/0", "2001:db8::/32", "192.0.0.0/8"]))),
        draw(st.sampled_from(["alpha", "beta", "gamma"])),
        depth=draw(st.integers(0, 2)),
        valid_from=draw(MOMENTS),
        valid_to=draw(MOMENTS),
        source=draw(st.sampled_from(["one", "two"])),
    )


def family(place: int) -> bool:
    return place >> 32 == 0xFFFF


def naive_network(rows: list[Holding], first: int, last: int) -> Holding | None:
    fitting = [
        row
        for row in rows
        if (row.valid_from is None or row.valid_from <= AT)
        and (row.valid_to is None or row.valid_to > AT)
        and row.first <= first
        and last <= row.last
        and family(row.first) == family(first)
    ]
    return min(fitting, key=lambda row: (row.last - row.first, -row.depth, row.organisation, row.key), default=None)


ADDRESSES = st.one_of(
    st.integers(-2, 33).map(lambda offset: str(ipaddress.IPv4Address(IPV4 + offset))),
    st.integers(-2, 33).map(lambda offset: str(ipaddress.IPv6Address(IPV6 + offset))),
    st.sampled_from(["::1", "::fffe:ffff:ffff", "::1:0:0:0", "255.255.255.255"]),
)


@settings(deadline=None)
@given(st.lists(network_holdings(), max_size=12), st.lists(st.one_of(st.none(), ADDRESSES), max_size=20))
def test_longest_prefix_is_that_of_a_naive_search(rows: list[Holding], addresses: list[str | None]) -> None:
    frozen = snapshot(*rows)
    answers = frozen.attribute(pl.DataFrame({"source.ip": pl.Series(addresses, dtype=pl.String)}))
    for address, organisation, why in answers.select("source.ip", "organisation", "attribution").iter_rows():
        place = None
        if address:
            parsed = ipaddress.ip_address(address)
            place = int(parsed) + ((0xFFFF << 32) if parsed.version == 4 else 0)
        best = naive_network(rows, place, place) if place is not None else None
        assert organisation == (best.organisation if best else None)
        assert why == (f"network {best.key} by source.ip" if best else None)
        explained = frozen.explain(address) if address else []
        assert [c.holding.organisation for c in explained if c.winner] == ([best.organisation] if best else [])


@settings(deadline=None)
@given(st.lists(network_holdings(), max_size=12), st.lists(network_texts(), max_size=10))
def test_a_network_belongs_to_the_smallest_range_that_contains_all_of_it(
    rows: list[Holding], networks: list[str]
) -> None:
    asked = [holding("network", text, "nobody") for text in networks]
    answers = snapshot(*rows).attribute(pl.DataFrame({"source.network": pl.Series(networks, dtype=pl.String)}))
    for one, organisation in zip(asked, answers["organisation"], strict=True):
        best = naive_network(rows, one.first, one.last)
        assert organisation == (best.organisation if best else None)


LABELS = st.sampled_from(["a", "b", "ab", "a-b", "example", "www"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))


def naive_domain(rows: list[Holding], name: str) -> Holding | None:
    def fits(key: str) -> bool:
        return name == key[1:] if key.startswith("=") else name == key or name.endswith(f".{key}")

    fitting = [row for row in rows if fits(row.key)]
    order = lambda row: (-row.key.count("."), not row.key.startswith("="), -row.depth, row.organisation)  # noqa: E731
    return min(fitting, key=order, default=None)


@settings(deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.booleans(), st.sampled_from(["alpha", "beta"]), st.integers(0, 2)), max_size=12),
    st.lists(NAMES, max_size=20),
)
def test_domain_suffix_is_that_of_a_naive_search(held: list[tuple[str, bool, str, int]], names: list[str]) -> None:
    rows = [holding("domain", f"={name}" if exact else name, who, depth=depth) for name, exact, who, depth in held]
    frozen = snapshot(*rows)
    answers = frozen.attribute(pl.DataFrame({"source.fqdn": pl.Series(names, dtype=pl.String)}))
    for name, organisation, why in answers.rows():
        best = naive_domain(rows, name)
        assert organisation == (best.organisation if best else None)
        assert why == (f"domain {best.key} by source.fqdn" if best else None)
        assert [c.holding for c in frozen.explain(name) if c.winner][:1] == ([best] if best else [])


@settings(deadline=None)
@given(st.lists(network_holdings(), max_size=8), st.randoms())
def test_the_id_depends_on_the_content_and_on_nothing_else(rows: list[Holding], random: object) -> None:
    other = list(rows)
    random.shuffle(other)
    assert snapshot(*rows).id == snapshot(*other).id
    more = [*rows, holding("asn", "64496", "alpha")]
    assert snapshot(*rows).id != snapshot(*more).id


@settings(max_examples=25, deadline=None)
@given(st.lists(network_holdings(), max_size=8), st.lists(NAMES, max_size=5), st.lists(ADDRESSES, max_size=5))
def test_saved_and_loaded_it_answers_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Holding], names: list[str], addresses: list[str]
) -> None:
    frozen = snapshot(*rows, *(holding("domain", name, "alpha") for name in names))
    path = tmp_path_factory.mktemp("snapshots") / f"{frozen.id}.arrow"
    frozen.save(path)
    loaded = Snapshot.load(path)
    events = pl.DataFrame({"source.ip": pl.Series(addresses, dtype=pl.String)})
    assert loaded.id == frozen.id
    assert loaded.attribute(events).equals(frozen.attribute(events))
    assert loaded.holdings.equals(frozen.holdings)


def test_the_order_of_evidence_is_address_name_number() -> None:
    frozen = snapshot(
        holding("network", "192.0.2.0/24", "by-address"),
        holding("domain", "host.example", "by-name"),
        holding("asn", "AS64496", "by-number"),
    )
    everything = {"source_ip": "192.0.2.9", "source_fqdn": "www.host.example", "source_asn": 64496}
    assert attributed(frozen, **everything) == [("by-address", "network 192.0.2.0/24 by source.ip")]
    assert attributed(frozen, **{**everything, "source_ip": "198.51.100.1"}) == [
        ("by-name", "domain host.example by source.fqdn")
    ]
    assert attributed(frozen, source_ip="198.51.100.1", source_asn=64496) == [("by-number", "asn 64496 by source.asn")]
    assert attributed(frozen, source_asn=64497) == [(None, None)]
    assert attributed(frozen, source_network="192.0.2.128/25") == [
        ("by-address", "network 192.0.2.0/24 by source.network")
    ]
    assert attributed(frozen, source_reverse_dns="www.host.example") == [(None, None)]


@pytest.mark.parametrize(
    ("url", "organisation"),
    [
        ("http://www.host.example/path?x=1", "by-name"),
        ("https://user:secret@host.example:8443/", "by-name"),
        ("http://HOST.example.", "by-name"),
        ("http://nothost.example/", None),
        ("http://host.example.evil.test/", None),
        ("http://evil.test/?host.example", None),
        ("http://host.example@evil.test/", None),
        ("http://192.0.2.7:80/x", "by-address"),
        ("http://[2001:db8::7]/x", "by-address"),
        ("not a url", None),
    ],
)
def test_the_host_of_a_url(url: str, organisation: str | None) -> None:
    frozen = snapshot(
        holding("network", "192.0.2.0/24", "by-address"),
        holding("network", "2001:db8::/32", "by-address"),
        holding("domain", "host.example", "by-name"),
    )
    assert whose(frozen, source_url=url) == organisation


def test_mapped_addresses_are_ipv4_and_the_ipv6_default_route_is_not() -> None:
    frozen = snapshot(holding("network", "192.0.2.0/24", "four"), holding("network", "::/0", "six"))
    assert whose(frozen, source_ip="::ffff:192.0.2.1") == "four"
    assert whose(frozen, source_ip="203.0.113.1") is None
    assert whose(frozen, source_ip="2001:db8::1") == "six"
    assert whose(frozen, source_network="203.0.113.0/24") is None
    assert frozen.explain("203.0.113.1") == []


def test_names_are_matched_by_label_and_without_regard_to_case() -> None:
    frozen = snapshot(holding("domain", "Example.ORG", "us"), holding("domain", "=co.uk", "registry"))
    assert whose(frozen, source_fqdn="WWW.example.org") == "us"
    assert whose(frozen, source_fqdn="notexample.org") is None
    assert whose(frozen, source_fqdn="co.uk") == "registry"
    assert whose(frozen, source_fqdn="shop.co.uk") is None


def test_a_tie_has_a_winner_and_is_told() -> None:
    frozen = snapshot(
        holding("network", "192.0.2.0/24", "parent", depth=1),
        holding("network", "192.0.2.0/24", "child", depth=2),
        holding("network", "192.0.0.0/16", "carrier"),
    )
    assert whose(frozen, source_ip="192.0.2.1") == "child"
    first, second, third = frozen.explain("192.0.2.1")
    assert (first.holding.organisation, first.winner) == ("child", True)
    assert first.reason.endswith("a tie: child stands deeper in the hierarchy than parent")
    assert second.reason == "a tie: child stands deeper in the hierarchy than parent"
    assert third.reason == "a larger range (65,536 addresses)"
    assert first.as_dict()["organisation"] == "child"
    assert "first" not in first.as_dict()


def test_several_organisations_only_where_the_authority_says_so() -> None:
    frozen = snapshot(
        holding("network", "192.0.2.0/24", "hospital", depth=1, shared=True),
        holding("network", "192.0.2.0/24", "university", depth=1, shared=True),
        holding("network", "198.51.100.0/24", "bank"),
        holding("network", "198.51.100.0/24", "zoo"),
    )
    events = pl.DataFrame({"source.ip": ["192.0.2.1", "198.51.100.1", "203.0.113.1"]})
    answers = frozen.attribute(events, several=True)
    assert answers["organisation"].to_list() == ["hospital", "bank", None]
    assert answers["organisations"].to_list() == [["hospital", "university"], ["bank"], None]
    assert frozen.explain("192.0.2.1")[1].reason == "shares it with hospital"


def test_periods_hold_their_beginning_and_not_their_end() -> None:
    day = timedelta(days=1)
    rows = (
        holding("network", "192.0.2.0/24", "before", valid_to=AT),
        holding("network", "192.0.2.0/24", "after", valid_from=AT, valid_to=AT + day),
        holding("asn", "64496", "mistake", valid_from=AT, valid_to=AT),
    )
    assert whose(snapshot(*rows, at=AT - day), source_ip="192.0.2.1") == "before"
    assert whose(snapshot(*rows), source_ip="192.0.2.1") == "after"
    assert whose(snapshot(*rows, at=AT + day), source_ip="192.0.2.1") is None
    assert whose(snapshot(*rows), source_asn=64496) is None
    assert next_change(holdings_frame(rows), AT) == AT + day
    assert next_change(holdings_frame(rows), AT + day) is None


@pytest.mark.parametrize("rows", [0, 3])
def test_batches_without_one_good_address(rows: int) -> None:
    frozen = snapshot(holding("network", "192.0.2.0/24", "us"))
    events = pl.DataFrame({"source.ip": pl.Series([None] * rows, dtype=pl.String)})
    assert frozen.attribute(events)["organisation"].to_list() == [None] * rows
    bad = pl.DataFrame({"source.ip": pl.Series(["fe80::1%eth0", "192.0.2.01", "x"][:rows], dtype=pl.String)})
    assert frozen.attribute(bad)["organisation"].null_count() == rows


def test_an_empty_constituency_attributes_nothing_and_can_be_kept(tmp_path: object) -> None:
    frozen = snapshot()
    frozen.save(tmp_path / "empty.arrow")
    loaded = Snapshot.load(tmp_path / "empty.arrow")
    events = pl.DataFrame({"source.ip": ["192.0.2.1"], "source.url": ["http://host.example/"], "organisation": ["old"]})
    answers = loaded.attribute(events)
    assert answers.schema["organisation"] == answers.schema["attribution"] == pl.String
    assert answers.select("organisation", "attribution").rows() == [(None, None)]


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("192.0.2.7", ["192.0.2.0/25", "192.0.0.0/16"]),
        ("192.0.2.0/24", ["192.0.0.0/16"]),
        ("AS64496", ["64496"]),
        ("64496", ["64496"]),
        ("http://mail.host.example:8080/x", ["mail.host.example", "host.example"]),
        ("https://192.0.2.200/", ["192.0.0.0/16"]),
        ("Bücher.host.example", ["host.example"]),
        ("host.example", ["=host.example", "host.example"]),
        ("nowhere.example", []),
    ],
)
def test_whois_lists_the_candidates_best_first(question: str, keys: list[str]) -> None:
    frozen = snapshot(
        holding("network", "192.0.2.0/25", "a"),
        holding("network", "192.0.0.0/16", "b"),
        holding("asn", "64496", "c"),
        holding("domain", "host.example", "d"),
        holding("domain", "=host.example", "e"),
        holding("domain", "mail.host.example", "f"),
    )
    candidates = frozen.explain(question)
    assert [candidate.holding.key for candidate in candidates] == keys
    assert [candidate.winner for candidate in candidates] == [place == 0 for place in range(len(keys))]


@pytest.mark.parametrize("question", ["192.0.2.300/24", "two words", "", "4294967295", "192.0.2.1/24", "fe80::1::2"])
def test_whois_refuses_what_is_no_question(question: str) -> None:
    with pytest.raises(WrongUse):
        snapshot().explain(question)


def test_a_file_that_is_no_snapshot_is_told(tmp_path: object) -> None:
    with pytest.raises(WrongUse, match="no such"):
        Snapshot.load(tmp_path / "absent.arrow")
    damaged = tmp_path / "damaged.arrow"
    damaged.write_bytes(b"ARROW1" + bytes(100))
    with pytest.raises(BadInput, match="damaged"):
        Snapshot.load(damaged)
    newer = tmp_path / "newer.arrow"
    pl.DataFrame({"id": ["x"], "format": [99]}).write_ipc(newer)
    with pytest.raises(Conflict, match="format 99"):
        Snapshot.load(newer)
