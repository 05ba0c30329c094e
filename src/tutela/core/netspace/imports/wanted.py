"""What an import wants the constituency to say, whatever format said it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.netspace.holdings import UTC_DATETIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tutela.core.errors import Problem
    from tutela.core.mailkeys.certificate import Certificate

WANTED_SCHEMA: Final = pl.Schema(
    {
        "kind": pl.String(),
        "key": pl.String(),
        "organisation": pl.String(),
        "first": pl.UInt128(),
        "last": pl.UInt128(),
        "valid_from": UTC_DATETIME,
        "valid_to": UTC_DATETIME,
        "source": pl.String(),
        "shared": pl.Boolean(),
        "file": pl.String(),
        "line": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """One organisation as a file describes it; an empty value says nothing.

    ``placeholder``: the file only mentions it, so it is made if nobody knows it and changes nothing otherwise.
    """

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    sector: str = ""
    jurisdiction: str = ""
    criticality: str = ""
    language: str = ""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    placeholder: bool = False
    file: str = ""
    line: int = 0

    @property
    def words(self) -> str:
        """What it is found by, whatever the case of the letters: its id, its names, what others call it."""
        return " ".join([self.id, *self.names.values(), *self.identifiers.values()]).casefold()


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact of an organisation: whom to tell, in which role, by which way."""

    organisation: str
    role: str
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    source: str = ""
    openpgp: Certificate | None = None
    smime: Certificate | None = None
    file: str = ""
    line: int = 0

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Those that there are, to which mail to it is encrypted."""
        return tuple(one for one in (self.openpgp, self.smime) if one is not None)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same contact in the next import."""
        return (self.organisation, self.role, self.email, self.phone)


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service that an organisation owns, and the assets it runs on as ``(kind, key)``."""

    organisation: str
    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    criticality: str = ""
    assets: tuple[tuple[str, str], ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    source: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that some files want. ``holdings``: ``WANTED_SCHEMA``. Of ``problems`` the errors stop the import."""

    organisations: tuple[OrganisationRow, ...] = ()
    holdings: pl.DataFrame = field(default_factory=WANTED_SCHEMA.to_frame)
    contacts: tuple[ContactRow, ...] = ()
    services: tuple[ServiceRow, ...] = ()
    problems: tuple[Problem, ...] = ()


def together(parts: Iterable[Wanted]) -> Wanted:
    """What several files want, as one."""
    parts = list(parts)
    return Wanted(
        organisations=tuple(row for part in parts for row in part.organisations),
        holdings=pl.concat([part.holdings for part in parts]) if parts else WANTED_SCHEMA.to_frame(),
        contacts=tuple(row for part in parts for row in part.contacts),
        services=tuple(row for part in parts for row in part.services),
        problems=tuple(problem for part in parts for problem in part.problems),
    )
