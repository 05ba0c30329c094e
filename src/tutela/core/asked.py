"""What a text from a search box asks for: recognised by its form, never guessed from its content."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 200
"""Characters of a question that are looked at."""

_CVE: Final = re.compile(r"cve-\d{4}-\d{4,19}", re.IGNORECASE)
_AS_NUMBER: Final = re.compile(r"as ?(\d{1,10})", re.IGNORECASE)
_IDENTIFIER: Final = re.compile(r"(?=.*[0-9])[0-9a-f-]{8,36}", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"(?=.*[^\W\d_])[\w-]{1,63}(\.[\w-]{1,63})+\.?")


class Kind(StrEnum):
    """What is asked for."""

    ADDRESS = "address"
    NETWORK = "network"
    AS_NUMBER = "asn"
    DOMAIN = "domain"
    URL = "url"
    VULNERABILITY = "cve"
    IDENTIFIER = "id"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its kind, and the text in the spelling in which such things are kept."""

    kind: Kind
    text: str


def asked(text: str) -> Asked | None:
    """The question in ``text``; None where there is none.

    An identifier is hexadecimal digits and hyphens, eight at least, as a list shows the beginning of one.
    """
    bare = " ".join(text[:LONGEST].split())
    if not bare:
        return None
    if _CVE.fullmatch(bare):
        return Asked(Kind.VULNERABILITY, bare.upper())
    if match := _AS_NUMBER.fullmatch(bare):
        return Asked(Kind.AS_NUMBER, str(int(match[1])))
    return _address(bare) or _name(bare) or Asked(Kind.WORDS, bare)


def _address(bare: str) -> Asked | None:
    try:
        network = ipaddress.ip_network(bare.strip("[]"), strict=False)
    except ValueError:
        return None
    single = network.num_addresses == 1
    return Asked(Kind.ADDRESS, str(network.network_address)) if single else Asked(Kind.NETWORK, str(network))


def _name(bare: str) -> Asked | None:
    if "://" in bare and " " not in bare:
        return Asked(Kind.URL, bare)
    if _DOMAIN.fullmatch(bare):
        return Asked(Kind.DOMAIN, bare.rstrip(".").lower())
    if _IDENTIFIER.fullmatch(bare):
        return Asked(Kind.IDENTIFIER, bare.replace("-", "").lower())
    return None
