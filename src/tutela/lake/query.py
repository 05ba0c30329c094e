"""Questions asked of the event table."""

from __future__ import annotations

import ipaddress
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from tutela.core.errors import WrongUse
from tutela.core.idf.wire import to_idf
from tutela.core.netspace.addresses import MAPPED_FIRST, MAPPED_LAST, address_text, numbers, span
from tutela.lake.columns import halves_of, whole
from tutela.lake.condition import condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.lake.table import EventTable

ORDER: Final = ("time.source", "identity_high", "identity_low")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: every part that is given must hold.

    ``organisations``: global ids, or None for all. ``address``: an address, a prefix or a range
    (192.0.2.1-192.0.2.9) that holds ``source.ip``.
    ``since`` and ``until``: bounds of ``time.source`` (inclusive, exclusive), UTC. ``where``: a condition in SQL on
    single events (`condition`), such as ``"source.port" = 23 AND "malware.name" LIKE 'mirai%'``.
    """

    organisations: Sequence[str] | None = None
    address: str | None = None
    type: str | None = None
    cve: str | None = None
    feed: str | None = None
    report: str | None = None
    fingerprint: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    where: str | None = None


def query(table: EventTable, wanted: EventFilter) -> pl.LazyFrame:
    """The events that ``wanted`` describes, in no order; columns of ``LAKE_SCHEMA``."""
    days = None
    if wanted.since or wanted.until:
        days = [
            day
            for day in table.days()
            if (wanted.since is None or day >= wanted.since.date())
            and (wanted.until is None or day <= wanted.until.date())
        ]
    frame = table.scan(days)
    conditions = [*_simple(wanted), *_address(wanted.address), *([condition(wanted.where)] if wanted.where else [])]
    return frame.filter(*conditions) if conditions else frame


def page(events: pl.LazyFrame, *, limit: int, offset: int = 0) -> pl.DataFrame:
    """One page, newest first; the order is total, so pages neither overlap nor leave anything out."""
    ordered = events.sort(*ORDER, descending=[True, False, False], nulls_last=True)
    return ordered.slice(offset, limit).collect(engine="streaming")


def ends(events: pl.LazyFrame) -> pl.DataFrame:
    """The first and the last event (no row where there is none, one where it is both), by when they were seen."""
    seen = pl.coalesce("time.source", "time.observation")  # as findings count it
    ordered = events.sort(seen, "identity_high", "identity_low")
    return pl.concat([ordered.head(1), ordered.tail(1)]).unique(maintain_order=True).collect(engine="streaming")


def count(events: pl.LazyFrame) -> int:
    """How many."""
    return int(events.select(pl.len()).collect(engine="streaming").item())


def _simple(wanted: EventFilter) -> list[pl.Expr]:
    conditions: list[pl.Expr] = []
    if wanted.organisations is not None:
        conditions.append(pl.col("organisation").is_in(list(wanted.organisations)))
    for column, value in (("classification.type", wanted.type), ("feed", wanted.feed)):
        if value is not None:
            conditions.append(pl.col(column) == value)
    if wanted.report is not None:
        conditions.append(pl.col("report").str.starts_with(wanted.report.lower()))
    if wanted.cve is not None:
        conditions.append(pl.col("product.vulnerabilities").str.contains(rf"(?i)\b{_cve(wanted.cve)}\b"))
    if wanted.fingerprint is not None:
        high, low = halves_of(wanted.fingerprint)
        conditions += [pl.col("fingerprint_high") == high, pl.col("fingerprint_low") == low]
    if wanted.since is not None:
        conditions.append(pl.col("time.source") >= wanted.since)
    if wanted.until is not None:
        conditions.append(pl.col("time.source") < wanted.until)
    return conditions


def _cve(text: str) -> str:

    if not re.fullmatch(r"(?i)cve-\d{4}-\d{4,}", text):
        raise WrongUse(f"{text!r} is not a CVE number", where="--cve", remedy="Write it as CVE-2024-12345.")
    return text


def _address(text: str | None) -> list[pl.Expr]:
    """``source.ip`` within an address, a prefix or a range; an IPv4 address in its IPv6 clothes is the same address."""
    if text is None:
        return []
    first, last = _span(text)
    if first == last:
        spellings = {address_text(first), str(ipaddress.IPv6Address(first))}
        return [pl.col("source.ip").is_in(sorted(spellings))]

    def inside(values: pl.Series) -> pl.Series:
        places = numbers(values)
        found = places.is_between(pl.lit(first, pl.UInt128), pl.lit(last, pl.UInt128))
        if first < MAPPED_FIRST <= last:  # a range of IPv6 around the mapped addresses holds none of them
            found &= ~places.is_between(pl.lit(MAPPED_FIRST, pl.UInt128), pl.lit(MAPPED_LAST, pl.UInt128))
        return found

    return [pl.col("source.ip").map_batches(inside, return_dtype=pl.Boolean)]


def _span(text: str) -> tuple[int, int]:
    bare = re.sub(r"%[^/]*", "", text)  # a zone names an interface of somebody's machine, and is not kept
    try:
        return span(bare if "-" in bare else str(ipaddress.ip_network(bare, strict=False)))
    except ValueError as error:
        raise WrongUse(
            f"{text!r} is neither an address nor a prefix",
            where="--address",
            remedy="Write 192.0.2.7 or 2001:db8::/32.",
        ) from error


def objects(events: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Each event as one object: its IDF members, and what Tutela knows about it; the 128-bit keys as UUIDs."""
    known = events.select(
        "organisation",
        "attribution",
        "snapshot",
        "feed",
        "report",
        "row",
        "asset",
        "invalid",
        whole("identity"),
        whole("fingerprint"),
    )
    for line, more in zip(to_idf(events), known.iter_rows(named=True), strict=True):
        for key in ("identity", "fingerprint"):
            more[key] = str(uuid.UUID(int=more[key])) if more[key] is not None else None
        more["invalid"] = orjson.loads(more["invalid"]) if more["invalid"] else None
        yield orjson.loads(line) | more
