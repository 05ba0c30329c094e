"""Addresses and networks in one spelling each: what Python's ``ipaddress`` (3.11) prints for them.

Addresses
    * IPv4 is four decimal octets; a leading zero makes it invalid, because readers disagree on what it means.
    * IPv6 is lower case with the longest run of zeros folded; ``::ffff:192.0.2.1`` stays IPv6 (``::ffff:c000:201``).
    * A zone (``fe80::1%eth0``) is cut off: it names an interface of the machine that saw it, nothing beyond.
    * A prefix of full length (``192.0.2.1/32``, ``2001:db8::1/128``) is the address itself; other prefixes are invalid.
    * ``0.0.0.0`` and ``::`` name no machine and are invalid.

Networks
    * Host bits are dropped (``192.0.2.77/24`` is ``192.0.2.0/24``); an address alone is a network of full length.
    * A netmask in place of the prefix length is understood (``192.0.2.0/255.255.255.0``).

Shapes: a String series in, a String series of the same length out, null where there is no valid value. Texts come in
without surrounding blanks.
"""

from __future__ import annotations

import ipaddress
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import polars_iptools as iptools

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOKS_LIKE_ADDRESS = r"^[0-9A-Fa-f:.]+(%[^/]+)?(/[0-9]+)?$"
_PLAIN_IPV6 = r"^[0-9A-Fa-f]*:[0-9A-Fa-f:]+$"
_IPV4_PREFIX = r"^([0-9.]+)/([0-9]|[12][0-9]|3[0-2])$"
_SENTINEL = "::"
_IPV4_BITS = 32


def addresses(text: pl.Series) -> pl.Series:
    """Each address in its one spelling."""
    number = _ipv4_number(text)
    nothing = number.is_null() | (number == 0)
    found = text.set(nothing, None) if nothing.any() else text
    return mend(found, text.is_not_null() & number.is_null(), text, _odd_addresses)


def networks(text: pl.Series) -> pl.Series:
    """Each network in its one spelling."""
    parts = text.str.extract_groups(_IPV4_PREFIX).struct.unnest()
    number = _ipv4_number(parts["1"])
    length = parts["2"].cast(pl.Int64)
    size = pl.Series([2**bits for bits in range(_IPV4_BITS + 1)], dtype=pl.Int64).gather(_IPV4_BITS - length)
    plain = pl.DataFrame({"first": number.cast(pl.Int64) // size * size, "length": length}).select(
        pl.concat_str(iptools.numeric_to_ipv4("first"), pl.lit("/"), pl.col("length"))
    )
    return mend(plain.to_series(), text.is_not_null() & number.is_null(), text, partial(each, function=_network))


def mend(
    found: pl.Series, missing: pl.Series, text: pl.Series, function: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """``found``, where ``missing`` (Boolean) filled by what ``function`` makes of the texts there."""
    if not missing.any():
        return found
    if missing.all():
        return function(text)
    return found.scatter(missing.arg_true(), function(text.filter(missing)))


def each(text: pl.Series, function: Callable[[str], str | None]) -> pl.Series:
    """``function`` over texts one by one, each distinct text once: the slow way, for the few values that need it."""
    distinct = text.drop_nulls().unique()
    answers = pl.Series([function(value) for value in distinct.to_list()], dtype=pl.String)
    return text.replace_strict(distinct, answers, default=None, return_dtype=pl.String)


def _ipv4_number(text: pl.Series) -> pl.Series:
    """The 32-bit number of texts that are IPv4 addresses (UInt32), else null."""
    return text.to_frame("text").select(iptools.ipv4_to_numeric("text")).to_series()


def _odd_addresses(text: pl.Series) -> pl.Series:
    """Texts that are not plain IPv4: IPv6 in all its forms, and what is no address at all."""
    plain = text.str.contains(_PLAIN_IPV6)
    # The plugin fails on a batch without one valid address, so one is always added, and taken away again.
    batch = pl.concat([text.set(~plain, _SENTINEL), pl.Series([_SENTINEL])], rechunk=True).to_frame("text")
    spelled = batch.select(iptools.to_string(iptools.to_address("text").ext.storage())).to_series().head(len(text))
    # It prints mapped addresses as IPv4; those, and what is not plain, are left to Python.
    mapped = spelled.str.contains(".", literal=True).fill_null(value=False)
    unusable = mapped | (spelled == _SENTINEL).fill_null(value=False)
    if unusable.any():
        spelled = spelled.set(unusable, None)
    doubtful = mapped | (~plain & text.str.contains(_LOOKS_LIKE_ADDRESS))
    return mend(spelled, doubtful, text, partial(each, function=_address))


def _address(text: str) -> str | None:
    body, _, length = text.partition("/")
    try:
        address = ipaddress.ip_address(body)
    except ValueError:
        return None
    if int(address) == 0 or length not in {"", str(address.max_prefixlen)}:
        return None
    return str(address).partition("%")[0]


def _network(text: str) -> str | None:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return None
