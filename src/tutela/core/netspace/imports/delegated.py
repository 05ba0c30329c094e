"""``delegated-*-extended`` statistics of the RIRs: who was given which numbers, and when.

Format: "RIR statistics exchange format", ``registry|cc|type|start|value|date|status|opaque-id``. The value of
``ipv4`` is a count of addresses (which need not make a prefix), of ``ipv6`` a prefix length, of ``asn`` a count. Only
what is allocated or assigned is read. The opaque id tells organisations apart but does not name them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tutela.core.netspace.addresses import MAPPED_LAST, MAXIMUM, asn, number, span
from tutela.core.netspace.imports.registry import Gathered, id_from
from tutela.core.netspace.imports.wanted import OrganisationRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutela.core.netspace.imports.wanted import Wanted

_HELD: Final = frozenset({"allocated", "assigned"})
_TYPES: Final = frozenset({"ipv4", "ipv6", "asn"})
_COLUMNS: Final = 7
_MAXIMUM_ASNS: Final = 2**17


def read_delegated(text: str, path: str, *, source: str = "") -> Wanted:
    """One statistics file; records without an opaque id (the older format) are held by their country."""
    gathered = Gathered(path, source or path)
    for line, raw in enumerate(text.split("\n"), 1):
        record = [cell.strip() for cell in raw.partition("#")[0].split("|")]
        if len(record) < _COLUMNS or record[2] not in _TYPES or record[5] == "summary":
            if record != [""] and not _header_or_summary(record):
                gathered.problem(line, f"is no record: {raw.strip()[:80]!r}", "Fetch the file again.")
            continue
        if record[6].lower() in _HELD:
            _record(gathered, line, record)
    return gathered.wanted()


def _header_or_summary(record: Sequence[str]) -> bool:
    return record[-1] == "summary" or record[0].replace(".", "").isdigit() or record[2:3] not in [[t] for t in _TYPES]


def _record(gathered: Gathered, line: int, record: Sequence[str]) -> None:
    registry, country, kind, start, value, date, _status, *opaque = record
    holder = opaque[0] if opaque and opaque[0] else country
    try:
        since = _day(date)
        if kind == "asn":
            first = asn(start)
            for one in range(first, first + _count(value, _MAXIMUM_ASNS)):
                gathered.number(_holder(gathered, line, registry, country, holder), one, line, since)
            return
        first, last = span(f"{start}/{value}") if kind == "ipv6" else _counted(start, value)
    except ValueError as error:
        gathered.problem(line, f"{kind}: {error}", "Fetch the file again.")
        return
    gathered.network(_holder(gathered, line, registry, country, holder), (first, last), line, since)


def _holder(gathered: Gathered, line: int, registry: str, country: str, handle: str) -> str:
    identifier = id_from(f"{registry}-{handle}")
    if identifier not in gathered.organisations:
        gathered.organisations[identifier] = OrganisationRow(
            identifier,
            {"en": f"{registry} {handle}"},
            jurisdiction=country.upper(),
            identifiers={"rir": f"{registry}:{handle}"},
            placeholder=True,
            file=gathered.path,
            line=line,
        )
    return identifier


def _counted(start: str, value: str) -> tuple[int, int]:
    first = number(start)
    last = first + _count(value, 2**32) - 1
    if last > (MAPPED_LAST if first <= MAPPED_LAST else MAXIMUM):
        raise ValueError(f"{value} addresses from {start} go past the end")
    return first, last


def _count(value: str, maximum: int) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= maximum:
        raise ValueError(f"{value!r} is no count")
    return int(value)


def _day(text: str) -> datetime | None:
    """YYYYMMDD; empty or zeros: unknown."""
    if not text.strip("0"):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{text!r} is no day") from error
