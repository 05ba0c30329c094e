"""Verifies what somebody holds of a ledger that is not theirs: receipts, checkpoints, proofs of continuation.

Bytes and a public key in, a verdict out. No database, no settings, no network, no framework: who doubts an authority
runs this, and need trust nothing else of it. The key must come from elsewhere than what is verified.

::

    signature      the checkpoint was signed by the key
    inclusion      the entry stands in the tree under that checkpoint
    time           the entry is not dated later than now; of several, none is dated before one with a lower number
    content        the entry speaks of exactly these bytes
    fork           two heads of one size with different roots: the ledger told different stories
    truncated      what should be newer covers fewer entries
    continuation   the newer head contains all that the older one did, unchanged and in its order
    cosignature    a witness saw the head, and that it continues what the witness saw before
    timestamp      a time-stamping authority saw the head, by its own clock
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import orjson

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger import continuation as continuations
from tutela.core.ledger import receipt as receipts
from tutela.core.ledger.checkpoint import Checkpoint, open_checkpoint
from tutela.core.ledger.entry import stamp
from tutela.core.ledger.merkle import consistency_path, leaf_hash, verify_consistency, verify_inclusion
from tutela.core.ledger.note import parse
from tutela.core.ledger.tiles import Reader
from tutela.core.ledger.verdict import Outcome, Statement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tutela.core.ledger.cosignature import Witness
    from tutela.core.ledger.note import Verifier
    from tutela.core.ledger.tiles import Fetch
    from tutela.core.ledger.timestamp import Authorities

TOLERANCE = timedelta(minutes=5)
"""So far two clocks may be apart before an entry counts as dated in the future."""

_LONGEST_WORD = 60
"""A hash is longer."""

TIME_IS_TOLD = "The time is what the keeper of the ledger wrote; nobody else vouches for it here."
SEEN_BY_THEN = (
    "The time is what the keeper of the ledger wrote; a witness shows that the entry was there when it saw the head."
)
STAMPED_BY_THEN = (
    "The time is what the keeper of the ledger wrote; the time stamp shows that the entry was there by then."
)
ACTOR_IS_HIDDEN = "Who acted stands there as a salted hash: nobody can read a name out of it."
ONE_VIEW = (
    "That the ledger shows the same to everybody is seen only by comparing checkpoints that others kept: --against."
)


def verify(
    data: bytes,
    *,
    key: Verifier,
    now: datetime,
    against: Mapping[str, bytes] | None = None,
    contents: Mapping[str, Sequence[bytes]] | None = None,
) -> Verdict:
    """Verify a receipt, a checkpoint or a proof of continuation; raises `BadInput` when it is none of them.

    ``against`` are checkpoints that were kept, by name. ``contents`` is what a receipt is said to be about, by name,
    each in forms of which one must be what the entry speaks of (a file as it is; a text without what mail changes).
    """
    if data.startswith(receipts.MAGIC.encode()):
        return _receipt(receipts.parse(data), key, now, against or {}, contents or {})
    if contents:
        raise BadInput("Only a receipt can be about a content; this is none.", remedy="Name the .tlog-proof file.")
    if data.startswith(continuations.MARK.encode()):
        return _continuation(continuations.parse(data), key, against or {})
    return verify_head(data, key=key, against=against)


def verify_head(data: bytes, *, key: Verifier, against: Mapping[str, bytes] | None = None) -> Verdict:
    """Verify a checkpoint that is said to be the ledger's present head against those that were kept."""
    verdict = Verdict("checkpoint")
    head = _signed(verdict, data, key)
    for place, kept in _kept(verdict, against or {}, key) if head else ():
        if head and not _same_or_shorter(verdict, kept, head, place):
            verdict.open(
                "continuation",
                f"Whether the {head.size} entries continue the {kept.size} of {place} cannot be seen from two "
                "checkpoints alone: give the address of the ledger's tiles, or a proof of continuation.",
            )
    verdict.limits = [] if against else [ONE_VIEW]
    return verdict


def verify_log(fetch: Fetch, *, key: Verifier, against: Mapping[str, bytes] | None = None) -> Verdict:
    """Verify a ledger that is served as tiles (C2SP tlog-tiles): its head, and that it continues what was kept.

    ``fetch`` gives what lies at a path. A few tiles are read, however long the ledger is.
    """
    data = fetch("checkpoint")
    if data is None:
        raise BadInput("There is no checkpoint of a ledger.", remedy="Is this the right place?")
    verdict = Verdict("log", limits=[] if against else [ONE_VIEW])
    head = _signed(verdict, data, key)
    if head is None:
        return verdict
    tree = Reader(head.size, fetch)
    try:
        if head.size and tree.subtree_root(0, head.size) != head.root:
            verdict.refuted("tiles", "The tiles do not lead to the root that was signed.")
            return verdict
        verdict.proven("tiles", f"The upper tiles lead to the signed root over {head.size} entries.")
        for place, kept in _kept(verdict, against or {}, key):
            if not _same_or_shorter(verdict, kept, head, place):
                path = consistency_path(kept.size, head.size, tree.subtree_root) if kept.size else []
                _continues(verdict, kept, head, path, place)
    except Conflict as error:
        verdict.open("tiles", f"{error.where}: {error.what}")
    return verdict


