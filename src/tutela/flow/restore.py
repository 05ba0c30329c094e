"""A backup back into an empty house: proven whole before anything is written, put in place once it all lies there.

Everything goes into the folder ``restoring`` first. While it is there, no command of this house works (`config.boot`),
so none can begin anew in a house that is half there; where it was broken off, the same restore begins again. It lies
in TUTELA_HOME, not beside it, because the user of a service may write there and often nowhere else.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.db import connection

from tutela.core.backup import DUMP, LAKE, MANIFEST, RESTORING, SQLITE
from tutela.core.errors import BadInput, Conflict, Unavailable, WrongUse
from tutela.flow import dump
from tutela.flow.backup import verify
from tutela.lake.pack import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutela.config.environment import Environment
    from tutela.core.backup import Manifest

_CHUNK: Final = 2**20
_NO_MATTER: Final = {RESTORING, "lost+found"}  # what was broken off; what a disk brings
_EMPTY: Final = "Empty it, or name another folder."


def restore(source: Path, *, environment: Environment) -> Manifest:
    """Put the backup into the empty TUTELA_HOME and database of ``environment``, whole or not at all; its manifest.

    Raises BadInput for a damaged or hostile backup, Conflict where something is there already or the backup is newer.
    """
    manifest = verify(source, ratio=environment.maximum_ratio)
    if manifest.database != connection.vendor:
        raise WrongUse(
            f"the backup is of {manifest.database}, and this installation is set to {connection.vendor}.",
            where="TUTELA_DATABASE_URL",
            remedy="Set it as it was where the backup was made: empty for SQLite.",
        )
    home, lake = environment.home, environment.lake_path
    roots = [home] if lake.is_relative_to(home) else [lake, home]
    for root in roots:
        _check_empty(root)
    dump.check_empty()
    with _staging(roots) as staged:
        _check_room(staged, manifest)
        inside = staged[-1] / lake.relative_to(home) if len(roots) == 1 else staged[0]
        _unpack(source, manifest, home=staged[-1], lake=inside, ratio=environment.maximum_ratio)
        os.sync()  # a power cut must not take what has its name already
        if manifest.database == "postgresql":
            dump.fill(staged[-1] / DUMP)
            (staged[-1] / DUMP).unlink()
        for folder in staged:
            _put_in_place(folder)
    return manifest


def _check_empty(folder: Path) -> None:
    if not folder.exists():
        return
    found = sorted({path.name for path in folder.iterdir()} - _NO_MATTER)
    if found:
        told = f"is not empty (it holds {found[0]!r}); a restore goes into an empty folder."
        raise Conflict(told, where=str(folder), remedy=_EMPTY)


@contextmanager
def _staging(roots: list[Path]) -> Iterator[list[Path]]:
    """The folder ``restoring`` in each of these, empty; gone with the block, as are folders that were not there."""
    made = [root for root in roots if not root.exists()]
    staged = [root / RESTORING for root in roots]
    before = os.umask(0o077)  # all of it is for its owner only
    for folder in reversed(staged):  # the home first: it closes the house
        folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(staged[-1], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(handle, staged[-1])
        for folder in staged:
            _clear(folder)
        try:
            yield staged
        finally:
            for folder in staged:
                shutil.rmtree(folder, ignore_errors=True)
            for root in made:
                if not any(root.iterdir()):
                    root.rmdir()
    finally:
        os.close(handle)
        os.umask(before)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Conflict("another restore is at work here.", where=str(folder), remedy="Wait for its end.") from error


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _check_room(staged: list[Path], manifest: Manifest) -> None:
    """Raises Unavailable where a disk has less room than the backup takes; told before it is half there."""
    in_lake = sum(member.size for name, member in manifest.members.items() if name.startswith(f"{LAKE}/"))
    needs = [in_lake, manifest.size - in_lake] if len(staged) > 1 else [manifest.size]
    for folder, needed in zip(staged, needs, strict=True):
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise Unavailable(
                f"the disk has {free} bytes left, and the backup takes {needed}.",
                where=str(folder.parent),
                remedy="Make room and give the same command again.",
            )


def _unpack(source: Path, manifest: Manifest, *, home: Path, lake: Path, ratio: int) -> None:
    """Write what the manifest names and nothing else: the file may be another one than was proven before."""
    left = dict(manifest.members)
    for name, size, stream in unpack(source, ratio=ratio):
        if name == MANIFEST:
            continue
        wanted = left.pop(name, None)
        if wanted is None or size != wanted.size:
            raise _changed(source)
        path = lake / name.removeprefix(f"{LAKE}/") if name.startswith(f"{LAKE}/") else home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            while data := stream.read(_CHUNK):
                file.write(data)
        if stream.member != wanted:
            raise _changed(source)
    if left:
        raise _changed(source)


def _changed(source: Path) -> BadInput:
    return BadInput("the backup was changed while it was read.", where=str(source), remedy="Give the command again.")


def _put_in_place(staged: Path) -> None:
    """Give everything its name, the database last: where it is, all is."""
    for path in sorted(staged.iterdir(), key=lambda path: (path.name == SQLITE, path.name)):
        path.rename(staged.parent / path.name)
