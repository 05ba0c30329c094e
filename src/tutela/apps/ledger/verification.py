"""Verifies the whole ledger: against itself, against the signed checkpoint, and against copies kept elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from tutela.apps.ledger import guards
from tutela.apps.ledger.keeper import Keeper
from tutela.apps.ledger.models import CommitmentOpening
from tutela.apps.ledger.reading import rows
from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.audit import Audit, Flaw
from tutela.core.ledger.checkpoint import Checkpoint, open_checkpoint
from tutela.core.ledger.entry import Opening, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from tutela.core.ledger.note import Verifier


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found. ``problems`` are proof of damage; ``warnings`` are told and leave it ``ok``."""

    ok: bool
    size: int
    checkpoint_size: int
    root: str
    key: str
    problems: tuple[Flaw, ...]
    warnings: tuple[Flaw, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "ok": self.ok,
            "size": self.size,
            "checkpoint_size": self.checkpoint_size,
            "root": self.root,
            "key": self.key,
            "problems": [flaw.as_dict() for flaw in self.problems],
            "warnings": [flaw.as_dict() for flaw in self.warnings],
        }


def verify(
    home: Path, *, against: Sequence[bytes] = (), key: Verifier | None = None, now: datetime | None = None
) -> Verification:
    """Read every entry once (10 million in bounded memory) and compare with the signed heads.

    ``against`` are copies of checkpoints kept elsewhere (they show when the whole folder was put back or replaced),
    ``key`` the log's public key kept elsewhere; without it the key in the folder is believed.
    """
    keeper, early = Keeper(home), list[Flaw]()
    head = _head(keeper, key, early)
    log = key or (head[0] if head else None)
    marks = [("The checkpoint", head[1])] if head else []
    marks += _copies(against, log, early)
    audit = Audit(marks)
    for flaw in early:
        audit.flaw(flaw.code, flaw.what)
    audit.read(rows())
    _openings(audit)
    for name in guards.missing(connection):
        audit.flaw("unguarded", f"The database's guard {name} was taken away: entries could be changed.")
    if audit.frontier.size and head is None and not early:
        audit.flaw("unsigned", f"There are {audit.frontier.size} entries, but key and checkpoint are missing.")
    covered = _ahead(audit, keeper, head)
    audit.finish(stamp(now or timezone.now()))
    problems = tuple(flaw for flaw in audit.flaws if flaw.severity == "error")
    return Verification(
        ok=not problems,
        size=audit.frontier.size,
        checkpoint_size=covered,
        root=audit.frontier.root().hex(),
        key=str(log or ""),
        problems=problems,
        warnings=tuple(flaw for flaw in audit.flaws if flaw.severity == "warning"),
    )


def _head(keeper: Keeper, key: Verifier | None, flaws: list[Flaw]) -> tuple[Verifier, Checkpoint] | None:
    try:
        head = keeper.head()
    except Conflict as error:
        flaws.append(Flaw("unsigned", f"{error.where}: {error.what}"))
        return None
    if head is None:
        return None
    log = head[0].verifier()
    if key is not None and key != log:
        flaws.append(Flaw("unsigned", f"The ledger's key was replaced: it is {log}, not {key}."))
        return None
    return log, head[1]


def _copies(against: Sequence[bytes], log: Verifier | None, flaws: list[Flaw]) -> list[tuple[str, Checkpoint]]:
    copies = []
    for place, data in enumerate(against, 1):
        if log is None:
            flaws.append(Flaw("unsigned", f"There is no key to check copy {place} of the checkpoint with."))
            continue
        try:
            copies.append((f"Copy {place} of the checkpoint", open_checkpoint(data, log)))
        except (BadInput, Conflict) as error:
            flaws.append(Flaw("unsigned", f"Copy {place} of the checkpoint cannot be believed. {error.what}"))
    return copies


def _openings(audit: Audit) -> None:
    for row in CommitmentOpening.objects.values_list("commitment", "salt", "value").iterator(chunk_size=10_000):
        opening = Opening(row[0], bytes(row[1]), row[2])
        if not opening.holds():
            audit.flaw(
                "opening", f"What opens the commitment {opening.commitment} was changed: it names somebody else."
            )


def _ahead(audit: Audit, keeper: Keeper, head: tuple[Verifier, Checkpoint] | None) -> int:
    """Tell of entries that no checkpoint covers yet, unless one was signed while this verification read."""
    if head is None:
        return 0
    if audit.frontier.size > head[1].size:
        again = keeper.head()
        covered = again[1].size if again else 0
        if covered < audit.frontier.size:
            audit.flaw(
                "ahead",
                f"The last {audit.frontier.size - covered} entries are not signed yet: a command is at work, or it "
                "was stopped between commit and signing. The next action signs them.",
                covered,
                "warning",
            )
    return head[1].size
