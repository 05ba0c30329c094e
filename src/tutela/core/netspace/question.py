"""What a person asks about (an address, a network, an AS number, a domain name, a URL) and the holdings that match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from tutela.core.errors import WrongUse
from tutela.core.netspace.addresses import MAPPED_FIRST, MAPPED_LAST, asn, span
from tutela.core.netspace.domains import bounds, domain_key, reversed_names, url_hosts
from tutela.core.netspace.holdings import ASN, DOMAIN, NETWORK, Holding

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")
_AS_NUMBER: Final = re.compile(r"(AS)?\d+", re.IGNORECASE)


def matches(holdings: pl.DataFrame, text: str) -> list[Holding]:
    """The holdings (frame in rank order) that match ``text``, best first."""
    asked = text.strip()
    if "://" in asked:
        asked = url_hosts(pl.Series([asked], dtype=pl.String)).item() or asked
    if _AS_NUMBER.fullmatch(asked):
        number = _parsed(asn, asked)
        found = holdings.filter((pl.col("kind") == ASN) & (pl.col("first") == pl.lit(number, dtype=pl.UInt128)))
    elif _is_address(asked):
        found = holdings.filter(containing(*_parsed(span, asked)))
    else:
        found = _named(holdings, _parsed(domain_key, asked))
    return [Holding(**row) for row in found.iter_rows(named=True)]


def containing(first: int, last: int) -> pl.Expr:
    """The networks that contain the whole of a range; IPv6 ranges around ::ffff:0:0/96 do not contain IPv4."""
    begins = pl.col("first") <= pl.lit(first, dtype=pl.UInt128)
    if MAPPED_FIRST <= first <= MAPPED_LAST:
        begins &= pl.col("first") >= pl.lit(MAPPED_FIRST, dtype=pl.UInt128)
    return (pl.col("kind") == NETWORK) & begins & (pl.col("last") >= pl.lit(last, dtype=pl.UInt128))


def _named(holdings: pl.DataFrame, key: str) -> pl.DataFrame:
    """The domains that a name is, or lies below."""
    name = key.removeprefix("=")
    labels = name.split(".")
    suffixes = [".".join(labels[start:]) for start in range(len(labels))]
    found = holdings.filter((pl.col("kind") == DOMAIN) & pl.col("key").is_in([*suffixes, f"={name}"]))
    place = reversed_names(pl.Series([name])).item()
    return found.filter(pl.Series([_within(place, bounds(held)) for held in found["key"]], dtype=pl.Boolean))


def _within(place: str, interval: tuple[str, str]) -> bool:
    return interval[0] <= place < interval[1]


def _is_address(text: str) -> bool:
    try:
        span(text)
    except ValueError:
        return "/" in text or ":" in text
    return True


def _parsed(parse: Callable[[str], Answer], text: str) -> Answer:
    try:
        return parse(text)
    except ValueError as error:
        remedy = "Ask for an address, a network, a domain name, a URL or an AS number."
        raise WrongUse(f"{error}.", remedy=remedy) from error
