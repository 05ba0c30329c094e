"""Rows that many tests need, with what they do not care about filled in."""

from __future__ import annotations

import ipaddress
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tutela.apps.findings.models import Finding
from tutela.core.findings.fingerprint import RECIPE
from tutela.core.netspace.addresses import number

if TYPE_CHECKING:
    from datetime import datetime

_NUMBERS = count(1)


def a_finding(organisation: str, *, seen: datetime, feed: str = "sightings", **more: Any) -> Finding:
    """A finding of an organisation, not stored yet; each has another fingerprint. ``more``: other columns."""
    values = {
        "fingerprint": UUID(int=next(_NUMBERS)),
        "recipe": RECIPE,
        "observer": feed,
        "asset_type": "address",
        "asset_key": "192.0.2.1",
        "first_seen": seen,
        "last_seen": seen,
        "last_reported": seen,
        "last_observer": feed,
        "changed": seen,
        "opened": seen,
    } | more
    return Finding(organisation=organisation, asset_first=_place(str(values["asset_key"])), **values)


def _place(asset: str) -> str | None:
    try:
        ipaddress.ip_address(asset)
    except ValueError:
        return None
    return f"{number(asset):032x}"
