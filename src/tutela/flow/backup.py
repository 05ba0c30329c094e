"""A backup of the whole house in one file, while the house works on.

Database and lake must speak of the same loads. A load changes both under ``lake.lock``: so that lock is held while the
moment of the database is fixed, the files of the lake are noted, and what a load replaces (the log of the lake, the
quarantine) is copied. A load that was broken off before is in the backup as it stands, and is carried to its end after
a restore. From then on loads go on: they only add files. What takes files away, compaction and expiry, waits for the
end of the backup (``CARE``). So nothing is linked or copied twice, and a backup that is killed leaves no trace but its
unfinished files.

The ledger's checkpoint is read before the database, and the other files are listed after it: a checkpoint must not
cover more than the database holds, and what the database names must be there.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from tutela import __version__
from tutela.apps.ledger import queries as ledger
from tutela.core import backup as form
from tutela.core.backup import FILES, FOLDERS, LAKE, MANIFEST, Manifest, Member
from tutela.core.errors import BadInput, Conflict, WrongUse
from tutela.flow.care import CARE
from tutela.flow.dump import snapshot
from tutela.flow.locks import exclusive
from tutela.lake.pack import Packer, unpack
from tutela.lake.table import EventTable
from tutela.lake.whole import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tutela.config.environment import Environment
    from tutela.flow.dump import Snapshot

_UNDER_LOCK: Final = ("ledger", "quarantine")
_UNFINISHED: Final = (".unfinished", ".new", ".lock")


@dataclass(frozen=True, slots=True)
class _Noted:
    """What the moment fixed: the database, the files of the lake by name, the version of the lake."""

    database: Snapshot
    lake: dict[str, Path]
    version: int | None


def backup(target: Path, *, environment: Environment, now: datetime) -> Manifest:
    """Write a backup to ``target``, which is there whole or not at all, for its owner only; never over a file.

    Raises WrongUse where ``target`` cannot be written so, Unavailable or Conflict where something cannot be copied.
    """
    home = environment.home
    if not home.is_dir():
        raise WrongUse("there is nothing to back up.", where=str(home), remedy="Check TUTELA_HOME.")
    with exclusive(home / CARE), _new_file(target) as stream:
        pack = Packer(stream)
        with ExitStack() as held:  # no longer than it must be: the database keeps all changes for who still reads
            with exclusive(home / "lake.lock"):
                kept = ledger.files(home)
                noted = _note(EventTable(environment.lake_path), held)
                for name, data in kept.items():
                    pack.add_bytes(f"ledger/{name}", data)
                _add_all(pack, _lake_log(environment) | _files(home, "quarantine"))
            _add_database(pack, noted.database, target)
        _add_all(pack, noted.lake)
        for place in (*FOLDERS, *FILES):
            if place not in _UNDER_LOCK:
                _add_all(pack, _files(home, place))
        manifest = Manifest(
            version=__version__,
            created=now,
            database="postgresql" if noted.database.kind == "postgresql" else "sqlite",
            migrations=noted.database.migrations,
            lake_version=noted.version,
            checkpoint=kept.get("checkpoint", b"").decode(),
            members=pack.members.copy(),
        )
        pack.add_bytes(MANIFEST, manifest.model_dump_json().encode())
        pack.close()
    return manifest


def verify(path: Path, *, ratio: int) -> Manifest:
    """Read a whole backup and give its manifest; nothing of it is kept. Raises BadInput, or Conflict for a newer one.

    ``ratio``: what unpacks to more times its size is refused.
    """
    manifest: Manifest | None = None
    found: dict[str, Member] = {}
    for name, size, stream in unpack(path, ratio=ratio):
        if manifest is not None:
            raise BadInput("the backup goes on after its manifest.", where=str(path), remedy="Use another backup.")
        if name == MANIFEST:
            if size > form.MOST_MANIFEST:
                raise BadInput("the manifest of the backup is too long.", where=str(path), remedy="Use another backup.")
            manifest = form.read(stream.read(size), str(path))
            continue
        form.check_name(name, str(path))
        if name in found:
            raise _not_as_said(name, path)
        found[name] = stream.drain().member
    if manifest is None:
        raise BadInput("the backup is cut short: its end is missing.", where=str(path), remedy="Use another backup.")
    if found != manifest.members:
        different = {name for name, _ in found.items() ^ manifest.members.items()}
        raise _not_as_said(min(different), path)
    return manifest


def _not_as_said(name: str, path: Path) -> BadInput:
    told = f"the file {name!r} in the backup is not what its manifest says."
    return BadInput(told, where=str(path), remedy="Use another backup.")


@contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """A stream for what is ``target`` at the end of the block, unless the block fails. Raises WrongUse."""
    if not target.parent.is_dir():
        raise WrongUse("there is no such folder.", where=str(target.parent), remedy="Make it first.")
    _check_absent(target)
    with whole_file(target, flush=True) as place, _private(place):
        with place.open("wb") as stream:
            yield stream
        _check_absent(target)


@contextmanager
def _private(place: Path) -> Iterator[None]:
    """An empty file that only its owner may read; it goes away when the block fails."""
    place.unlink(missing_ok=True)  # what a backup that was killed has left
    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    try:
        yield
    except BaseException:
        place.unlink()
        raise


def _check_absent(target: Path) -> None:
    if os.path.lexists(target):
        raise WrongUse("is there already, and is not replaced.", where=str(target), remedy="Name a new file.")


def _note(table: EventTable, held: ExitStack) -> _Noted:
    """What is fixed at this moment; the database stays so until ``held`` is closed."""
    database = held.enter_context(snapshot())
    if not table.exists():
        return _Noted(database, {}, None)
    files = {f"{LAKE}/events/{table.relative(path)}": Path(path) for path in table.paths()}
    return _Noted(database, files, table.version())


def _lake_log(environment: Environment) -> dict[str, Path]:
    table = EventTable(environment.lake_path)
    return {f"{LAKE}/events/{path.relative_to(table.folder)}": path for path in table.log()}


def _files(home: Path, place: str) -> dict[str, Path]:
    """The files at a place of the home, by name. Raises Conflict for what is neither file nor folder."""
    found: dict[str, Path] = {}
    waiting = [home / place]
    while waiting:
        path = waiting.pop()
        if path.is_dir() and (path == home / place or not path.is_symlink()):
            waiting += path.iterdir()
        elif path.is_file():
            found[str(path.relative_to(home))] = path
        elif os.path.lexists(path):
            raise Conflict(
                "is neither a file nor a folder, and cannot be backed up.", where=str(path), remedy="Take it away."
            )
    return {name: found[name] for name in sorted(found) if not _is_unfinished(found[name].name)}


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "arriving-")) or name.endswith(_UNFINISHED)


def _add_all(pack: Packer, files: dict[str, Path]) -> None:
    for name, path in files.items():
        pack.add_file(name, path)


def _add_database(pack: Packer, database: Snapshot, target: Path) -> None:
    """By way of a file beside the target, for a size must be known before its content; nobody else is held up."""
    place = target.with_name(f"{target.name}.database.unfinished")
    try:
        with _private(place):
            database.write(place)
            pack.add_file(database.name, place)
    finally:
        place.unlink(missing_ok=True)
