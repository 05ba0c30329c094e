"""Domain names in one spelling; public suffixes are held by nobody."""

from __future__ import annotations

import polars as pl
import pytest

from tutela.core.netspace.domains import domain_key, holdable_key, is_public_suffix, url_hosts


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Example.ORG.", "example.org"),
        ("*.example.org", "example.org"),
        ("=www.example.org", "=www.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("例.example", "xn--fsq.example"),
        ("_dmarc.example.org", "_dmarc.example.org"),
    ],
)
def test_one_spelling(text: str, key: str) -> None:
    assert domain_key(text) == key


@pytest.mark.parametrize(
    "text", ["", "a..b", "-a.example", "a b.example", "192.0.2.1", "x" * 64 + ".example", "a." * 130]
)
def test_what_is_no_name_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="domain name"):
        domain_key(text)


@pytest.mark.parametrize("suffix", ["co.uk", "org", "github.io", "example"])
def test_a_public_suffix_is_held_by_nobody_whole(suffix: str) -> None:
    assert is_public_suffix(suffix)
    with pytest.raises(ValueError, match="public suffix"):
        holdable_key(suffix)
    assert holdable_key(f"={suffix}") == f"={suffix}"
    assert holdable_key(f"below.{suffix}") == f"below.{suffix}"


def test_hosts_of_urls() -> None:
    urls = [
        "http://a.example/x",
        "https://u:p@[2001:db8::1]:443/",
        "ftp://192.0.2.1:21",
        "a.example/x",
        None,
        "http:///x",
    ]
    assert url_hosts(pl.Series(urls)).to_list() == ["a.example", "2001:db8::1", "192.0.2.1", None, None, None]
