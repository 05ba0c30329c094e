"""What the registry formats share: ids from handles, and holdings gathered with their place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tutela.core.errors import Problem
from tutela.core.netspace.addresses import network_key
from tutela.core.netspace.imports.wanted import WANTED_SCHEMA, OrganisationRow, Wanted

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True)
class Gathered:
    """Holdings, organisations and problems of one file, as they are met."""

    path: str
    source: str
    holdings: list[tuple[Any, ...]] = field(default_factory=list)
    organisations: dict[str, OrganisationRow] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, line: int, what: str, remedy: str = "") -> None:
        """Note what is wrong."""
        self.problems.append(Problem(self.path, line, f"{what}.", remedy))

    def warning(self, line: int, what: str, remedy: str = "") -> None:
        """Note what was left out or guessed."""
        self.problems.append(Problem(self.path, line, f"{what}.", remedy, severity="warning"))

    def network(self, organisation: str, span: tuple[int, int], line: int, valid_from: datetime | None = None) -> None:
        """One range that an organisation holds."""
        self._hold("network", network_key(*span), organisation, span, line, valid_from)

    def number(self, organisation: str, asn: int, line: int, valid_from: datetime | None = None) -> None:
        """One AS number that an organisation holds."""
        self._hold("asn", str(asn), organisation, (asn, asn), line, valid_from)

    def wanted(self) -> Wanted:
        """What the file wants."""
        frame = pl.DataFrame(self.holdings, schema=WANTED_SCHEMA, orient="row")
        return Wanted(tuple(self.organisations.values()), frame, problems=tuple(self.problems))

    def _hold(
        self, kind: str, key: str, organisation: str, span: tuple[int, int], line: int, valid_from: datetime | None
    ) -> None:
        self.holdings.append((kind, key, organisation, *span, valid_from, None, self.source, False, self.path, line))


def id_from(handle: str) -> str:
    """A global id from a registry's handle: lower case, a hyphen for all but letters, digits and dots."""
    return re.sub(r"[^a-z0-9.]+", "-", handle.lower()).strip("-.") or "unnamed"
