"""Changes to the constituency: imports, and snapshots that somebody wants on record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from tutela.apps.constituency import frames, freezer, writing
from tutela.apps.constituency.files import SourceFile, read_file
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import DefinitionErrors, Problem
from tutela.core.netspace.imports.reader import read
from tutela.core.netspace.imports.wanted import Wanted, together
from tutela.core.netspace.plan import ImportPlan, Stored, plan_import

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tutela.core.actor import Actor, Basis
    from tutela.core.netspace.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed, or would change; ``entry`` is its number in the ledger, None if nothing was written."""

    plan: ImportPlan
    dry_run: bool
    entry: int | None

    @property
    def counts(self) -> dict[str, int]:
        """How much changed, by what."""
        return self.plan.counts()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was left out."""
        return tuple(problem for problem in self.plan.problems if problem.severity != "error")

    def lines(self) -> Iterator[dict[str, Any]]:
        """Each change by itself."""
        return self.plan.lines()


def import_files(
    *,
    files: Sequence[str | Path],
    by: Actor,
    basis: Basis,
    format: str = "auto",  # noqa: A002 - the option's name
    source: str = "",
    dry_run: bool = False,
    now: datetime | None = None,
) -> Imported:
    """Import constituency files as one: all of them or, with one wrong row, none (every wrong row is told).

    ``source`` is the provenance of rows that do not name their own, else the file's name. Importing the same again
    changes nothing and records nothing.
    """
    sources = [read_file(str(file)) for file in files]
    wanted = together(read(one.data, one.path, format=format, source=source) for one in sources)
    named = source or ", ".join(one.path for one in sources)
    return _import(wanted, sources, source=named[:500], dry_run=dry_run, now=now or timezone.now(), by=by, basis=basis)


@transaction.atomic
def freeze(*, home: Path, by: Actor, basis: Basis, at: datetime | None = None) -> Snapshot:
    """Freeze the constituency as it is, and record the snapshot's id in the ledger."""
    moment = at or timezone.now()
    snapshot = freezer.current(home, moment)
    ledger.record(
        action="constituency.freeze",
        object_type="snapshot",
        object_hash=snapshot.id,
        details={"holdings": snapshot.holdings.height},
        by=by,
        basis=basis,
        time=moment,
    )
    return snapshot


@transaction.atomic
def _import(
    wanted: Wanted,
    sources: Sequence[SourceFile],
    *,
    source: str,
    dry_run: bool,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Imported:
    writing.lock()
    stored = Stored(frames.organisations(), frames.stored(), writing.stored_contacts(), writing.stored_services())
    plan = plan_import(wanted, stored, now)
    if plan.errors:
        raise DefinitionErrors(plan.errors)
    if dry_run or plan.changes_nothing:
        return Imported(plan, dry_run, None)
    writing.write(plan, now=now, source=source)
    digests = sorted(one.digest for one in sources)
    entry = ledger.record(
        action="constituency.import",
        object_type="constituency-file" if len(digests) == 1 else "constituency-files",
        object_hash=digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest(),
        details=plan.counts(),
        by=by,
        basis=basis,
        time=now,
    )
    return Imported(plan, dry_run, entry)
