"""Moves the signed checkpoint to the end of the ledger, once the transaction that wrote the entries is committed.

A crash between commit and signing leaves the database ahead; the next sealing catches up. It reads no entry that the
checkpoint covers, and always signs the continuation of what it signed before: whatever was changed below shows when
the ledger is verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from tutela.apps.ledger.keeper import Keeper
from tutela.apps.ledger.reading import column, size
from tutela.core.errors import Conflict
from tutela.core.ledger.checkpoint import Checkpoint
from tutela.core.ledger.merkle import Frontier, leaf_hash

if TYPE_CHECKING:
    from pathlib import Path

    from tutela.core.ledger.note import Signer


def expect(home: Path) -> int:
    """The number of the next entry; call it in the transaction that will write it, once no other can commit one.

    Raises `Conflict` when the database holds less than the checkpoint covers: it was put back, or entries were deleted.
    """
    keeper, present = Keeper(home), size()
    if present == 0:
        keeper.start()
    head = keeper.head()
    if head is None:
        raise Conflict(
            f"The ledger has {present} entries, but its key and its checkpoint are missing.",
            where=str(keeper.folder),
            remedy="Restore that folder from its copy; if it is lost: tutela ledger adopt.",
        )
    if head[1].size > present:
        raise _shorter(head[1].size, present)
    return present


def seal(home: Path) -> int:
    """Sign the present end of the ledger; gives the size that is now covered. Does nothing when nothing is new."""
    keeper = Keeper(home)
    with keeper.locked():
        head = keeper.head()
        if head is None:
            return 0
        signer, checkpoint = head
        present = size()
        if present < checkpoint.size:
            raise _shorter(checkpoint.size, present)
        if present > checkpoint.size:
            _advance(keeper, signer, checkpoint, present)
    return present


@dataclass(frozen=True, slots=True)
class Seal:
    """The sealing that is due when the current transaction commits."""

    home: Path

    def __call__(self) -> None:
        """Seal."""
        seal(self.home)

    def after_commit(self) -> None:
        """Ask for it once per transaction, however many entries that writes."""
        # One that waits already is dropped only by a rollback that drops the present entries with it.
        if all(waiting != self for _, waiting, *_ in transaction.get_connection().run_on_commit):
            transaction.on_commit(self)


def _advance(keeper: Keeper, signer: Signer, checkpoint: Checkpoint, present: int) -> None:
    frontier = _edge(keeper.frontier(), checkpoint) or _edge(Frontier(), checkpoint)
    if frontier is None:
        raise Conflict(
            f"The first {checkpoint.size} entries of the ledger are not those that its checkpoint covers.",
            where=str(keeper.checkpoint),
            remedy="Run tutela ledger verify; nothing was signed.",
        )
    frontier.extend(leaf_hash(leaf) for leaf in column("leaf", frontier.size, present))
    keeper.move(signer, Checkpoint(checkpoint.origin, frontier.size, frontier.root()), frontier)


def _edge(frontier: Frontier, checkpoint: Checkpoint) -> Frontier | None:
    """The edge of the tree under ``checkpoint``, caught up from a saved one; None when it does not lead there."""
    if frontier.size > checkpoint.size:
        return None
    frontier.extend(column("leaf_hash", frontier.size, checkpoint.size))
    return frontier if frontier.root() == checkpoint.root else None


def _shorter(covered: int, present: int) -> Conflict:
    return Conflict(
        f"The ledger's checkpoint covers {covered} entries, but the database holds {present}: "
        "entries were deleted, or the database is an older copy.",
        remedy="Put the newer database back; if it is lost, start a new log over what is left: tutela ledger adopt.",
    )
