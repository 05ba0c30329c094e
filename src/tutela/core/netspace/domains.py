"""Domain names in one spelling, and which of them nobody can hold whole.

A suffix matches label by label: ``example.org`` holds itself and ``www.example.org``, never ``notexample.org``. A
public suffix (``co.uk``, ``github.io``: publicsuffix.org, from the ``publicsuffixlist`` package) is held by nobody
whole; written ``=co.uk`` a holding is of that one name and of nothing below it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import idna
from publicsuffixlist import PublicSuffixList

if TYPE_CHECKING:
    import polars as pl

EXACT: Final = "="
"""Put before a domain name: this name only, nothing below it."""

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_MAXIMUM_LENGTH: Final = 253
_AFTER_DOT: Final = "/"  # the character after ".", so [rev + ".", rev + "/") holds just the names below
_NOTHING_BELOW: Final = "\0"


def domain_key(text: str) -> str:
    """The one spelling of a domain name: lower case, A-labels, no dot at the end; ``=`` in front is kept."""
    text = text.strip()
    exact = EXACT if text.startswith(EXACT) else ""
    name = text.removeprefix(EXACT).strip().removeprefix("*.").rstrip(".").lower()
    if not name.isascii():
        name = _a_labels(name, text)
    if not name or len(name) > _MAXIMUM_LENGTH or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{text!r} is not a domain name")
    if name.replace(".", "").isdigit():
        raise ValueError(f"{text!r} is an address, not a domain name")
    return exact + name


def holdable_key(text: str) -> str:
    """As `domain_key`, but a public suffix held whole is refused."""
    key = domain_key(text)
    if not key.startswith(EXACT) and is_public_suffix(key):
        raise ValueError(f"{key!r} is a public suffix: names below it belong to others")
    return key


def is_public_suffix(name: str) -> bool:
    """Whether others register names below this one (a name of one label always counts as such)."""
    return bool(_list().is_public(name))


def bounds(key: str) -> tuple[str, str]:
    """The half-open interval of reversed names that a domain key holds."""
    reverse = key.removeprefix(EXACT)[::-1]
    start = f"{reverse}."
    return start, start + _NOTHING_BELOW if key.startswith(EXACT) else reverse + _AFTER_DOT


def reversed_names(names: pl.Series) -> pl.Series:
    """Names as they are looked up among `bounds`: lower case, reversed character by character, a dot at the end."""
    return names.str.to_lowercase().str.strip_chars_end(".").str.reverse() + "."


def url_hosts(urls: pl.Series) -> pl.Series:
    """The host of each URL (String), brackets of IPv6 off; null where there is none."""
    host = urls.str.extract(r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@\\]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#:@\[\]\\]+)", 1)
    return host.str.strip_chars("[]")


def _a_labels(name: str, text: str) -> str:
    try:
        return idna.encode(name, uts46=True).decode().lower()
    except idna.IDNAError as error:
        raise ValueError(f"{text!r} is not a domain name") from error


@lru_cache(maxsize=1)
def _list() -> PublicSuffixList:
    return PublicSuffixList()
