"""The ledger's questions: what stands in it, whether it is whole, and receipts that prove it to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings

from tutela.apps.ledger import publishing
from tutela.apps.ledger.keeper import Keeper
from tutela.apps.ledger.models import CommitmentOpening, LedgerEntry
from tutela.apps.ledger.reading import column, size
from tutela.apps.ledger.stamping import Stamping
from tutela.apps.ledger.tiles import Levels
from tutela.apps.ledger.verification import Verification, verify
from tutela.apps.ledger.witnessing import Witnessing
from tutela.core.errors import BadInput, Conflict, TutelaError
from tutela.core.ledger.checkpoint import open_checkpoint
from tutela.core.ledger.continuation import Continuation
from tutela.core.ledger.merkle import consistency_path, inclusion_path, leaf_hash, verify_consistency, verify_inclusion
from tutela.core.ledger.receipt import Receipt
from tutela.core.ledger.tiles import read_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from tutela.apps.ledger.publishing import Published
    from tutela.core.actor import Viewer
    from tutela.core.ledger.checkpoint import Checkpoint
    from tutela.core.ledger.cosignature import Witness
    from tutela.core.ledger.note import Verifier
    from tutela.core.ledger.tiles import Tile

__all__ = [
    "Verification",
    "checkpoint",
    "consistency",
    "continuation",
    "entries_for",
    "files",
    "last_stamp",
    "publish",
    "receipt",
    "receipt_or_nothing",
    "seen",
    "size",
    "stamped_receipt",
    "tile",
    "verifier",
    "verify",
    "witness",
]


def entries_for(
    viewer: Viewer, *, limit: int = 100, before: int | None = None, action: str = ""
) -> Iterator[dict[str, Any]]:
    """The latest entries first, those below ``before`` whose action starts so; only the authority sees them.

    Each is the entry itself with its ``seq`` and ``leaf_hash``; beside a commitment that was not erased stands its
    value.
    """
    if viewer.organisations is not None:
        raise Conflict("The ledger is shown to the authority only.")
    rows = LedgerEntry.objects.order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if action:
        rows = rows.filter(action__startswith=action)
    last = None
    while limit > 0:
        page = list(
            (rows if last is None else rows.filter(seq__lt=last)).values_list("seq", "leaf", "leaf_hash")[
                : min(limit, 1000)
            ]
        )
        if not page:
            return
        yield from _opened([(seq, orjson.loads(leaf), bytes(hashed)) for seq, leaf, hashed in page])
        last, limit = page[-1][0], limit - len(page)


def checkpoint(home: Path | None = None) -> bytes | None:
    """The signed checkpoint as it is served and copied; None before the first entry."""
    keeper = Keeper(home or settings.TUTELA.home)
    return keeper.checkpoint.read_bytes() if keeper.head() else None


def verifier(home: Path | None = None) -> Verifier | None:
    """The log's public key, for others to keep; None before the first entry."""
    head = Keeper(home or settings.TUTELA.home).head()
    return head[0].verifier() if head else None


def files(home: Path) -> dict[str, bytes]:
    """What is kept of the ledger outside the database, by name and of one moment: for a copy of it all."""
    keeper = Keeper(home)
    if not keeper.folder.is_dir():
        return {}
    with keeper.locked():
        paths = sorted(path for path in keeper.folder.iterdir() if path.is_file())
        return {path.name: path.read_bytes() for path in paths if path.name != "lock" and path.suffix != ".new"}


def receipt(seq: int, home: Path | None = None, *, is_cosigned: bool = False) -> str:
    """A C2SP ``tlog-proof`` of entry ``seq`` under the present checkpoint; reads a few hashes, however many entries.

    ``is_cosigned``: under the last one that witnesses have signed instead.
    """
    signed, head = _cosigned(home) if is_cosigned else _head(home)
    return _under(seq, signed, head, home)


def stamped_receipt(seq: int, home: Path | None = None) -> tuple[str, bytes]:
    """The receipt of an entry under the first head that was time-stamped after it, and that stamp (RFC 3161)."""
    stamping, log = Stamping(home or settings.TUTELA.home), verifier(home)
    size = next((one for one in stamping.sizes() if one > seq), None)
    if size is None or log is None or seq < 0:
        raise BadInput(f"No time stamp covers entry {seq} yet.", remedy="See docs/ledger.md: tutela ledger stamp.")
    signed, token = stamping.get(size)
    return _under(seq, signed, open_checkpoint(signed, log), home), token


