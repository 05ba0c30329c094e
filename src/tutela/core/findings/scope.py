"""Whether an asset is in what a feed says its reports cover.

A scope that is declared and in which an asset cannot be shown to lie does not cover it: a report proves nothing by a
guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tutela.core.netspace.addresses import span
from tutela.core.netspace.domains import domain_key

if TYPE_CHECKING:
    from tutela.core.feeds.definition import Covers


def covers(scope: Covers, asset_type: str, asset_key: str) -> bool:
    """Whether the scope holds an asset (types as in ``core/findings/fingerprint.py``)."""
    if asset_type == "asn":
        return asset_key in {str(number) for number in scope.asns}
    key = (urlsplit(asset_key).hostname or "") if asset_type == "url" else asset_key
    return _in_networks(scope, key) or _in_domains(scope, key)


def _in_networks(scope: Covers, key: str) -> bool:
    try:
        first, last = span(key)
    except ValueError:
        return False
    return any(begin <= first and last <= end for begin, end in map(span, scope.networks))


def _in_domains(scope: Covers, key: str) -> bool:
    try:
        name = domain_key(key)
    except ValueError:
        return False
    return any(name == held or name.endswith(f".{held}") for held in map(domain_key, scope.domains))
