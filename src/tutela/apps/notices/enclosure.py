"""The file that goes with a notice: each of its findings, in columns that a recipient's tools can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tutela.web.table import Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutela.apps.notices.planning import Waiting

ENCLOSURE: Final[Table[Waiting]] = Table(
    "findings",
    (
        Column("finding", "finding", lambda f: f.id),
        Column("asset", "asset", lambda f: f.asset),
        Column("type", "type", lambda f: f.type),
        Column("identifier", "identifier", lambda f: f.identifier),
        Column("malware", "malware", lambda f: f.malware),
        Column("vulnerabilities", "vulnerabilities", lambda f: f.vulnerabilities),
        Column("severity", "severity", lambda f: f.severity, Kind.SEVERITY),
        Column("first_seen", "first seen", lambda f: f.first_seen, Kind.TIME),
        Column("last_seen", "last seen", lambda f: f.last_seen, Kind.TIME),
        Column("feed", "feed", lambda f: f.feed),
        Column("tlp", "TLP", lambda f: f.tlp, Kind.TLP),
    ),
)


def as_csv(findings: Iterable[Waiting]) -> str:
    """The file (RFC 4180), with a header; nothing in it is a formula to a spreadsheet."""
    return "".join(ENCLOSURE.csv(findings))
