"""Whether an installation is as it must be: one small part for each thing, all in one list; nothing is changed.

What costs minutes (the whole ledger, the content of every file) is not looked at here, but by `tutela ledger verify`
and by a backup.
"""

# Settings may be wrong: Django and what needs it are imported once they are known to be right.
# ruff: noqa: PLC0415
from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from tutela.config import boot
from tutela.config.environment import Environment, problems
from tutela.config.faults import known
from tutela.config.keys import key_path
from tutela.core.errors import TutelaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tutela.core.mailkeys.certificate import Certificate

_LITTLE: Final = 2**30
"""Bytes: less free room than this is worth a word; an ingest of one large report may need as much."""

_TOO_LITTLE: Final = 2**26
_MIB: Final = 2**20


class State(StrEnum):
    """How it is with a thing. A warning is for a person to judge; it is no reason to stop."""

    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: the thing, how it is with it, in which words, and what to do."""

    thing: str
    state: State
    what: str
    remedy: str = ""


def answers() -> Iterator[Answer]:
    """One answer or more for each thing, as each is found; where the settings are wrong, for those alone."""
    try:
        environment = Environment()
    except ValidationError as error:
        for problem in problems(error):
            yield Answer("settings", State.WRONG, problem, "See docs/configuration.md.")
        return
    boot.settle()
    yield Answer("settings", State.GOOD, "every setting has a value that can be used")
    can_ask = False
    for thing, part in PARTS.items():
        if thing in _OF_DATABASE and not can_ask:
            yield Answer(thing, State.WARNING, "was not looked at, because it lies in the database", "See above.")
            continue
        for answer in _answered(thing, part, environment):
            can_ask |= thing == "database" and answer.state is State.GOOD
            yield answer


def _answered(thing: str, part: Callable[[Environment], Iterator[Answer]], environment: Environment) -> list[Answer]:
    """What the part says, or the sentence for what it ran into."""
    from django.db import DatabaseError

    try:
        return list(part(environment))
    except (TutelaError, DatabaseError, OSError) as error:
        told = error if isinstance(error, TutelaError) else known(error)
        if told is None:
            raise
        what = f"{told.where}: {told.what}" if told.where else told.what
        return [Answer(thing, State.WRONG, what.replace("\n", "; "), told.remedy)]


def _home(environment: Environment) -> Iterator[Answer]:
    home = environment.home
    if not home.is_dir():
        yield Answer("home", State.WARNING, f"{home}: is not there yet", "The first command makes it.")
        return
    boot.check_open(home)
    lake = environment.lake_path
    for folder in [home] if lake.is_relative_to(home) or not lake.is_dir() else [home, lake]:
        boot.check_writable(folder)
        yield _room(folder)


def _room(folder: Path) -> Answer:
    free = shutil.disk_usage(folder).free
    what = f"{folder}: may be written to, and has {free // _MIB:,} MiB left"
    if free < _TOO_LITTLE:
        return Answer("home", State.WRONG, what, "Make room.")
    return Answer("home", State.WARNING, what, "Make room.") if free < _LITTLE else Answer("home", State.GOOD, what)


def _database(environment: Environment) -> Iterator[Answer]:
    from django.db import connection

    file = environment.home / "tutela.sqlite3"
    if connection.vendor == "sqlite" and not file.exists():  # to ask would make it
        yield Answer("database", State.WARNING, f"{file}: is not there yet", "The first command makes it.")
        return
    is_behind = boot.missing(environment)
    version = ".".join(map(str, connection.get_database_version()))
    kind = f"{connection.display_name} {version} answers"
    if is_behind:
        remedy = "Take a backup; the next command then brings it to its form."
        yield Answer("database", State.WARNING, f"{kind}, and has not the form of this version yet", remedy)
    else:
        yield Answer("database", State.GOOD, f"{kind}, and has the form of this version")


def _keys(environment: Environment) -> Iterator[Answer]:
    """The key of sessions and that of the ledger; whether the ledger may lack its key is asked there."""
    session, ledger = key_path(environment.home), environment.home / "ledger" / "key"
    if environment.secret_key:
        yield Answer("keys", State.GOOD, "the key of sessions is given in TUTELA_SECRET_KEY")
    elif not session.exists():
        remedy = "Restore it, or let the next command make one: everybody signs in anew, and links that were sent fail."
        yield Answer("keys", State.WARNING, f"{session}: is not there", remedy)
    for path in (session, ledger):
        if path.exists():
            yield _guarded(path)


def _guarded(path: Path) -> Answer:
    if not os.access(path, os.R_OK):
        return Answer("keys", State.WRONG, f"{path}: may not be read", "Give it to the user of the service.")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Answer("keys", State.WRONG, f"{path}: others may read it, or write it", f"chmod 600 {path}")
    return Answer("keys", State.GOOD, f"{path}: is its owner's alone")


def _lake(environment: Environment) -> Iterator[Answer]:
    from tutela.lake.table import EventTable

    table = EventTable(environment.lake_path)
    boot.check_lake(table.folder)
    if not table.exists():
        yield Answer("lake", State.GOOD, f"{table.folder}: holds no events yet")
    elif lost := table.lost():
        what = f"{lost[0]}: is missing or cut short, and the lake names it ({len(lost)} such files)"
        yield Answer("lake", State.WRONG, what, "Restore it from a backup.")
    else:
        what = f"{table.folder}: opens at version {table.version()}, and its {len(table.paths())} files are there"
        yield Answer("lake", State.GOOD, what)


def _feeds(environment: Environment) -> Iterator[Answer]:
    """All definitions, as `tutela feeds lint` reads them, and the imported schema."""
    from tutela.core.feeds.linter import ERROR, lint
    from tutela.core.reading import content_of
    from tutela.engine.catalogue import BUILT_IN, Catalogue

    files = [path for folder in (BUILT_IN, environment.home / "feeds") for path in sorted(folder.rglob("*.y*ml"))]
    errors = [one for one in lint({str(path): content_of(path) for path in files}) if one.severity == ERROR]
    if errors:
        first = f"{errors[0].path}:{errors[0].line}: {errors[0].what}"
        yield Answer("feeds", State.WRONG, f"{len(errors)} errors, the first: {first}", "See `tutela feeds lint`.")
    else:
        yield Answer("feeds", State.GOOD, f"{len(files)} definitions without an error")
    catalogue = Catalogue(environment.home)
    if not catalogue.schema and catalogue.refused:
        raise next(iter(catalogue.refused.values()))


def _laws(environment: Environment) -> Iterator[Answer]:
    """All files of law, as `tutela law lint` reads them."""
    from tutela.engine.law import library

    yield Answer("laws", State.GOOD, f"{len(library(environment.home).versions)} regimes without an error")


def _rules(environment: Environment) -> Iterator[Answer]:
    from tutela.apps.notices.queries import rules_in_force

    rules = rules_in_force(environment.home).rules
    yield Answer("notices", State.GOOD, f"{len(rules)} rules say who is told what")


def _mail(environment: Environment) -> Iterator[Answer]:
    from tutela.apps.notices.mailing import Post

    if not environment.smtp:
        yield Answer("mail", State.GOOD, "no mail server is set: notices wait")
        return
    with Post(environment.smtp) as post:
        post.open()
    yield Answer("mail", State.GOOD, "the mail server answers and lets us in; no mail was sent")


def _mailbox(environment: Environment) -> Iterator[Answer]:
    """The mailbox that answers come to; nothing in it is touched."""
    from tutela.flow.answers import reach_mailbox

    if not environment.mailbox:
        yield Answer("mailbox", State.GOOD, "no mailbox is set: answers to notices are not taken in")
        return
    waiting = reach_mailbox(environment)
    what = f"the mailbox of answers lets us in; {waiting} mails wait in it"
    if not environment.reply_to:
        remedy = "Set TUTELA_REPLY_TO, so that answers can be told from what anybody may write."
        yield Answer("mailbox", State.WARNING, what, remedy)
    else:
        yield Answer("mailbox", State.GOOD, what)


def _signing(environment: Environment) -> Iterator[Answer]:
    """The keys with which notices are signed: each is there, is its owner's alone, and can sign for some time yet."""
    from tutela.apps.notices.keys import load_openpgp, load_smime

    now = datetime.now(UTC)
    if environment.openpgp_key is None and environment.smime_key is None:
        yield Answer("signing", State.GOOD, "no key is set: notices go out unsigned")
    for path, load in ((environment.openpgp_key, load_openpgp), (environment.smime_key, load_smime)):
        if path is not None:
            try:
                yield _signs(path, load(path, now).public, environment.mail_from, now)
            except TutelaError as error:
                yield Answer("signing", State.WRONG, f"{path}: {error.what} No notice is sent", error.remedy)