def witnessed(verdict: Verdict, witnesses: Sequence[Witness]) -> None:
    """Say of each of these witnesses whether it saw the head of a verdict, and when."""
    if verdict.head is None or not witnesses:
        return
    note = parse(verdict.signed)
    for witness in witnesses:
        try:
            seen = witness.saw(note)
        except Conflict as error:
            verdict.refuted("cosignature", error.what)
            continue
        if seen is None:
            verdict.open("cosignature", f"{witness.name} has not cosigned this checkpoint.")
            continue
        verdict.proven(
            "cosignature",
            f"{witness.name} saw this head at {seen:%Y-%m-%d %H:%M:%S}Z, and signs only what continues what it saw.",
        )
        verdict.limits = [SEEN_BY_THEN if one == TIME_IS_TOLD else one for one in verdict.limits if one != ONE_VIEW]
        if _time(verdict) > stamp(seen + TOLERANCE):
            verdict.refuted("time", f"The entry is dated {_time(verdict)}, after {witness.name} saw it.")


def stamped(verdict: Verdict, stamps: Mapping[str, bytes], authorities: Authorities) -> None:
    """Say whether one of these time stamps (by name) is over the head of a verdict, and what time it tells."""
    if verdict.head is None or not stamps:
        return
    faults = []
    for name, stamp_of in stamps.items():
        try:
            seen = authorities.saw(stamp_of, verdict.signed)
        except Conflict as error:
            faults.append(f"{name}: {error.what}")
            continue
        told = f"{seen.by} saw this head at {seen.time:%Y-%m-%d %H:%M:%S}Z by its own clock ({name})."
        verdict.proven("timestamp", f"{told} What stands under it was there by then.")
        verdict.limits = [STAMPED_BY_THEN if one == TIME_IS_TOLD else one for one in verdict.limits]
        if _time(verdict) > stamp(seen.time + TOLERANCE):
            verdict.refuted("time", f"The entry is dated {_time(verdict)}, after {seen.by} stamped it.")
        return
    verdict.refuted("timestamp", f"No time stamp shows this head. {' '.join(faults)}")


def disagreements(verdicts: Sequence[Verdict]) -> list[Statement]:
    """What no file shows by itself, but several of one log do: different stories, and a clock that went backwards."""
    found = []
    heads = {(v.head.origin, v.head.size, v.head.root) for v in verdicts if v.head is not None}
    for first, second in combinations(sorted(heads), 2):
        if first[:2] == second[:2]:
            found.append(_refuted("fork", _forked(first[1], "these files")))
    known = {(v.index, v.leaf): v for v in verdicts if v.index is not None and v.entry is not None}
    entries = sorted(known.values(), key=lambda v: v.index or 0)
    for before, after in pairwise(entries):
        if before.index == after.index:
            found.append(_refuted("fork", f"There are two entries {before.index}: the ledger told different stories."))
        elif _time(after) < _time(before):
            found.append(
                _refuted(
                    "time",
                    f"Entry {after.index} is dated {_time(after)}, before entry {before.index} ({_time(before)}), "
                    "which stands in front of it: the clock went backwards, or a time is not true.",
                )
            )
    return found


def _receipt(
    proof: receipts.Receipt,
    key: Verifier,
    now: datetime,
    against: Mapping[str, bytes],
    contents: Mapping[str, Sequence[bytes]],
) -> Verdict:
    verdict = Verdict("receipt", index=proof.index, leaf=proof.entry)
    head = _signed(verdict, proof.checkpoint, key)
    if head is None:
        return verdict
    if proof.entry is None:
        raise BadInput("The receipt does not hold its entry.", remedy="Ask for one that does.")
    if not verify_inclusion(leaf_hash(proof.entry), proof.index, head.size, proof.path, head.root):
        verdict.refuted("inclusion", "The entry in this receipt does not stand in the ledger that was signed.")
        return verdict
    verdict.entry = _entry(proof.entry)
    verdict.proven("inclusion", _told(proof.index, head.size, verdict.entry))
    if _time(verdict) > stamp(now + TOLERANCE):
        verdict.refuted("time", f"The entry is dated {_time(verdict)}, later than now.")
    _contents(verdict, contents)
    for place, kept in _kept(verdict, against, key):
        if kept.size == head.size:
            _same_or_shorter(verdict, kept, head, place)
        else:
            verdict.open(
                "continuation",
                f"The receipt is under {head.size} entries and {place} covers {kept.size}: that one continues the "
                "other is shown by a proof of continuation, or by the ledger's tiles.",
            )
    verdict.limits = [TIME_IS_TOLD, *_hidden(verdict.entry), *([] if against else [ONE_VIEW])]
    return verdict


