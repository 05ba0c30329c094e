"""Questions asked of the event table."""

from __future__ import annotations

import ipaddress
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl
from polars.exceptions import PolarsError

from tutela.core.errors import WrongUse
from tutela.core.idf.wire import to_idf
from tutela.lake.columns import LAKE_SCHEMA, halves_of, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.lake.table import EventTable

ORDER: Final = ("time.source", "identity_high", "identity_low")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: every part that is given must hold.

    ``organisations``: global ids, or None for all. ``address``: an address or a prefix that holds ``source.ip``.
    ``since`` and ``until``: bounds of ``time.source`` (inclusive, exclusive), UTC. ``where``: a condition in SQL over
    the columns of the table, such as ``"source.port" = 23 AND "malware.name" LIKE 'mirai%'``.
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
    conditions = [*_simple(wanted), *_address(wanted.address), *_where(wanted.where)]
    return frame.filter(*conditions) if conditions else frame


def page(events: pl.LazyFrame, *, limit: int, offset: int = 0) -> pl.DataFrame:
    """One page, newest first; the order is total, so pages neither overlap nor leave anything out."""
    ordered = events.sort(*ORDER, descending=[True, False, False], nulls_last=True)
    return _collected(ordered.slice(offset, limit))


def count(events: pl.LazyFrame) -> int:
    """How many."""
    return int(_collected(events.select(pl.len())).item())


def _collected(events: pl.LazyFrame) -> pl.DataFrame:
    try:
        return events.collect(engine="streaming")
    except PolarsError as error:
        message = str(error).splitlines()[0]
        raise WrongUse(f"the filter cannot be used: {message}", where="--where", remedy=_WHERE_REMEDY) from error


_WHERE_REMEDY: Final = 'Write it as SQL with field names in double quotes: "source.port" = 23.'


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
    if text is None:
        return []
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise WrongUse(
            f"{text!r} is neither an address nor a prefix",
            where="--address",
            remedy="Write 192.0.2.7 or 2001:db8::/32.",
        ) from error
    if network.num_addresses == 1:
        return [pl.col("source.ip") == str(network.network_address)]

    def inside(values: pl.Series) -> pl.Series:
        distinct = {value: _within(value, network) for value in values.unique().drop_nulls()}
        return values.replace_strict(distinct, default=False, return_dtype=pl.Boolean)

    return [pl.col("source.ip").map_batches(inside, return_dtype=pl.Boolean)]


def _within(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(text) in network
    except ValueError:
        return False


def _where(text: str | None) -> list[pl.Expr]:
    if not text:
        return []
    try:
        condition = pl.sql_expr(text)
        pl.DataFrame(schema=LAKE_SCHEMA).lazy().filter(condition).collect_schema()
    except PolarsError as error:
        message = str(error).splitlines()[0]
        raise WrongUse(f"the filter cannot be understood: {message}", where="--where", remedy=_WHERE_REMEDY) from error
    return [condition]


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