def last_stamp(home: Path | None = None) -> tuple[int, datetime] | None:
    """How many entries the last time stamp covers, and when that was; None before the first."""
    return Stamping(home or settings.TUTELA.home).last()


def _under(seq: int, signed: bytes, head: Checkpoint, home: Path | None) -> str:
    """A receipt under this head."""
    if not 0 <= seq < head.size:
        raise BadInput(f"The checkpoint covers {head.size} entries; there is no receipt for entry {seq}.")
    entry = next(column("leaf", seq, seq + 1))
    path = Levels(home or settings.TUTELA.home).made(
        head,
        lambda subtree: inclusion_path(seq, head.size, subtree),
        lambda path: verify_inclusion(leaf_hash(entry), seq, head.size, path, head.root),
    )
    return Receipt(seq, tuple(path), signed, entry).text()


def receipt_or_nothing(seq: int | None) -> str:
    """The receipt of an entry; empty where there is none, or the ledger cannot give one now: that holds up nobody."""
    try:
        return "" if seq is None else receipt(seq)
    except TutelaError:
        return ""


def consistency(first: int, home: Path | None = None) -> list[bytes]:
    """The proof that the ledger of ``first`` entries is the beginning of the one that the checkpoint covers now."""
    return _continued(first, _head(home)[1], home)


def continuation(first: int, home: Path | None = None) -> str:
    """The proof for others that the ledger of now continues the one of ``first`` entries, with its checkpoint."""
    signed, head = _head(home)
    return Continuation(first, tuple(_continued(first, head, home)), signed).text()


def tile(path: str, home: Path | None = None) -> tuple[Tile, bytes] | None:
    """What lies at a path below ``tile/``, for a program that reads the tree; None where the tree has no such tile."""
    try:
        wanted = read_path(path)
        _, head = _head(home)
    except BadInput:
        return None
    return (wanted, Levels(home or settings.TUTELA.home).tile(wanted)) if wanted.is_under(head.size) else None


def publish(folder: Path, *, with_entries: bool = False, home: Path | None = None) -> Published:
    """Write checkpoint and tiles to a folder that any web server can serve; only what is new since the last time."""
    signed, head = _head(home)
    return publishing.publish(folder, signed, head, Levels(home or settings.TUTELA.home), with_entries=with_entries)


def _continued(first: int, head: Checkpoint, home: Path | None) -> list[bytes]:
    levels = Levels(home or settings.TUTELA.home)
    return levels.made(
        head,
        lambda subtree: consistency_path(first, head.size, subtree),
        lambda path: verify_consistency(first, head.size, path, levels.subtree_root(0, first), head.root),
    )


def _head(home: Path | None) -> tuple[bytes, Checkpoint]:
    keeper = Keeper(home or settings.TUTELA.home)
    with keeper.locked():  # the bytes and the head read from them are of one moment
        head = keeper.head()
        if head is None:
            raise BadInput("Nothing has been recorded yet.")
        return keeper.checkpoint.read_bytes(), head[1]


def _cosigned(home: Path | None) -> tuple[bytes, Checkpoint]:
    kept, log = Witnessing(home or settings.TUTELA.home).cosigned(), verifier(home)
    if kept is None or log is None:
        raise BadInput("No witness has cosigned this ledger yet.", remedy="See docs/ledger.md.")
    return kept, open_checkpoint(kept, log)


def seen(origin: str, home: Path | None = None) -> bytes | None:
    """The head of another's log that was cosigned last."""
    return Witnessing(home or settings.TUTELA.home).seen(origin)


def witness(home: Path | None = None) -> Witness:
    """The public key with which heads of others are cosigned; made where there is none."""
    witnessing = Witnessing(home or settings.TUTELA.home)
    with witnessing.keeper.locked():
        return witnessing.signer().witness()


def _opened(rows: list[tuple[int, dict[str, Any], bytes]]) -> Iterator[dict[str, Any]]:
    wanted = {commitment for _, entry, _ in rows for commitment in _commitments(entry)}
    found = CommitmentOpening.objects.filter(commitment__in=wanted).values_list("commitment", "value")
    values = dict(found)
    for seq, entry, hashed in rows:
        yield {"seq": seq, **_with_values(entry, values), "leaf_hash": hashed.hex()}


def _commitments(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("commitment"), str):
            yield value["commitment"]
        for inner in value.values():
            yield from _commitments(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _commitments(inner)


def _with_values(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        opened = {key: _with_values(inner, values) for key, inner in value.items()}
        known = values.get(value.get("commitment", ""))
        return opened if known is None else opened | {"value": known}
    if isinstance(value, list):
        return [_with_values(inner, values) for inner in value]
    return value
