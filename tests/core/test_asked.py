from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.asked import LONGEST, Asked, Kind, asked


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("192.0.2.7", Asked(Kind.ADDRESS, "192.0.2.7")),
        (" 192.0.2.7/32 ", Asked(Kind.ADDRESS, "192.0.2.7")),
        ("192.0.2.7/24", Asked(Kind.NETWORK, "192.0.2.0/24")),
        ("2001:DB8::1", Asked(Kind.ADDRESS, "2001:db8::1")),
        ("[2001:db8::1]", Asked(Kind.ADDRESS, "2001:db8::1")),
        ("AS64496", Asked(Kind.AS_NUMBER, "64496")),
        ("as 64496", Asked(Kind.AS_NUMBER, "64496")),
        ("cve-2024-1234", Asked(Kind.VULNERABILITY, "CVE-2024-1234")),
        ("www.Example.org.", Asked(Kind.DOMAIN, "www.example.org")),
        ("bücher.example", Asked(Kind.DOMAIN, "bücher.example")),
        ("https://example.org/a", Asked(Kind.URL, "https://example.org/a")),
        ("a0ffffff-ffff-4fff", Asked(Kind.IDENTIFIER, "a0ffffffffff4fff")),
        ("Example Bank", Asked(Kind.WORDS, "Example Bank")),
        ("中国银行", Asked(Kind.WORDS, "中国银行")),
        ("deadbeef", Asked(Kind.WORDS, "deadbeef")),
        ("192.0.2.777", Asked(Kind.WORDS, "192.0.2.777")),
        ("192.0.2.7 and more", Asked(Kind.WORDS, "192.0.2.7 and more")),
    ],
)
def test_the_form_tells_what_is_asked(text: str, wanted: Asked) -> None:
    assert asked(text) == wanted


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_nothing_is_no_question(text: str) -> None:
    assert asked(text) is None


@given(st.text(max_size=400))
def test_any_text_is_some_question_or_none(text: str) -> None:
    found = asked(text)
    assert (found is None) == (not text[:LONGEST].split())


@given(st.ip_addresses())
def test_every_address_is_one(address: object) -> None:
    assert asked(str(address)) == Asked(Kind.ADDRESS, str(address))
