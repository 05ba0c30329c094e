"""Places on the line, keys of networks, AS numbers."""

from __future__ import annotations

import ipaddress

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.netspace.addresses import MAXIMUM, address_text, asn, network_key, number, numbers, span

PLACES = st.integers(0, MAXIMUM) | st.integers(0xFFFF << 32, (0xFFFF << 32) + 2**32 - 1)


@settings(deadline=None)
@given(st.lists(PLACES, max_size=8))
def test_a_batch_gives_what_single_addresses_give(places: list[int]) -> None:
    texts = [address_text(place) for place in places]
    assert numbers(pl.Series(texts, dtype=pl.String)).to_list() == [number(text) for text in texts] == places


@settings(deadline=None)
@given(PLACES, PLACES)
def test_a_key_is_read_as_the_range_it_was_made_from(one: int, other: int) -> None:
    first, last = sorted((one, other))
    if (first >> 32 == 0xFFFF) == (last >> 32 == 0xFFFF):
        assert span(network_key(first, last)) == (first, last)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_a_prefix_keeps_its_spelling(place: int, length: int) -> None:
    network = ipaddress.ip_network((place, length), strict=False)
    assert network_key(*span(str(network))) == str(network)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("192.0.2.1/24", "host bits"),
        ("192.0.2.9 - 192.0.2.1", "ends before"),
        ("192.0.2.1-2001:db8::1", "another"),
        ("192.0.2.1-x", "not an IP address"),
        ("", "not a network"),
        ("192.0.2.0/33", "not a network"),
    ],
)
def test_what_is_no_network_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        span(text)


@pytest.mark.parametrize(
    ("text", "value"), [("64496", 64496), ("AS65551", 65551), ("as 64496", 64496), ("1.15", 65551)]
)
def test_as_numbers(text: str, value: int) -> None:
    assert asn(text) == value


@pytest.mark.parametrize("text", ["", "AS", "0", "4294967295", "-1", "64496x", "a.1", "٣"])
def test_what_is_no_as_number_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="AS number"):
        asn(text)
