"""Makes Django and the database ready for a command: settings read, migrations applied when some are missing."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tutela.config import logs
from tutela.config.faults import unusable_database
from tutela.config.keys import make_secret_key
from tutela.core.backup import RESTORING
from tutela.core.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutela.config.environment import Environment

_ADVISORY_KEY: Final = 0x7475_7465_6C61  # "tutela" in ASCII: one process of all machines migrates at a time


def settle() -> Environment:
    """Read the settings and set Django up; nothing is written or connected to yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tutela.config.settings")
    import django  # noqa: PLC0415 - commands that need no database do not pay for it
    from django.conf import settings  # noqa: PLC0415 - as above

    environment: Environment = settings.TUTELA
    logs.configure(environment.log)
    django.setup()
    return environment


def boot() -> Environment:
    """``settle``, then see that the database is there and has the form that this version needs."""
    from django.db.utils import DatabaseError  # noqa: PLC0415 - as in settle

    environment = settle()
    try:
        environment.home.mkdir(parents=True, exist_ok=True, mode=0o750)
        check_open(environment.home)
        check_writable(environment.home)
        check_lake(environment.lake_path / "events")
        make_secret_key(environment.home)
        if missing(environment):
            with _alone(environment.home / "migrate.lock"):
                _migrate(environment)
    except DatabaseError as error:
        raise unusable_database(error) from error
    except OSError as error:
        raise Unavailable(
            f"the folder cannot be used: {error.strerror}.", where=str(environment.home), remedy="Check TUTELA_HOME."
        ) from error
    return environment


def check_writable(home: Path) -> None:
    """Even a question writes: the database keeps its log of changes beside it. Raises Unavailable."""
    if not os.access(home, os.W_OK | os.X_OK):
        raise Unavailable(
            "the folder may not be written to.",
            where=str(home),
            remedy="Give this user the right to, mount its disk for writing, or name another folder in TUTELA_HOME.",
        )


def check_open(home: Path) -> None:
    """A house that is half restored would begin anew as if it were empty: it is closed meanwhile. Raises Conflict."""
    if (home / RESTORING).exists():
        raise Conflict(
            "a restore is at work here, or was broken off.",
            where=str(home / RESTORING),
            remedy="Wait for its end, or give the same `tutela restore` again.",
        )


def check_lake(events: Path) -> None:
    """Without its log the lake would begin anew as if it were empty. Raises Conflict."""
    if any(events.glob("date=*")) and not (events / "_delta_log").is_dir():
        raise Conflict(
            "the log of the event lake is missing, and files of events are there.",
            where=str(events / "_delta_log"),
            remedy="Restore it from a backup.",
        )


def missing(environment: Environment) -> bool:
    """Whether migrations are missing; nothing is changed. Raises Conflict for a database that a newer version wrote."""
    from django.db import connection  # noqa: PLC0415 - as in settle
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 - as in settle

    loader = MigrationLoader(connection)
    known, applied = set(loader.disk_migrations), set(loader.applied_migrations or ())
    ours = {label for label, _ in known}
    newer = sorted(name for label, name in applied - known if label in ours)
    if newer:
        raise Conflict(
            f"the database was written by a newer version of Tutela (it has {newer[-1]}).",
            where=str(environment.database()["NAME"]),
            remedy="Run that version, or go back to a copy of the database from before it.",
        )
    return bool(known - applied)


def _migrate(environment: Environment) -> None:
    from django.core.management import call_command  # noqa: PLC0415 - as in settle
    from django.db import connection  # noqa: PLC0415 - as in settle

    on_server = connection.vendor == "postgresql"
    if on_server:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_KEY])
    try:
        if missing(environment):  # another process may have done it in the meantime
            call_command("migrate", verbosity=0, interactive=False)
    finally:
        if on_server:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_KEY])


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