def _signs(path: Path, public: Certificate, sender: str, now: datetime) -> Answer:
    what = f"{path}: {public.kind.label} {public.fingerprint} signs notices"
    if public.expires is not None:
        what += f" until {public.expires:%Y-%m-%d}"
    if stranger := public.stranger(parseaddr(sender)[1]):
        remedy = "Programs will doubt the signature: compare it with TUTELA_MAIL_FROM."
        return Answer("signing", State.WARNING, f"{what}, and {stranger}", remedy)
    if public.is_ending(now):
        return Answer("signing", State.WARNING, what, "Prolong it, and give the new one to those who verify it.")
    return Answer("signing", State.GOOD, what)


def _stamping(environment: Environment) -> Iterator[Answer]:
    """Who stamps the ledger can be told from anybody; nothing is stamped here."""
    from tutela.core.ledger.timestamp import Authorities

    if not environment.timestamp_url:
        yield Answer("timestamp", State.GOOD, "no time-stamping authority is set: nobody else vouches for times")
        return
    remedy = "Set TUTELA_TIMESTAMP_ROOTS to the root certificates of the authority, in PEM."
    try:
        roots = Authorities.parse(environment.timestamp_roots.read_bytes()) if environment.timestamp_roots else None
    except (OSError, TutelaError) as error:
        yield Answer("timestamp", State.WRONG, f"{environment.timestamp_roots}: {error}", remedy)
        return
    if roots is None:
        yield Answer("timestamp", State.WRONG, "whose stamps are to be believed is not set: none is taken", remedy)
    else:
        yield Answer("timestamp", State.GOOD, f"the ledger is stamped every {environment.timestamp_hours} hours")