def _continuation(proof: continuations.Continuation, key: Verifier, against: Mapping[str, bytes]) -> Verdict:
    verdict = Verdict("continuation")
    head = _signed(verdict, proof.checkpoint, key)
    if head is None:
        return verdict
    if not against:
        verdict.open("continuation", f"It continues a ledger of {proof.first} entries: which one? Give --against.")
    for place, kept in _kept(verdict, against, key):
        if _same_or_shorter(verdict, kept, head, place):
            continue
        if kept.size != proof.first:
            verdict.open("continuation", f"The proof leads from {proof.first} entries, {place} covers {kept.size}.")
        else:
            _continues(verdict, kept, head, proof.path, place)
    return verdict


def _signed(verdict: Verdict, data: bytes, key: Verifier) -> Checkpoint | None:
    try:
        head = open_checkpoint(data, key)
    except Conflict as error:
        verdict.refuted("signature", f"This was not signed by {key.name}. {error.what}")
        return None
    verdict.head, verdict.signed = head, data
    verdict.proven("signature", f"The checkpoint over {head.size} entries was signed by {key.name}.")
    return head


def _kept(verdict: Verdict, against: Mapping[str, bytes], key: Verifier) -> list[tuple[str, Checkpoint]]:
    found = []
    for name, data in against.items():
        try:
            found.append((name, open_checkpoint(data, key)))
        except Conflict as error:
            verdict.refuted("signature", f"{name} was not signed by {key.name}. {error.what}")
    return found


def _same_or_shorter(verdict: Verdict, kept: Checkpoint, head: Checkpoint, place: str) -> bool:
    """Tell what two heads show without a proof; False where one is needed."""
    if kept.size > head.size:
        verdict.refuted(
            "truncated",
            f"It covers {head.size} entries, {place} covers {kept.size}: entries were cut off, or an older state was "
            "put back, or this is simply the older of the two.",
        )
    elif kept.size < head.size:
        return False
    elif kept.root == head.root:
        verdict.proven("continuation", f"It is the same ledger as {place}: {head.size} entries, one root.")
    else:
        verdict.refuted("fork", _forked(head.size, f"this and {place}"))
    return True


def _continues(verdict: Verdict, kept: Checkpoint, head: Checkpoint, path: Sequence[bytes], place: str) -> None:
    if verify_consistency(kept.size, head.size, path, kept.root, head.root):
        verdict.proven(
            "continuation",
            f"The {kept.size} entries of {place} are the first of the {head.size}: none was changed, moved or removed.",
        )
    else:
        verdict.refuted(
            "continuation",
            f"It is not shown that the {kept.size} entries of {place} are the first of the {head.size}: entries were "
            "changed, reordered or removed, or the ledger was forked, or the proof is false.",
        )


def _contents(verdict: Verdict, contents: Mapping[str, Sequence[bytes]]) -> None:
    named = set(_strings(verdict.entry))
    for name, forms in contents.items():
        if any(hashlib.sha256(form).hexdigest() in named for form in forms):
            verdict.proven("content", f"{name} is what the entry speaks of.")
        else:
            verdict.refuted("content", f"{name} is not what the entry speaks of.")


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _strings(inner)]
    return [value] if isinstance(value, str) else []


def _entry(leaf: bytes) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = orjson.loads(leaf)
        texts = [entry["action"], entry["time"], entry["object"]["type"], entry["basis"]["id"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        texts = [None]
    if not all(isinstance(text, str) for text in texts):
        raise BadInput("What the receipt proves cannot be read as an entry of a ledger of Tutela.")
    return entry


def _told(index: int, size: int, entry: Mapping[str, Any]) -> str:
    details = entry.get("details")
    named = (
        [f"{name} {value}" for name, value in details.items() if _is_short(value)] if isinstance(details, dict) else []
    )
    return (
        f"Entry {index} (counted from 0) of {size}: {entry['action']} on {entry['object']['type']} at {entry['time']}, "
        f"on the ground of {entry['basis']['id']}.{' It says: ' + ', '.join(named) + '.' if named else ''}"
    )


def _is_short(value: Any) -> bool:
    """Whether a detail tells a person something: a number, or a word that is no hash."""
    return isinstance(value, int) or (isinstance(value, str) and 0 < len(value) <= _LONGEST_WORD)


def _hidden(entry: Mapping[str, Any]) -> list[str]:
    actor = entry.get("actor")
    return [ACTOR_IS_HIDDEN] if isinstance(actor, dict) and "commitment" in actor else []


def _time(verdict: Verdict) -> str:
    return str((verdict.entry or {}).get("time", ""))


def _forked(size: int, where: str) -> str:
    return f"There are two different ledgers of {size} entries, both signed ({where}): it told different stories."


def _refuted(code: str, what: str) -> Statement:
    return Statement(code, Outcome.REFUTED, what)
