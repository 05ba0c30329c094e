"""The database as Django wants it, from the address that ``TUTELA_DATABASE_URL`` names.

No sentence about an address repeats any part of it that could belong to a password.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

_ENCODED: Final = "characters of a password that mean something in an address (/ ? # @ : %) are percent-encoded"
_LOOSE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def checked(url: str) -> str:
    """The address, when PostgreSQL can be asked there; ValueError says what is wrong with it."""
    if not url:
        return url
    if url.startswith("sqlite"):
        raise ValueError("names SQLite, which always lies in TUTELA_HOME; leave it empty")
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a postgresql:// address; leave it empty for SQLite under TUTELA_HOME")
    if not url.isprintable() or " " in url:
        raise ValueError("holds a blank or a control character")
    if _LOOSE_PERCENT.search(url) or "#" in url:
        raise ValueError(f"cannot be read: {_ENCODED}")
    _check_parts(_split(url))
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only when asked for
    except ValueError as error:
        message = f"names no port from 1 to 65535 after its host, or is not an address at all: {_ENCODED}"
        raise ValueError(message) from error
    return parts


def _check_parts(parts: SplitResult) -> None:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    name = options.pop("dbname", parts.path.removeprefix("/"))
    if not name or "/" in name or "@" in name:
        raise ValueError(f"does not end with the name of a database: postgresql://user@host:5432/name; {_ENCODED}")
    if not options.pop("host", parts.hostname):
        raise ValueError("names no host; a socket is named at the end: postgresql://user@/name?host=/run/postgresql")
    port = options.pop("port", parts.port)
    if port is not None and not (str(port).isascii() and str(port).isdecimal() and 0 < int(port) < 2**16):
        raise ValueError("names no port from 1 to 65535")
    _check_options(options)


def _check_options(options: dict[str, str]) -> None:
    """What stands after the question mark must be known to PostgreSQL's own library; it checks the values itself."""
    from psycopg import ProgrammingError  # noqa: PLC0415 - whoever uses SQLite does not pay for it
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - as above

    for name, value in options.items():
        try:
            make_conninfo("", **{name: value})
        except ProgrammingError as error:
            raise ValueError("has an option after its question mark that PostgreSQL does not know") from error


def postgresql(url: str) -> dict[str, object]:
    """A PostgreSQL server, from an address that was ``checked``."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))  # ?host=/run/postgresql names a socket; ?sslmode=require and the like
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname", unquote(parts.path.removeprefix("/"))),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": True,
    }


def sqlite(path: Path) -> dict[str, object]:
    """A SQLite file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # two writers wait for each other instead of failing half way
            "timeout": 60,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
            "PRAGMA busy_timeout=60000;PRAGMA cache_size=-65536;",
        },
    }
