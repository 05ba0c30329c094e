"""What an import as a whole would change, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import polars as pl

from tutela.core.errors import Problem
from tutela.core.mailkeys.certificate import Certificate
from tutela.core.netspace.changes import HoldingChanges, plan_holdings
from tutela.core.netspace.imports.wanted import ContactRow, ServiceRow, Wanted
from tutela.core.netspace.organisations import Change, OrganisationChanges, aliases, plan_organisations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tutela.core.netspace.imports.wanted import OrganisationRow

Row = TypeVar("Row", ContactRow, ServiceRow)

_CONTACT_FIELDS = ("name", "language", "valid_from", "valid_to", "openpgp", "smime")
_SERVICE_FIELDS = ("names", "criticality", "assets", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class RowChanges(Generic[Row]):
    """Contacts or services that come, and those that become something else."""

    added: tuple[Row, ...] = ()
    changed: tuple[Row, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """The constituency as it is stored; ``holdings`` of ``STORED_SCHEMA``, rows by their key."""

    organisations: Mapping[str, OrganisationRow]
    holdings: pl.DataFrame
    contacts: Mapping[tuple[str, ...], ContactRow] = field(default_factory=dict)
    services: Mapping[tuple[str, ...], ServiceRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All changes of one import, and all its problems (an error stops it, a warning is told)."""

    organisations: OrganisationChanges
    holdings: HoldingChanges
    contacts: RowChanges[ContactRow]
    services: RowChanges[ServiceRow]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop the import."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def counts(self) -> dict[str, int]:
        """How much changes, by what."""
        return {
            "organisations_added": len(self.organisations.added),
            "organisations_changed": len(self.organisations.changed),
            "holdings_added": self.holdings.added.height,
            "holdings_ended": self.holdings.ended.height,
            "holdings_unchanged": self.holdings.unchanged,
            "contacts_added": len(self.contacts.added),
            "contacts_changed": len(self.contacts.changed),
            "services_added": len(self.services.added),
            "services_changed": len(self.services.changed),
        }

    @property
    def changes_nothing(self) -> bool:
        """Whether the constituency says all of it already."""
        return not any(count for name, count in self.counts().items() if name != "holdings_unchanged")

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Those of contacts that come."""
        changed = (one.after for one in self.contacts.changes if isinstance(one.after, Certificate))
        return (*(one for row in self.contacts.added for one in row.certificates), *changed)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Each change by itself: ``change`` (add, end or set), ``kind``, ``key`` and what it becomes."""
        for row in self.organisations.added:
            yield {
                "change": "add",
                "kind": "organisation",
                "key": row.id,
                "organisation": row.id,
                "to": dict(row.names),
            }
        yield from _set_lines("organisation", self.organisations.changes)
        columns = ("kind", "key", "organisation", "valid_from", "valid_to", "source", "file", "line")
        for values in self.holdings.ended.select("kind", "key", "organisation", "valid_to").iter_rows(named=True):
            yield {"change": "end", **_plain(values)}
        for values in self.holdings.added.select(columns).iter_rows(named=True):
            yield {"change": "add", **_plain(values)}
        for contact in self.contacts.added:
            yield {"change": "add", "kind": "contact", "key": contact.role, "organisation": contact.organisation}
        yield from _set_lines("contact", self.contacts.changes)
        for service in self.services.added:
            yield {"change": "add", "kind": "service", "key": service.id, "organisation": service.organisation}
        yield from _set_lines("service", self.services.changes)


def plan_import(wanted: Wanted, stored: Stored, now: datetime) -> ImportPlan:
    """What must change among ``stored`` for ``wanted`` to hold at ``now``."""
    renamed = aliases(stored.organisations, wanted.organisations)
    wanted = _renamed(wanted, renamed) if renamed else wanted
    organisations = plan_organisations(stored.organisations, wanted.organisations)
    contacts = _rows({row.key: row for row in wanted.contacts}, stored.contacts, _CONTACT_FIELDS)
    unknown = _unknown(wanted, organisations.paths)
    problems = (*wanted.problems, *organisations.problems, *unknown, *_unfit(wanted, stored, now))
    return ImportPlan(
        organisations,
        plan_holdings(stored.holdings, wanted.holdings, now),
        contacts,
        _rows({(row.organisation, row.id): row for row in wanted.services}, stored.services, _SERVICE_FIELDS),
        problems,
    )


