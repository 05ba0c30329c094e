"""One ledger entry: who did what to which object, on what legal ground, when. A log cannot be migrated: final form.

::

    {"version": 1,
     "actor":   {"kind": "person", "commitment": "…64 hex…"}      or {"kind": "system", "name": "tutela"}
     "action":  "report.ingest",
     "object":  {"type": "report", "hash": "…64 hex…"}            or {"type": …, "commitment": …}
     "basis":   {"id": "eu/2022/2555#art-11", "version": "2022-12-27"},
     "time":    "2026-11-22T22:50:03.123456Z",
     "details": {"events": 12, "duplicates": 3}}

Entries are kept for ever and are shown to auditors, so they hold no prose and no personal data. Every text is a token
(printable ASCII without space, quotes and ``@``). What could name a person is a `Personal` value: the entry holds
SHA-256 of a 32-byte random salt and the value, and the salt lies elsewhere as an `Opening` that can be erased. Without
its salt a commitment says nothing, and no hash in the tree changes. An entry has at most 65,535 bytes, as C2SP
tlog-tiles serves it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tutela.core.errors import WrongUse
from tutela.core.ledger.canonical import canonical

if TYPE_CHECKING:
    from tutela.core.actor import Actor, Basis

VERSION = 1
SALT_BYTES = 32
LARGEST_ENTRY = 2**16 - 1
MACHINES = frozenset({"system", "service"})
"""Kinds of actor that are no persons: their names stand in the clear."""

_TOKEN = re.compile(r"[!#-&(-;=?A-\[\]-~]{1,200}")  # printable ASCII without space " ' < > @ \
_HASH = re.compile(r"[0-9a-f]{64}")
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Personal:
    """A value that names or could name a person; the entry commits to it without showing it."""

    value: str = field(repr=False)


class Opening(NamedTuple):
    """What opens a commitment, until it is erased."""

    commitment: str
    salt: bytes
    value: str

    def holds(self) -> bool:
        """Whether the commitment is indeed one to this value."""
        return commitment(self.value, self.salt) == self.commitment


Detail: TypeAlias = "int | str | Personal | Sequence[Any] | Mapping[str, Any] | None"


@dataclass(frozen=True, slots=True)
class Act:
    """What was done: ``action`` on the object with this type and SHA-256 (64 hex digits), and counts about it."""

    action: str
    object_type: str
    object_hash: str | Personal
    details: Mapping[str, Detail] = field(default_factory=dict)


def commitment(value: str, salt: bytes) -> str:
    """Commit to ``value``: SHA-256 over the 32 bytes of ``salt`` and the UTF-8 bytes of the value, as 64 hex digits."""
    return hashlib.sha256(salt + value.encode()).hexdigest()


def stamp(time: datetime) -> str:
    """Write a time as entries hold it: UTC, microseconds, 27 characters, so that text order is time order."""
    if time.utcoffset() is None:
        raise WrongUse("A ledger entry needs a time with its zone.", remedy="Pass an aware datetime.")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


class Composer:
    """Composes entries of one actor on one ground at one time, and collects the openings of their commitments.

    The actor is committed to once: the entries of one batch show that they have one actor, and no more.
    """

    def __init__(self, *, by: Actor, basis: Basis, time: datetime, salt: Callable[[], bytes]) -> None:
        self.openings: list[Opening] = []
        self._salt = salt
        self.time = stamp(time)
        self._actor = self._named(by)
        self._basis = {"id": _token(basis.id, "basis.id"), "version": _token(basis.version, "basis.version")}

    def compose(self, act: Act) -> bytes:
        """Write one entry as canonical JSON; raises `WrongUse` when it would hold prose, a float or a bare name."""
        entry = {
            "version": VERSION,
            "actor": self._actor,
            "action": _token(act.action, "action"),
            "object": {"type": _token(act.object_type, "object type")} | self._object(act.object_hash),
            "basis": self._basis,
            "time": self.time,
            "details": self._detail(act.details, "details", 0),
        }
        leaf = canonical(entry)
        if len(leaf) > LARGEST_ENTRY:
            raise WrongUse(
                f"A ledger entry of {len(leaf)} bytes is too long.", remedy="Hash the object; count the rest."
            )
        return leaf

    def _named(self, by: Actor) -> dict[str, str]:
        kind = _token(by.kind, "actor.kind")
        if kind in MACHINES:
            return {"kind": kind, "name": _token(by.name, "actor.name")}
        return {"kind": kind} | self._commit(str(by))

    def _object(self, value: str | Personal) -> dict[str, str]:
        if isinstance(value, Personal):
            return self._commit(value.value)
        if not _HASH.fullmatch(value):
            raise WrongUse(
                "The object of a ledger entry is named by its SHA-256 hash: 64 hex digits.",
                remedy="Use tutela.core.ledger.canonical.digest, or Personal(value) for what names a person.",
            )
        return {"hash": value}

    def _commit(self, value: str) -> dict[str, str]:
        salt = self._salt()
        opening = Opening(commitment(value, salt), salt, value)
        self.openings.append(opening)
        return {"commitment": opening.commitment}

    def _detail(self, value: Any, where: str, depth: int) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, str):
            return _token(value, where)
        if isinstance(value, Personal):
            return self._commit(value.value)
        if depth < _DEEPEST and isinstance(value, Mapping):
            return {_token(k, where): self._detail(v, f"{where}.{k}", depth + 1) for k, v in value.items()}
        if depth < _DEEPEST and isinstance(value, Sequence) and not isinstance(value, bytes):
            return [self._detail(v, where, depth + 1) for v in value]
        raise WrongUse(
            f"{where} of a ledger entry cannot hold {type(value).__name__}.",
            remedy="Use integers, booleans, tokens, lists and maps of them, or Personal(value).",
        )


def _token(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise WrongUse(
            f"{where} of a ledger entry must be a token: up to 200 printable ASCII characters, "
            "without space, quotes, <, >, @ and backslash.",
            remedy="Prose does not belong in the ledger; wrap what names a person in Personal(value).",
        )
    return value
