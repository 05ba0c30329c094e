"""Snapshots on disk: made from the constituency when it has changed, found by their id, never deleted.

A snapshot is derived, and its name is its content: any process may make it, twice makes the same file. ``current``
says which one was made last, from which edition of the constituency, and until when it holds by itself (periods begin
and end).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Final

import orjson

from tutela.apps.constituency import frames
from tutela.apps.constituency.models import Edition
from tutela.core.errors import Unavailable, WrongUse
from tutela.core.netspace.holdings import next_change
from tutela.core.netspace.snapshot import FORMAT, Snapshot, build

if TYPE_CHECKING:
    from pathlib import Path

_TRIES: Final = 5
_UNBORN: Final = uuid.UUID(int=0)


def snapshot_path(home: Path, identifier: str) -> Path:
    """Where the snapshot with this id lies."""
    if len(identifier) != 64 or not identifier.isalnum():  # noqa: PLR2004 - SHA-256 in hexadecimal
        raise WrongUse(f"{identifier!r} is no id of a snapshot.", remedy="tutela constituency snapshots lists them.")
    return home / "snapshots" / f"{identifier}.arrow"


def current(home: Path, at: datetime) -> Snapshot:
    """The constituency as it is at ``at``; frozen now if what lies on disk is out of date."""
    for _ in range(_TRIES):
        mark = edition()
        known = _known(home, mark, at)
        if known and (path := snapshot_path(home, known)).is_file():
            return Snapshot.load(path)
        holdings = frames.holdings()
        if edition() != mark:  # an import came in between: what was read is of two editions
            continue
        snapshot = build(holdings, at)
        path = snapshot_path(home, snapshot.id)
        if not path.is_file():
            snapshot.save(path)
        until = next_change(holdings, at)
        note = {"id": snapshot.id, "edition": mark.hex, "format": FORMAT, "from": at, "until": until}
        _replace(home / "snapshots" / "current", orjson.dumps(note, option=orjson.OPT_APPEND_NEWLINE))
        return snapshot
    raise Unavailable("The constituency changes faster than it can be frozen.", remedy="Try again after the import.")


def edition() -> uuid.UUID:
    """The mark of the constituency as it stands."""
    return Edition.objects.filter(pk=1).values_list("mark", flat=True).first() or _UNBORN


def _known(home: Path, mark: uuid.UUID, at: datetime) -> str | None:
    """The id of the snapshot made last, if it is of this edition and holds at ``at``."""
    try:
        note = orjson.loads((home / "snapshots" / "current").read_bytes())
        begins = datetime.fromisoformat(note["from"])
        until = datetime.fromisoformat(note["until"]) if note["until"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    fresh = note.get("edition") == mark.hex and note.get("format") == FORMAT
    return str(note["id"]) if fresh and begins <= at and (until is None or at < until) else None


def _replace(path: Path, data: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    unfinished.write_bytes(data)
    unfinished.replace(path)
