"""What is no fault of ours, under the name the house has for it: a full disk, a damaged file, a store out of reach."""

from __future__ import annotations

import errno
import re
from typing import Final

from tutela.config import environment
from tutela.core.errors import Conflict, TutelaError, Unavailable, WrongUse

ADDRESS: Final = "TUTELA_DATABASE_URL"
_AGAIN: Final = "Make room and give the same command again."
_NO_ROOM: Final = re.compile(r"No space left on device|Disk quota exceeded|disk is full")
_WRONG_VALUE: Final = re.compile(r"invalid \S+ value|bad value for")  # said before anything is connected
_DAMAGED: Final = re.compile(r"malformed|not a database|is encrypted")

_READERS: Final = frozenset({"polars", "pyo3_runtime", "deltalake"})


def known(error: BaseException) -> TutelaError | None:
    """The error of the house for an error from below; None where nobody foresaw it."""
    told = _no_room(error) or _database(error) or _file(error) or _stored(error)
    return told if told is not None or error.__cause__ is None else known(error.__cause__)


def _no_room(error: BaseException) -> TutelaError | None:
    if getattr(error, "errno", None) not in {errno.ENOSPC, errno.EDQUOT} and not _NO_ROOM.search(str(error)):
        return None
    where = str(getattr(error, "filename", None) or "")
    return Unavailable("the disk is full; what was finished before is kept.", where=where, remedy=_AGAIN)


def _database(error: BaseException) -> TutelaError | None:
    """By its name, so that a command without a database need not import Django to fail."""
    return unusable_database(error) if type(error).__name__ in {"OperationalError", "DatabaseError"} else None


def unusable_database(error: BaseException) -> TutelaError:
    """Why the database cannot be used; neither Django nor the libraries below it repeat a password."""
    from django.db import connection  # noqa: PLC0415 - as in _database

    reason, name = str(error).strip().partition("\n")[0].rstrip("."), str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and _DAMAGED.search(reason):
        return Conflict(
            f"the database is damaged ({reason}).",
            where=name,
            remedy="Restore it from a backup; `tutela ledger verify` then says whether it is whole.",
        )
    if connection.vendor == "sqlite":
        remedy = "Check TUTELA_HOME, who may write there, and that the disk has room."
        return Unavailable(f"the database cannot be used: {reason}.", where=name, remedy=remedy)
    if _WRONG_VALUE.search(reason):
        return WrongUse(f"PostgreSQL refuses it: {reason}.", where=ADDRESS, remedy="See docs/configuration.md.")
    return Unavailable(
        f"the database {name!r} cannot be used: {reason}.",
        where=ADDRESS,
        remedy="See that the server runs and lets this user in and make tables; then give the command again.",
    )


def _file(error: BaseException) -> TutelaError | None:
    """Polars gives an error of the system no file name; its text ends with one, and with advice that is not for us."""
    if not isinstance(error, OSError) or isinstance(error, ConnectionError):
        return None
    if not error.filename and isinstance(error, FileNotFoundError):
        return None  # `_stored` knows which
    reason = error.strerror or str(error).partition("\n")[0].partition(" (set POLARS_VERBOSE")[0]
    return Unavailable(
        f"cannot be used: {reason}.",
        where=str(error.filename or ""),
        remedy="Check the path, who may read and write there, and that its disk is well.",
    )


def _stored(error: BaseException) -> TutelaError | None:
    """Where Polars or Delta could not read, the stored files are looked through: it does not say which one it was."""
    if not isinstance(error, FileNotFoundError) and type(error).__module__.partition(".")[0] not in _READERS:
        return None
    from tutela.lake.damage import damage  # noqa: PLC0415 - only what uses the lake pays for it
    from tutela.lake.quarantine import Quarantine  # noqa: PLC0415 - as above
    from tutela.lake.table import EventTable  # noqa: PLC0415 - as above

    try:
        settings = environment.load()
        return damage(EventTable(settings.lake_path), Quarantine(settings.home))
    except TutelaError as told:
        return told
