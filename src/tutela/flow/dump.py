"""The whole database as one file, as it was at one moment while others write on; and back into an empty one.

SQLite copies itself through its backup interface. PostgreSQL is copied by its own programs, which must be on the PATH;
what they need to know of the server stands in their environment, as everybody may read a command line.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from django.db import connection

from tutela.core.backup import DUMP, SQLITE
from tutela.core.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LATEST: Final = "SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app"
_TABLES: Final = (
    "SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
)
_TOLD: Final = 300


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database at one moment: its kind, the name of its file in a backup, the latest migration of each app.

    ``write`` fills a file that is there and empty; it may take its time, for others are not kept from anything.
    """

    kind: str
    name: str
    migrations: dict[str, str]
    write: Callable[[Path], None]


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """The database as it is now, for the block. Raises Unavailable or Conflict where it cannot be copied."""
    with _of_server() if connection.vendor == "postgresql" else _of_file() as found:
        yield found


@contextmanager
def _of_file() -> Iterator[Snapshot]:
    place = f"file:{quote(str(connection.settings_dict['NAME']))}?mode=rw"  # one that is not there is not made
    with closing(sqlite3.connect(place, uri=True, isolation_level=None, timeout=60)) as source:
        source.execute("BEGIN")
        migrations = dict(source.execute(_LATEST).fetchall())  # with the first reading the moment is fixed
        yield Snapshot("sqlite", SQLITE, migrations, partial(_copy, source))


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # what breaks off is thrown away
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # all of it is in the one file
        (answer,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise Conflict(
            f"the database is damaged ({answer.partition(chr(10))[0][:_TOLD]}).",
            where=str(connection.settings_dict["NAME"]),
            remedy="Restore it from an earlier backup.",
        )


@contextmanager
def _of_server() -> Iterator[Snapshot]:
    import psycopg  # noqa: PLC0415 - whoever uses SQLite does not pay for it

    program = _program("pg_dump")
    with psycopg.connect(_conninfo()) as server:
        server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        server.read_only = True
        row = server.execute("SELECT pg_export_snapshot()").fetchone()
        mark = row[0] if row else ""
        migrations: dict[str, str] = dict(server.execute(_LATEST).fetchall())
        options = ("--format=custom", "--compress=1", f"--snapshot={mark}")
        yield Snapshot("postgresql", DUMP, migrations, lambda path: _run(program, *options, into=path))


def check_empty() -> None:
    """Nothing, where a restore may fill the database; a file of SQLite is judged with its folder. Raises Conflict."""
    if connection.vendor != "postgresql":
        return
    import psycopg  # noqa: PLC0415 - as in _of_server

    _program("pg_restore")
    with psycopg.connect(_conninfo()) as server:
        row = server.execute(_TABLES).fetchone()
    if row and row[0]:
        raise Conflict(
            f"the database {connection.settings_dict['NAME']!r} holds {row[0]} tables; a restore wants an empty one.",
            where="TUTELA_DATABASE_URL",
            remedy="Name a new database there, or drop that one and make it again.",
        )


def fill(path: Path) -> None:
    """Fill the empty PostgreSQL database from its dump, whole or not at all."""
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(path))
    _run(_program("pg_restore"), *options, as_database=True)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Unavailable(
            f"the program {name} is not here, and the database is on PostgreSQL.",
            where=name,
            remedy="Install the client programs of the server's version (Debian: postgresql-client), or mend the PATH.",
        )
    return found


def _run(program: str, *options: str, into: Path | None = None, as_database: bool = False) -> None:
    """Run a program of PostgreSQL's against our database. Raises Unavailable with what it said, OSError: no room."""
    known, rest = _told_apart()
    database = f"--dbname={rest or known['PGDATABASE']}" if as_database or rest else ""
    command = [program, "--no-password", *filter(None, [database]), *options]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | known
    with open(into or os.devnull, "wb") as out:  # noqa: PTH123 - the null device is no path of ours
        done = subprocess.run(  # noqa: S603 - our own words, and no shell
            command,
            env=settings | {"LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
        )
    if done.returncode:
        if b"No space left" in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(into or ""))
        said = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"])[0]
        raise Unavailable(
            f"the database could not be copied: {said[:_TOLD]}.",
            where="TUTELA_DATABASE_URL",
            remedy="Mend what it says, and give the same command again.",
        )


def _told_apart() -> tuple[dict[str, str], str]:
    """What the library reads from its environment, and the rest as text for a command line; no secret is in that."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - as in _of_server
    from psycopg.pq import Conninfo  # noqa: PLC0415 - as above

    known: dict[str, str] = {}
    rest: dict[str, Any] = {}
    for option in Conninfo.parse(_conninfo().encode()):
        if option.val is None:
            continue
        name, value = option.keyword.decode(), option.val.decode()
        if option.envvar:
            known[option.envvar.decode()] = value
        elif option.dispchar != b"*":  # so the library marks what is secret
            rest[name] = value
    return known, make_conninfo(**rest) if rest else ""


def _conninfo() -> str:
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - as in _of_server

    told = connection.settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {name: told[key] for name, key in named.items() if told.get(key)}
    return make_conninfo(**given, **told.get("OPTIONS", {}))
