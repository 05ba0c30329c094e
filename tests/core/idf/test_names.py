"""Domain names and URLs in one spelling."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.idf.names import domain_names, url_hosts, urls

LONGEST = ".".join(["a" * 63] * 3 + ["a" * 61])

NAMES = [
    ("Example.ORG", "example.org"),
    ("example.org.", "example.org"),
    ("example.org..", None),
    (".example.org", None),
    ("www..example.org", None),
    ("localhost", "localhost"),
    ("_dmarc.example.org", "_dmarc.example.org"),
    ("host-.example.org", "host-.example.org"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("BÜCHER.example", "xn--bcher-kva.example"),
    ("_x.bücher.example", "_x.xn--bcher-kva.example"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("例え.example", "xn--r8jz45g.example"),
    ("example。org", "example.org"),
    ("ü" * 300 + ".example", None),
    ("☃.example", None),
    ("*.example.org", None),
    ("192.0.2.1", None),
    ("192.0.2.999", None),
    ("12345", None),
    ("192.0.2.1.example.org", "192.0.2.1.example.org"),
    ("2001:db8::1", None),
    ("example.org:80", None),
    ("http://example.org", None),
    ("two words.example", None),
    ("a" * 63 + ".example", "a" * 63 + ".example"),
    ("a" * 64 + ".example", None),
    (LONGEST, LONGEST),
    (LONGEST + "a", None),
    ("x." * 150 + "example", None),
    (None, None),
]

URLS = [
    ("http://example.org", "http://example.org"),
    ("hxxp://example.org/a", "http://example.org/a"),
    ("hXXps://Example.org/A?b#c", "https://Example.org/A?b#c"),
    ("HTTP://example.org/", "http://example.org/"),
    ("http://192.0.2[.]1/x", "http://192.0.2[.]1/x"),
    ("http://www[.]example[.]org/x", "http://www[.]example[.]org/x"),
    ("http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"),
    ("ftp://user:secret@example.org:21/x", "ftp://user:secret@example.org:21/x"),
    ("file:///etc/passwd", "file://localhost/etc/passwd"),
    ("http://bücher.example/", "http://bücher.example/"),
    ("http://example.org/a b", "http://example.org/a b"),
    ("http:///path", None),
    ("http://:80/", None),
    ("http://user@/", None),
    ("http://[2001:db8::1", None),
    ("http://two words/", None),
    ("//example.org/", None),
    ("example.org/path", None),
    ("javascript:alert(1)", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "expected"), NAMES)
def test_name(text, expected):
    assert domain_names(pl.Series([text], dtype=pl.String)).to_list() == [expected]


@pytest.mark.parametrize(("text", "expected"), URLS)
def test_url(text, expected):
    assert urls(pl.Series([text], dtype=pl.String)).to_list() == [expected]


def test_columns_of_all_kinds_at_once():
    assert domain_names(pl.Series([text for text, _ in NAMES])).to_list() == [expected for _, expected in NAMES]
    assert urls(pl.Series([text for text, _ in URLS])).to_list() == [expected for _, expected in URLS]


@pytest.mark.parametrize("function", [domain_names, urls, url_hosts])
def test_nothing_in_nothing_out(function):
    assert function(pl.Series([], dtype=pl.String)).to_list() == []
    assert function(pl.Series([None], dtype=pl.String)).to_list() == [None]


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), st.from_regex(r"[a-zA-Zäöüß.]{1,20}", fullmatch=True)), max_size=10))
def test_a_name_sanitised_twice_is_the_same(values):
    once = domain_names(pl.Series(values, dtype=pl.String))
    assert domain_names(once).to_list() == once.to_list()
    assert all(name is None or (name.isascii() and len(name) <= 253) for name in once)


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), st.text(max_size=20).map("http://{}".format)), max_size=10))
def test_a_url_sanitised_twice_is_the_same(values):
    once = urls(pl.Series(values, dtype=pl.String))
    assert urls(once).to_list() == once.to_list()


def test_hosts_of_urls():
    given_urls = [
        "http://example.org/a",
        "https://Example.ORG:443/a",
        "http://user@example.org",
        "http://[2001:DB8::1]:80/",
        "http://www[.]example[.]org/",
        "ftp://192.0.2.1",
        "nonsense",
        None,
    ]
    hosts = ["example.org", "example.org", "example.org", "2001:db8::1", "www.example.org", "192.0.2.1", None, None]
    assert url_hosts(pl.Series(given_urls)).to_list() == hosts
