"""Addresses, ranges of addresses and AS numbers as numbers on one line.

IPv4 is mapped into ``::ffff:0:0/96`` (RFC 4291, 2.5.5.2), so one unsigned 128-bit line holds both families and an
address of either form is looked up in the same way. Parsers raise ``ValueError`` with a sentence for people.
"""

from __future__ import annotations

import ipaddress
from typing import Final

import polars as pl
import polars_iptools as iptools

MAPPED_FIRST: Final = 0xFFFF << 32
MAPPED_LAST: Final = MAPPED_FIRST + 2**32 - 1
MAXIMUM: Final = 2**128 - 1
MAXIMUM_ASN: Final = 2**32 - 1
_BITS: Final = 128
_IPV4_OFFSET: Final = 96
_SENTINEL: Final = pl.Series(["::"])


def numbers(text: pl.Series) -> pl.Series:
    """The place of each address on the line (String → UInt128), null where the text is no address."""
    text = text.cast(pl.String)
    # The plugin fails on a batch without one valid address, so one is always added.
    padded = pl.concat([text.rename(""), _SENTINEL]).rechunk().to_frame("text")
    binary = padded.select(iptools.to_address("text").ext.storage()).to_series()
    return binary.bin.reinterpret(dtype=pl.UInt128, endianness="big").head(len(text))


def number(text: str) -> int:
    """The place of one address on the line."""
    address = ipaddress.ip_address(text.strip())
    return int(address) + (MAPPED_FIRST if address.version == 4 else 0)  # noqa: PLR2004 - the family's own name


def address_text(place: int) -> str:
    """The address at a place: dotted for IPv4, compressed for IPv6."""
    if MAPPED_FIRST <= place <= MAPPED_LAST:
        return str(ipaddress.IPv4Address(place - MAPPED_FIRST))
    return str(ipaddress.IPv6Address(place))


def span(text: str) -> tuple[int, int]:
    """The first and the last place of an address, a prefix (``192.0.2.0/24``) or a range (``192.0.2.1-192.0.2.9``)."""
    text = text.strip()
    if "-" in text:
        first_text, _, last_text = text.partition("-")
        first, last = _address(first_text, text), _address(last_text, text)
        if first > last:
            raise ValueError(f"{text!r} ends before it begins")
        if _is_ipv4(first) != _is_ipv4(last):
            raise ValueError(f"{text!r} begins in one address family and ends in another")
        return first, last
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(_why_no_network(text)) from error
    offset = MAPPED_FIRST if network.version == 4 else 0  # noqa: PLR2004 - the family's own name
    return int(network.network_address) + offset, int(network.broadcast_address) + offset


def network_key(first: int, last: int) -> str:
    """The one spelling of a range: a prefix where it is one, else ``first-last``."""
    size = last - first + 1
    if size & (size - 1) or first % size:
        return f"{address_text(first)}-{address_text(last)}"
    length = _BITS - (size.bit_length() - 1)
    return f"{address_text(first)}/{length - _IPV4_OFFSET if MAPPED_FIRST <= first <= MAPPED_LAST else length}"


def asn(text: str) -> int:
    """An AS number from ``64496``, ``AS64496`` or ``0.64496`` (RFC 5396)."""
    bare = text.strip().upper().removeprefix("AS").strip()
    high, dot, low = bare.rpartition(".")
    if not low.isascii() or not low.isdigit() or (dot and not (high.isascii() and high.isdigit())):
        raise ValueError(f"{text!r} is not an AS number")
    value = int(low) + (int(high) << 16 if dot else 0)
    if not 0 < value < MAXIMUM_ASN:
        raise ValueError(f"{text!r} is not an AS number that anybody can hold (1 to 4294967294)")
    return value


def _address(text: str, whole: str) -> int:
    try:
        return number(text)
    except ValueError as error:
        raise ValueError(f"{text.strip()!r} in {whole!r} is not an IP address") from error


def _is_ipv4(place: int) -> bool:
    return MAPPED_FIRST <= place <= MAPPED_LAST


def _why_no_network(text: str) -> str:
    """The sentence about a text that is no network: host bits are told with the prefix that was probably meant."""
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is not a network"
    return f"{text!r} has host bits set; the network is {meant}"
