"""The ledger's actions: record what was done, erase what opens a commitment, start a new log over old entries."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tutela.apps.ledger import sealing
from tutela.apps.ledger.keeper import Keeper, new_signer
from tutela.apps.ledger.models import CommitmentOpening, LedgerEntry
from tutela.apps.ledger.reading import rows
from tutela.apps.ledger.stamping import Stamping
from tutela.apps.ledger.tiles import Levels
from tutela.apps.ledger.witnessing import Witnessing
from tutela.core.errors import Conflict, WrongUse
from tutela.core.ledger.audit import Audit
from tutela.core.ledger.canonical import digest
from tutela.core.ledger.checkpoint import Checkpoint, open_checkpoint
from tutela.core.ledger.entry import SALT_BYTES, Act, Composer, Personal
from tutela.core.ledger.merkle import leaf_hash
from tutela.core.ledger.note import Note, parse
from tutela.core.ledger.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tutela.core.actor import Actor, Basis
    from tutela.core.ledger.cosignature import Witness
    from tutela.core.ledger.entry import Detail
    from tutela.core.ledger.note import Verifier
    from tutela.core.ledger.timestamp import Stamped
    from tutela.core.ledger.verdict import Verdict

__all__ = [
    "Act",
    "Personal",
    "adopt",
    "cosign",
    "erase",
    "record",
    "record_many",
    "seal",
    "take_cosigned",
    "take_stamp",
]

_APPEND_LOCK = int.from_bytes(b"ledger", "big")  # any number will do that nothing else in the database locks


def record(
    *,
    action: str,
    object_type: str,
    object_hash: str | Personal,
    by: Actor,
    basis: Basis,
    details: Mapping[str, Detail] | None = None,
    time: datetime | None = None,
) -> int:
    """Write one entry within the caller's transaction and give its number; the checkpoint follows the commit.

    Make it the last step of the transaction: from here to the commit nobody else can record.
    """
    act = Act(action, object_type, object_hash, details or {})
    return record_many([act], by=by, basis=basis, time=time).start


def record_many(acts: Iterable[Act], *, by: Actor, basis: Basis, time: datetime | None = None) -> range:
    """Write one entry per act, in order, as `record` does, and give their numbers."""
    if not transaction.get_connection().in_atomic_block:
        raise WrongUse("A ledger entry is written in the transaction of what it records.", remedy="Use atomic().")
    _wait_for_turn()  # before the clock is read, or two writers would date their entries in the wrong order
    composer = Composer(by=by, basis=basis, time=time or timezone.now(), salt=_salt)
    composed = [(act.action, composer.compose(act)) for act in acts]
    if not composed:
        return range(0)
    first = sealing.expect(settings.TUTELA.home)
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(seq=seq, time=composer.time, action=action, leaf=leaf.decode(), leaf_hash=leaf_hash(leaf))
            for seq, (action, leaf) in enumerate(composed, first)
        ],
        batch_size=1000,
    )
    CommitmentOpening.objects.bulk_create([CommitmentOpening(**opening._asdict()) for opening in composer.openings])
    sealing.Seal(settings.TUTELA.home).after_commit()
    return range(first, first + len(composed))


def seal() -> int:
    """Sign what a crash left unsigned, if anything; gives the number of entries covered. Any recording does it too."""
    return sealing.seal(settings.TUTELA.home)


@transaction.atomic
def erase(*, value: str, by: Actor, basis: Basis, time: datetime | None = None) -> int:
    """Erase what opens the commitments to ``value`` (for an actor: ``kind:name``); gives how many were erased.

    The entries stay and every proof holds, but nobody can tell any more whom they name.
    """
    if transaction.get_connection().vendor == "sqlite":
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")  # the freed pages are overwritten
    rows = CommitmentOpening.objects.filter(value=value)
    commitments = sorted(rows.values_list("commitment", flat=True))
    if not commitments:
        return 0
    rows.delete()
    record(
        action="ledger.erase",
        object_type="commitments",
        object_hash=digest(commitments),
        details={"openings": len(commitments)},
        by=by,
        basis=basis,
        time=time,
    )
    return len(commitments)


def adopt(*, by: Actor, basis: Basis, time: datetime | None = None) -> int:
    """Start a new log, with a new key, over the entries that the database holds; gives the number of its own first.

    For the day when the key or the checkpoint is lost, or only an older database is left. The old log's files are set
    aside, not deleted, and the first entry tells what was adopted: who holds an old checkpoint still sees the break.
    """
    home = settings.TUTELA.home
    keeper, signer = Keeper(home), new_signer()
    with transaction.atomic():
        _wait_for_turn()
        audit = Audit()
        audit.read(rows())
        if any(flaw.severity == "error" for flaw in audit.flaws):
            raise Conflict(f"The entries contradict themselves: {audit.flaws[0].what}", remedy="Restore the database.")
        with keeper.locked():
            keeper.set_aside()
            keeper.begin(signer, Checkpoint(signer.name, audit.frontier.size, audit.frontier.root()), audit.frontier)
        return record(
            action="ledger.adopt",
            object_type="ledger-key",
            object_hash=hashlib.sha256(str(signer.verifier()).encode()).hexdigest(),
            details={"entries": audit.frontier.size, "root": audit.frontier.root().hex()},
            by=by,
            basis=basis,
            time=time,
        )


@transaction.atomic
def cosign(*, verdict: Verdict, seen: bytes | None, log: Verifier, time: datetime, by: Actor, basis: Basis) -> str:
    """As a witness: sign the head of another's log that was verified against ``seen``, and give it with our line.

    ``seen`` is the head of that log that was cosigned last (`queries.seen`). Raises `Conflict` when not all is proven.
    """
    if not verdict.ok or verdict.head is None:
        why = " ".join(one.what for one in verdict.statements if one.outcome is not Outcome.PROVEN)
        raise Conflict(f"This head is not cosigned. {why}", remedy="Keep both heads: they are evidence.")
    witnessing = Witnessing(settings.TUTELA.home)
    with witnessing.keeper.locked():
        if witnessing.seen(log.name) != seen:
            raise Conflict("Another head of this log was cosigned meanwhile.", remedy="Try again.")
        note = parse(verdict.signed)
        line = witnessing.signer().cosign(note.text, time)
        witnessing.see(log.name, verdict.signed)  # before the line is given away
    _of_head("ledger.cosign", verdict.head, by, basis, time)
    return str(Note(note.text, (*note.signatures, line)))


@transaction.atomic
def take_stamp(*, data: bytes, token: bytes, seen: Stamped, time: datetime, by: Actor, basis: Basis) -> int:
    """Keep a head of the own log that was stamped, with the stamp that was verified (`Authorities.saw`).

    Gives the number of entries that it covers. Raises `Conflict` when the head is none of ours.
    """
    stamping = Stamping(settings.TUTELA.home)
    with stamping.keeper.locked():
        head, _ = _own(stamping.keeper, data)
        stamping.keep(head.size, data, token)
    hashed = hashlib.sha256(token).hexdigest()
    details: dict[str, Detail] = {"size": head.size, "stamped": f"{seen.time:%Y-%m-%dT%H:%M:%SZ}"}
    record(
        action="ledger.stamp",
        object_type="timestamp",
        object_hash=hashed,
        details=details,
        by=by,
        basis=basis,
        time=time,
    )
    return head.size


@transaction.atomic
def take_cosigned(*, data: bytes, witnesses: Sequence[Witness], time: datetime, by: Actor, basis: Basis) -> int:
    """Keep a head of the own log that these witnesses have signed; gives the number of entries that it covers.

    Raises `Conflict` when it is none of ours, when a witness did not sign, or when it is older than the one kept.
    """
    witnessing = Witnessing(settings.TUTELA.home)
    with witnessing.keeper.locked():
        head, log = _own(witnessing.keeper, data)
        note = parse(data)
        absent = [witness.name for witness in witnesses if witness.saw(note) is None]
        if absent or not witnesses:
            raise Conflict(f"It was not cosigned by {', '.join(absent) or 'anybody'}.")
        kept = witnessing.cosigned()
        if kept is not None and open_checkpoint(kept, log).size > head.size:
            raise Conflict("A newer cosigned head is kept already.")
        witnessing.take(data)
    _of_head("ledger.take-cosigned", head, by, basis, time)
    return head.size


def _own(keeper: Keeper, data: bytes) -> tuple[Checkpoint, Verifier]:
    """The head of the own log in these bytes, and its key; raises Conflict where the ledger does not continue it."""
    own = keeper.head()
    if own is None:
        raise Conflict("Nothing has been recorded yet.")
    log = own[0].verifier()
    head = open_checkpoint(data, log)
    root = Levels(settings.TUTELA.home).subtree_root(0, head.size) if 0 < head.size <= own[1].size else b""
    if root != head.root:
        raise Conflict("The ledger of now does not continue this head.", remedy="Run tutela ledger verify.")
    return head, log


def _of_head(action: str, head: Checkpoint, by: Actor, basis: Basis, time: datetime) -> None:
    """An entry about a head: which one it was, as anybody can reckon it anew who has it."""
    hashed = hashlib.sha256(head.text().encode()).hexdigest()
    details: dict[str, Detail] = {"size": head.size, "root": head.root.hex()}
    record(action=action, object_type="checkpoint", object_hash=hashed, details=details, by=by, basis=basis, time=time)


def _wait_for_turn() -> None:
    """From here to the end of the transaction nobody else appends; on SQLite that holds since BEGIN IMMEDIATE."""
    connection = transaction.get_connection()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPEND_LOCK])


def _salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)