def _inbox(environment: Environment) -> Iterator[Answer]:
    inbox = environment.inbox_path
    if not inbox.is_dir():
        remedy = "If reports are to be laid there, make it for the user of the worker."
        yield Answer("inbox", State.WARNING, f"{inbox}: is not there", remedy)
    elif not os.access(inbox, os.R_OK | os.W_OK | os.X_OK):
        what = f"{inbox}: may not be read and emptied"
        yield Answer("inbox", State.WRONG, what, "Give it to the user of the worker.")
    else:
        yield Answer("inbox", State.GOOD, f"{inbox}: may be read and emptied")


def _ledger(environment: Environment) -> Iterator[Answer]:
    """The last checkpoint has the signature of the ledger's key, and covers what is there."""
    from tutela.apps.ledger import queries
    from tutela.core.ledger.checkpoint import open_checkpoint

    key, signed = queries.verifier(environment.home), queries.checkpoint(environment.home)
    covered = open_checkpoint(signed, key).size if key and signed else 0
    size = queries.size()  # after the checkpoint, which follows each entry
    remedy = "See `tutela ledger verify`."
    if size < covered:
        what = f"the signed checkpoint covers {covered} entries, and the database holds {size}"
        yield Answer("ledger", State.WRONG, what, remedy)
    elif size and key is None:
        yield Answer("ledger", State.WRONG, f"there are {size} entries, and neither key nor checkpoint", remedy)
    elif size > covered:
        what = f"the last {size - covered} of {size} entries are not signed yet"
        yield Answer("ledger", State.WARNING, what, "The next action signs them.")
    else:
        yield Answer("ledger", State.GOOD, f"{size} entries, all under the signed checkpoint")


def _clock(environment: Environment) -> Iterator[Answer]:
    """A clock that went back would date new entries before old ones."""
    from tutela.apps.ledger import queries
    from tutela.core.actor import SYSTEM, Viewer

    del environment
    last = next(queries.entries_for(Viewer(SYSTEM), limit=1), None)
    now = datetime.now(UTC)  # after the entry was read: others write meanwhile
    if last and datetime.fromisoformat(last["time"]) > now:
        what = f"it is {now:%Y-%m-%d %H:%M:%S}Z here, and the last entry of the ledger is of {last['time']}"
        yield Answer("clock", State.WRONG, what, "Set the clock; nothing should be recorded before.")
    else:
        yield Answer("clock", State.GOOD, f"it is {now:%Y-%m-%d %H:%M:%S}Z, after the last entry of the ledger")


PARTS: Final[dict[str, Callable[[Environment], Iterator[Answer]]]] = {
    "home": _home,
    "database": _database,
    "ledger": _ledger,
    "clock": _clock,
    "keys": _keys,
    "lake": _lake,
    "feeds": _feeds,
    "laws": _laws,
    "notices": _rules,
    "mail": _mail,
    "mailbox": _mailbox,
    "signing": _signing,
    "timestamp": _stamping,
    "inbox": _inbox,
}
_OF_DATABASE: Final = {"ledger", "clock"}
