"""Domain names and URLs in one spelling each.

Names
    * Lower case, in ASCII: labels of other scripts become A-labels (IDNA 2008 after UTS 46 mapping: ``bücher.example``
      is ``xn--bcher-kva.example``); one trailing dot is removed.
    * Labels hold letters, digits, hyphens and underscores, 63 characters at the most; the whole name 253.
    * One label alone is a name: reports do give host names of local networks ("octopus" in reverse DNS).
    * Nothing but digits in every label is not a name but a damaged address (``198.51.100.999``), and neither are
      addresses, ``name:port``, wildcards or URLs.

URLs
    * A scheme and a host are required. ``hxxp`` and ``hxxps`` in any case become ``http`` and ``https``, other schemes
      lower case; everything after the scheme stays as it was seen, also ``[.]``, for it is evidence.
    * ``file:///path`` becomes ``file://localhost/path``.

Shapes: a String series in, a String series of the same length out, null where there is no valid value. Texts come in
without surrounding blanks.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna

from tutela.core.idf.addresses import each, mend

if TYPE_CHECKING:
    import polars as pl

_LONGEST_NAME = 253
_PLAIN_NAME = r"^(?:[a-z0-9_-]{1,63}\.)+[a-z]{2,63}$"  # most names: one look in place of five
_ASCII_NAME = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$"
_TOO_LONG_LABEL = r"[^.]{64}"
_ONLY_DIGITS = r"^[0-9.]+$"
_ASCII = r"^[\x00-\x7f]*$"
_PLAIN_URL = r"^https?://[A-Za-z0-9_-][A-Za-z0-9_.-]*(:[0-9]{1,5})?([/?#]|$)"
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_DEFANGED = {"hxxp": "http", "hxxps": "https"}


def domain_names(text: pl.Series) -> pl.Series:
    """Each fully qualified domain name in its one spelling."""
    plain = text.str.contains(_PLAIN_NAME) & (text.str.len_bytes() <= _LONGEST_NAME)
    return text if plain.all() else mend(text.set(~plain, None), ~plain, text, _odd_names)


def urls(text: pl.Series) -> pl.Series:
    """Each URL with its scheme in lower case and unmasked."""
    plain = text.str.contains(_PLAIN_URL)
    return text if plain.all() else mend(text.set(~plain, None), ~plain, text, partial(each, function=_url))


def url_hosts(text: pl.Series) -> pl.Series:
    """The host of each valid URL in lower case, without brackets, user and port; an address stays an address."""
    simple = text.str.extract(r"^https?://([a-z0-9_-][a-z0-9_.-]*)(?:[:/?#]|$)")
    return mend(simple, text.is_not_null() & simple.is_null(), text, partial(each, function=_host))


def _odd_names(text: pl.Series) -> pl.Series:
    """Names that may be in another spelling than their one, and what is no name at all."""
    name = text.str.to_lowercase().str.strip_suffix(".")
    found = name.set(~_is_ascii_name(name), None)
    foreign = name.is_not_null() & found.is_null() & ~name.str.contains(_ASCII)
    return mend(found, foreign, name, _international_names)


def _is_ascii_name(name: pl.Series) -> pl.Series:
    good = name.str.contains(_ASCII_NAME) & (name.str.len_bytes() <= _LONGEST_NAME)
    good &= ~name.str.contains(_ONLY_DIGITS)
    return good & ~name.str.contains(_TOO_LONG_LABEL)


def _international_names(distinct: pl.Series) -> pl.Series:
    names = each(distinct, _a_labels)
    return names.set(~_is_ascii_name(names), None)


def _a_labels(name: str) -> str | None:
    try:
        labels = idna.uts46_remap(name, std3_rules=False).split(".")
        return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels)
    except idna.IDNAError:
        return None


def _url(text: str) -> str | None:
    parts = _URL.fullmatch(text)
    if parts is None:
        return None
    scheme = parts["scheme"].lower()
    scheme = _DEFANGED.get(scheme, scheme)
    rest = parts["rest"]
    if scheme == "file" and rest.startswith("/"):
        rest = f"localhost{rest}"
    return f"{scheme}://{rest}" if _host(f"{scheme}://{rest}") else None


def _host(text: str) -> str | None:
    # A masked dot is no IPv6 bracket: "192.0.2[.]1" is a host as it was seen.
    unmasked = re.sub(r"\[(\.|dot)\]", ".", text, flags=re.IGNORECASE)
    try:
        host = urlsplit(unmasked).hostname
    except ValueError:
        return None
    return host if host and not any(character.isspace() for character in host) else None
