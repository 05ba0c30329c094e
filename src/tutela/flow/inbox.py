"""The watched folder: what is laid there is taken in as any report is, and taken away once the archive holds it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tutela.core.errors import BadInput, TutelaError, WrongUse
from tutela.flow.ingest import ingest
from tutela.flow.locks import exclusive_or_skip
from tutela.lake.incoming import files
from tutela.lake.sent import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis

REFUSED: Final = "refused"
STREAM: Final = "idf-stream"
"""The feed of events that other systems send (``POST /api/v1/events``)."""

STILL: Final = 10.0
"""Seconds for which a file must not have changed: until then somebody may be writing it."""

_UNFINISHED: Final = (".part", ".tmp", ".filepart", ".swp", ".unfinished")


@dataclass(slots=True)
class Taken:
    """How many files were taken in, and why others were not."""

    files: int = 0
    refused: list[TutelaError] = field(default_factory=list)


def take_in(*, environment: Environment, now: datetime, by: Actor, basis: Basis) -> Taken:
    """Take in what lies in the inbox and is whole; another process that is at it does it alone.

    A file in a folder named after a feed is of that feed; what lies in the inbox itself tells by its look what it is.
    What cannot be taken in goes to ``refused``, with a text beside it that says why. A file is taken away once it is in
    the archive and its load is settled: killed at any moment, the next round finds it again, and counts nothing twice.
    Raises Unavailable or Conflict where a store cannot be used; everything stays where it is then.
    """
    taken = Taken()
    inbox = environment.inbox_path
    with exclusive_or_skip(environment.home / "inbox.lock") as held:
        if not held:
            return taken
        Sent(environment.home).gather(inbox / STREAM)
        for path, feed in _ready(inbox, now):
            before = path.lstat()
            try:
                result = ingest([str(path)], feed=feed, environment=environment, now=now, by=by, basis=basis)
            except (BadInput, WrongUse) as error:  # of this file; what else is wrong, is wrong for all
                refusals: list[TutelaError] = [error]
            else:
                refusals = result.refused
            if refusals:
                lay_aside(path, inbox, refusals)
                taken.refused += refusals
            elif _same(before, path):
                path.unlink()
                taken.files += 1
    return taken


def _ready(inbox: Path, now: datetime) -> Iterator[tuple[Path, str]]:
    """The files that are whole, each with its feed."""
    if not inbox.is_dir():
        return
    for entry in sorted(inbox.iterdir()):
        if entry.name.startswith(".") or entry.name == REFUSED:
            continue
        feed = entry.name if entry.is_dir() and not entry.is_symlink() else "auto"
        for path in files([entry]):
            try:
                changed = path.lstat().st_mtime
            except OSError:  # taken away meanwhile
                continue
            if not path.name.endswith(_UNFINISHED) and now.timestamp() - changed >= STILL:
                yield path, feed


def _same(before: os.stat_result, path: Path) -> bool:
    """Whether it is still the file that was read: somebody may have laid another one under its name meanwhile."""
    try:
        after = path.lstat()
    except OSError:
        return False
    return (before.st_ino, before.st_size, before.st_mtime_ns) == (after.st_ino, after.st_size, after.st_mtime_ns)


def lay_aside(path: Path, inbox: Path, refusals: Sequence[TutelaError]) -> None:
    """Put a file that cannot be taken in into ``refused``, never over another, with the reason beside it."""
    folder = inbox / REFUSED
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / path.name, 1
    while os.path.lexists(target):
        number += 1
        target = folder / f"{number}-{path.name}"
    path.rename(target)
    said = "\n".join(str(one).replace(str(path), path.name) for one in refusals)
    target.with_name(f"{target.name}.why.txt").write_text(f"{said}\n", encoding="utf-8")
