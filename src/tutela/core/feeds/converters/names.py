"""Converters of addresses, URLs, names and encodings."""

from __future__ import annotations

import binascii
from base64 import b64decode
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

import polars as pl

from tutela.core.feeds.converters.arguments import FieldName
from tutela.core.feeds.converters.registry import converter
from tutela.core.idf.addresses import each
from tutela.core.idf.fields import FIELDS
from tutela.core.idf.names import url_hosts
from tutela.core.idf.types import sanitise

if TYPE_CHECKING:
    from collections.abc import Callable

BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
CVE = r"(?i)\bCVE-\d{4}-\d{4,}\b"


def by_distinct(text: pl.Expr, function: Callable[[str], str | None]) -> pl.Expr:
    """A Python function over the distinct values only."""

    def over(values: pl.Series) -> pl.Series:
        distinct = values.drop_nulls().unique()
        return values.replace_strict(distinct, each(distinct, function), default=None, return_dtype=pl.String)

    return text.map_batches(over, return_dtype=pl.String, is_elementwise=True)


@converter("valid", FieldName, example="{valid: source.ip}")
def valid(text: pl.Expr, field: str) -> pl.Expr:
    """Absent when the text is not valid for the IDF field that is named; else in the spelling of that field."""
    return sanitise(FIELDS[field], text).cast(pl.String)


@converter("url_host")
def url_host(text: pl.Expr, _: None) -> pl.Expr:
    """The host of a URL, without port and user; absent when it is no URL."""
    return text.map_batches(url_hosts, return_dtype=pl.String, is_elementwise=True)


@converter("url_scheme")
def url_scheme(text: pl.Expr, _: None) -> pl.Expr:
    """The scheme of a URL (http, https, ftp …); absent when it is no URL."""
    return text.str.extract(r"^([A-Za-z][A-Za-z0-9+.-]*)://").str.to_lowercase()


@converter("url_path")
def url_path(text: pl.Expr, _: None) -> pl.Expr:
    """What follows the host of a URL, query included; absent when it is no URL or nothing follows."""
    return text.str.extract(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]+([/?#].*)$")


@converter("url_port")
def url_port(text: pl.Expr, _: None) -> pl.Expr:
    """The port that a URL names; absent when it names none."""
    return text.str.extract(r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:\]]*):(\d{1,5})(?:[/?#]|$)")


@converter("default_scheme", str, example='{default_scheme: "http"}')
def default_scheme(text: pl.Expr, scheme: str) -> pl.Expr:
    """A URL that lacks its scheme gets this one."""
    bare, text = scheme.removesuffix("://"), text.str.strip_chars()
    has_one = text.str.contains(r"^[A-Za-z][A-Za-z0-9+.-]*://")
    return pl.when(has_one).then(text).otherwise(pl.lit(f"{bare}://") + text)


@converter("refang")
def refang(text: pl.Expr, _: None) -> pl.Expr:
    """Masked addresses made plain again: hxxp becomes http, [.] and (dot) become a dot."""
    plain = text.str.replace(r"^(?i)hxxp(s?)://", "http$1://")
    return plain.str.replace_all(r"(?i)[\[({](?:\.|dot)[\])}]", ".").str.replace_all(r"\[:\]", ":")


@converter("percent_decode")
def percent_decode(text: pl.Expr, _: None) -> pl.Expr:
    """%41 and its like made into characters."""
    return by_distinct(text, partial(unquote, errors="replace"))


@converter("cve")
def cve(text: pl.Expr, _: None) -> pl.Expr:
    """The CVE numbers in a text, in lower case and in order, joined by ";"; absent when there is none."""
    found = text.str.extract_all(CVE).list.eval(pl.element().str.to_lowercase()).list.unique().list.sort()
    return pl.when(found.list.len() > 0).then(found.list.join(";"))


@converter("address_host")
def address_host(text: pl.Expr, _: None) -> pl.Expr:
    """The host of “host:port” or “[address]:port”; a text without port is the host."""
    bracketed = text.str.extract(r"^\[([^\]]*)\](?::\d{1,5})?$")
    return pl.coalesce(bracketed, text.str.extract(r"^([^:]*):\d{1,5}$"), text)


@converter("address_port")
def address_port(text: pl.Expr, _: None) -> pl.Expr:
    """The port of “host:port” or “[address]:port”; absent when there is none."""
    return text.str.extract(r"^(?:\[[^\]]*\]|[^:]*):(\d{1,5})$")


@converter("base64_text")
def base64_text(text: pl.Expr, _: None) -> pl.Expr:
    """The text that Base64 stands for; what is no Base64 of UTF-8 text stays."""
    return pl.coalesce(by_distinct(text, _decoded), text)


@converter("base64")
def base64(text: pl.Expr, _: None) -> pl.Expr:
    """In Base64; what is Base64 already stays."""
    return pl.when(text.str.contains(BASE64)).then(text).otherwise(text.str.encode("base64"))


def _decoded(text: str) -> str | None:
    try:
        return b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
