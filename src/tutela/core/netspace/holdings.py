"""What organisations hold: ranges of addresses, AS numbers, domain names; each with its period and its source.

``valid_from`` (included) and ``valid_to`` (excluded) are UTC; null means ever before, ever after. A period that ends
where it begins is empty: the row was a mistake and is kept for its provenance only.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.netspace.addresses import asn, network_key, span
from tutela.core.netspace.domains import holdable_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

NETWORK: Final = "network"
ASN: Final = "asn"
DOMAIN: Final = "domain"
KINDS: Final = (NETWORK, DOMAIN, ASN)
"""In the order in which evidence counts: an address says more than a name, a name more than an AS number."""

UTC_DATETIME: Final = pl.Datetime("us", "UTC")

HOLDINGS_SCHEMA: Final = pl.Schema(
    {
        "kind": pl.String(),
        "key": pl.String(),
        "organisation": pl.String(),
        "depth": pl.Int32(),
        "first": pl.UInt128(),
        "last": pl.UInt128(),
        "valid_from": UTC_DATETIME,
        "valid_to": UTC_DATETIME,
        "source": pl.String(),
        "shared": pl.Boolean(),
    }
)
"""``depth``: how far below the top the organisation stands. ``first``, ``last``: of a range, or twice the AS number."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One range, AS number or domain name that an organisation holds for a time (one row of ``HOLDINGS_SCHEMA``)."""

    kind: str
    key: str
    organisation: str
    depth: int = 0
    first: int | None = None
    last: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    source: str = ""
    shared: bool = False


def canonical(kind: str, text: str) -> tuple[str, int | None, int | None]:
    """The key of a holding in its one spelling, its first and its last place; ``ValueError`` if it is none."""
    if kind == NETWORK:
        first, last = span(text)
        return network_key(first, last), first, last
    if kind == ASN:
        value = asn(text)
        return str(value), value, value
    if kind == DOMAIN:
        return holdable_key(text), None, None
    raise ValueError(f"{kind!r} is no kind of holding; the kinds are {', '.join(KINDS)}")


def holding(kind: str, text: str, organisation: str, **more: object) -> Holding:
    """A holding from its text, whatever the spelling."""
    key, first, last = canonical(kind, text)
    return Holding(kind, key, organisation, first=first, last=last, **more)  # type: ignore[arg-type]


def holdings_frame(rows: Iterable[Holding]) -> pl.DataFrame:
    """Holdings as a frame of ``HOLDINGS_SCHEMA``."""
    return pl.DataFrame([astuple(row) for row in rows], schema=HOLDINGS_SCHEMA, orient="row")


def in_force(holdings: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The holdings whose period contains ``at``."""
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= at)
    return holdings.filter(begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") > at)))


def next_change(holdings: pl.DataFrame, at: datetime) -> datetime | None:
    """The first moment after ``at`` at which a period begins or ends; None if there is none."""
    moments = pl.concat([holdings["valid_from"].rename("moment"), holdings["valid_to"].rename("moment")])
    later: datetime | None = moments.filter(moments > at).min()  # type: ignore[assignment]
    return later
