"""Addresses and networks against Python's ``ipaddress``."""

from __future__ import annotations

import ipaddress

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.idf.addresses import addresses, networks

ODD = [
    ("192.0.2.1", "192.0.2.1"),
    (".".join("0000"), None),
    ("::", None),
    ("192.0.2.01", None),
    ("192.0.2", None),
    ("192.0.2.256", None),
    ("192.0.2.1:80", None),
    ("192.0.2.1/32", "192.0.2.1"),
    ("192.0.2.1/24", None),
    ("192.0.2.1%eth0", None),
    ("::ffff:192.0.2.1", "::ffff:c000:201"),
    ("::FFFF:C000:0201", "::ffff:c000:201"),
    ("2001:DB8:0:0::1", "2001:db8::1"),
    ("2001:db8::192.0.2.1", "2001:db8::c000:201"),
    ("2001:db8::1/128", "2001:db8::1"),
    ("2001:db8::/64", None),
    ("fe80::1%eth0", "fe80::1"),
    ("fe80::1%", None),
    ("2001:db8::1::2", None),
    ("12345", None),
    ("%", None),
    ("nowhere", None),
    (None, None),
]


def oracle(text: str) -> str | None:
    body, _, length = text.partition("/")
    try:
        address = ipaddress.ip_address(body)
    except ValueError:
        return None
    if int(address) == 0 or length not in {"", str(address.max_prefixlen)}:
        return None
    return str(address).partition("%")[0]


def texts(values: list[str | None]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


@pytest.mark.parametrize(("text", "expected"), ODD)
def test_each_odd_spelling_alone(text, expected):
    assert addresses(texts([text])).to_list() == [expected]


def test_all_odd_spellings_together():
    assert addresses(texts([text for text, _ in ODD])).to_list() == [expected for _, expected in ODD]


@pytest.mark.parametrize("values", [[], [None, None], ["x", "y"], ["", None], ["x" * 1000]])
def test_batches_without_one_valid_address(values):
    assert addresses(texts(values)).to_list() == [None] * len(values)
    assert networks(texts(values)).to_list() == [None] * len(values)


spellings = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded.upper()),
    st.integers(0, 2**32 - 1).map(lambda number: f"::ffff:{ipaddress.IPv4Address(number)}"),
    st.ip_addresses(v=4).map(lambda address: f"{address}/32"),
    st.ip_addresses(v=6).map(lambda address: f"{address}%zone1"),
    st.text(alphabet="0123456789abcdefABCDEF:./%", max_size=24),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", fullmatch=True),
    st.from_regex(r"(:?[0-9a-f]{0,4}:){1,8}[0-9a-f]{0,4}", fullmatch=True),
)


@settings(deadline=None)
@given(st.lists(spellings, max_size=20))
def test_addresses_are_what_python_prints(values):
    assert addresses(texts(values)).to_list() == [oracle(value) for value in values]


@settings(deadline=None)
@given(
    st.lists(st.one_of(spellings, st.tuples(spellings, st.integers(0, 140)).map("{0[0]}/{0[1]}".format)), max_size=20)
)
def test_networks_are_what_python_prints(values):
    def network(text: str) -> str | None:
        try:
            return str(ipaddress.ip_network(text, strict=False))
        except ValueError:
            return None

    assert networks(texts(values)).to_list() == [network(value) for value in values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("192.0.2.77", "192.0.2.77/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("255.255.255.255/1", "128.0.0.0/1"),
        ("192.0.2.0/33", None),
        ("192.0.2/24", None),
    ],
)
def test_networks(text, expected):
    assert networks(texts([text])).to_list() == [expected]


def test_a_zone_does_not_make_the_unspecified_address_one():
    assert addresses(texts(["::%eth0"])).to_list() == [None]