def _rows(
    wanted: Mapping[tuple[str, ...], Row], stored: Mapping[tuple[str, ...], Row], fields: Sequence[str]
) -> RowChanges[Row]:
    """Rows by key: new ones, and known ones with values that differ; an empty value changes nothing."""
    added = tuple(row for key, row in wanted.items() if key not in stored)
    changed, changes = [], []
    for key, row in wanted.items():
        before = stored.get(key)
        if before is None:
            continue
        new = {name: getattr(row, name) for name in fields if getattr(row, name)}
        new = {name: value for name, value in new.items() if value != getattr(before, name)}
        if new:
            changed.append(replace(before, **new))
            changes += [Change(" ".join(key).strip(), name, getattr(before, name), new[name]) for name in new]
    return RowChanges(added, tuple(changed), tuple(changes))


def _renamed(wanted: Wanted, renamed: Mapping[str, str]) -> Wanted:
    """The same with organisations called by the ids under which they are known."""

    def known(identifier: str) -> str:
        return renamed.get(identifier, identifier)

    return Wanted(
        organisations=tuple(
            replace(row, parent=known(row.parent)) for row in wanted.organisations if row.id not in renamed
        ),
        holdings=wanted.holdings.with_columns(pl.col("organisation").replace(renamed)),
        contacts=tuple(replace(row, organisation=known(row.organisation)) for row in wanted.contacts),
        services=tuple(replace(row, organisation=known(row.organisation)) for row in wanted.services),
        problems=wanted.problems,
    )


def _unknown(wanted: Wanted, known: Mapping[str, str]) -> Iterator[Problem]:
    """Organisations that rows name and nobody describes, each where it is first named."""
    holders = wanted.holdings.group_by("organisation", maintain_order=True).agg(pl.col("file", "line").first())
    named: list[tuple[str, str, int]] = list(holders.iter_rows())
    rows: Iterable[ContactRow | ServiceRow] = (*wanted.contacts, *wanted.services)
    named += [(row.organisation, row.file, row.line) for row in rows]
    told: set[str] = set()
    for organisation, file, line in named:
        if organisation not in known and organisation not in told:
            told.add(organisation)
            remedy = "Describe it in a row of kind organisation, or mend the id."
            yield Problem(file, line, f"organisation: {organisation!r} is no known organisation.", remedy)


def _unfit(wanted: Wanted, stored: Stored, now: datetime) -> Iterator[Problem]:
    """New certificates to which nothing can be encrypted now (errors), or that name other addresses (warnings).

    Those that are known already are not judged anew: a file that is imported every day does not break by the calendar.
    """
    for row in wanted.contacts:
        before = stored.contacts.get(row.key)
        known = before.certificates if before is not None else ()
        for one in (one for one in row.certificates if one not in known):
            told = f"{one.kind.value}: the certificate {one.fingerprint}"
            if fault := one.fault(now):
                yield Problem(row.file, row.line, f"{told} {fault}.", "Ask the contact for the one in use.")
            elif stranger := one.stranger(row.email):
                remedy = "Ask the contact whether it is theirs."
                yield Problem(row.file, row.line, f"{told} {stranger}.", remedy, severity="warning")


def _set_lines(kind: str, changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
    for change in changes:
        values = {"field": change.field, "from": change.before, "to": change.after}
        yield {"change": "set", "kind": kind, "key": change.subject, **_plain(values)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON has them: times as text, certificates by their fingerprints."""
    return {name: _as_text(value) for name, value in values.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, Certificate):
        return value.fingerprint
    return value.isoformat() if hasattr(value, "isoformat") else value
