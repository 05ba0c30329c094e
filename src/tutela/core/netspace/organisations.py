"""What an import changes among organisations: their attributes, their place in the hierarchy, and who is who."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tutela.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tutela.core.netspace.imports.wanted import OrganisationRow

_PLAIN: Final = ("parent", "sector", "jurisdiction", "criticality", "language")


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one organisation, contact or service that becomes another."""

    subject: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class OrganisationChanges:
    """``added`` and ``changed`` organisations as they will be, each single change, and all paths as they will be."""

    added: tuple[OrganisationRow, ...]
    changed: tuple[OrganisationRow, ...]
    changes: tuple[Change, ...]
    paths: Mapping[str, str]
    problems: tuple[Problem, ...]


def aliases(stored: Mapping[str, OrganisationRow], wanted: Iterable[OrganisationRow]) -> dict[str, str]:
    """Ids that a registry's handle led to → ids of the organisations that are known to have this handle."""
    wanted = list(wanted)
    owners = {pair: row.id for row in wanted if not row.placeholder for pair in row.identifiers.items()}
    owners |= {pair: row.id for row in stored.values() for pair in row.identifiers.items()}
    found = {}
    for row in wanted:
        if row.id in stored or "rir" not in row.identifiers:
            continue
        owner = owners.get(("rir", row.identifiers["rir"]))
        if owner and owner != row.id:
            found[row.id] = owner
    return found


def plan_organisations(stored: Mapping[str, OrganisationRow], wanted: Sequence[OrganisationRow]) -> OrganisationChanges:
    """What must change among ``stored`` for ``wanted`` to hold; what a row leaves empty stays as it is."""
    described = {row.id for row in wanted if not row.placeholder}
    future = dict(stored)
    for row in wanted:
        if row.placeholder and (row.id in described or row.id in future):
            continue
        future[row.id] = _merged(future.get(row.id), row)
    touched = {row.id: row for row in wanted}
    problems = list(_unknown_parents(future, touched))
    paths, circular = _paths(future)
    problems += [
        Problem(touched[one].file, touched[one].line, f"parent: {one!r} stands above itself.", "Break the circle.")
        for one in circular
        if one in touched
    ]
    added = tuple(future[one] for one in touched if one in future and one not in stored)
    differing = [one for one in touched if one in stored and future[one] != stored[one]]
    changes = tuple(change for one in differing for change in _changes(stored[one], future[one]))
    changed = tuple(future[one] for one in dict.fromkeys(change.subject for change in changes))
    return OrganisationChanges(added, changed, changes, paths, tuple(problems))


def _merged(before: OrganisationRow | None, row: OrganisationRow) -> OrganisationRow:
    if before is None:
        return row
    plain = {name: getattr(row, name) or getattr(before, name) for name in _PLAIN}
    return replace(
        before, names={**before.names, **row.names}, identifiers={**before.identifiers, **row.identifiers}, **plain
    )


def _changes(before: OrganisationRow, after: OrganisationRow) -> list[Change]:
    names = [name for name in ("names", "identifiers", *_PLAIN) if getattr(before, name) != getattr(after, name)]
    return [Change(before.id, name, getattr(before, name), getattr(after, name)) for name in names]


def _unknown_parents(
    future: Mapping[str, OrganisationRow], touched: Mapping[str, OrganisationRow]
) -> Iterable[Problem]:
    for one, row in touched.items():
        if row.parent and row.parent not in future:
            remedy = "Describe it in a row of kind organisation, or mend the id."
            yield Problem(row.file, row.line, f"parent: {row.parent!r} of {one!r} is no known organisation.", remedy)


def _paths(future: Mapping[str, OrganisationRow]) -> tuple[dict[str, str], set[str]]:
    """The path of each organisation (``/above/below/``), and those that stand above themselves."""
    paths: dict[str, str] = {}
    circular: set[str] = set()
    for one in future:
        chain: list[str] = []
        here = one
        while here and here in future and here not in paths and here not in chain:
            chain.append(here)
            here = future[here].parent
        if here in chain:
            circular |= set(chain[chain.index(here) :])
        above = paths.get(here, "/")
        for each in reversed(chain):
            above = paths[each] = f"{above}{each}/"
    return paths, circular
