"""What comes back to notices: taken out of the mailbox, mail by mail, and marked there once it is kept here."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from tutela.apps.correspondence import actions
from tutela.core.collectors.address import imap_at
from tutela.core.errors import BadInput, TutelaError
from tutela.core.notices.answers import LARGEST
from tutela.engine.collectors.mailbox import opened
from tutela.engine.collectors.reach import Deadline
from tutela.engine.collectors.secrets import secret
from tutela.flow.locks import exclusive_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis
    from tutela.engine.collectors.mailbox import Mailbox

_SECONDS: Final = 300.0
"""How long one round may take."""

_MOST: Final = 200
"""Mails in one round; the others wait for the next one."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Answers:
    """What a round brought: mails that are kept now, those of them that answer nothing known, and those it left."""

    kept: int = 0
    waiting: int = 0
    left: int = 0


def take_answers(*, environment: Environment, by: Actor, basis: Basis) -> Answers:
    """Take in what lies in the mailbox, where one is set; another process that is at it does it alone.

    A mail is marked as seen when it is in the database: killed before that, it is seen again, and kept once. One that
    cannot be read is flagged, stays, and is told. Raises Unavailable and WrongUse where the mailbox cannot be opened.
    """
    done = Answers()
    if not environment.mailbox:
        return done
    with exclusive_or_skip(environment.home / "mailbox.lock") as held:
        if held:
            with _open(environment) as mailbox:
                for identifier, size, _head in mailbox.heads(mailbox.ids(is_unseen=True)[:_MOST]):
                    _take(mailbox, identifier, size, done, by, basis)
    return done


def take_answers_or_tell(*, environment: Environment, by: Actor, basis: Basis) -> Answers:
    """The same as a part of the periodic work, whose other parts go on where the mailbox cannot be opened."""
    try:
        return take_answers(environment=environment, by=by, basis=basis)
    except TutelaError as error:
        log.warning("the mailbox of answers has a fault", said=str(error))
        return Answers()


def reach_mailbox(environment: Environment) -> int:
    """How many mails wait in the mailbox that is set; raises as `take_answers`."""
    with _open(environment) as mailbox:
        return len(mailbox.ids(is_unseen=True))


@contextmanager
def _open(environment: Environment) -> Iterator[Mailbox]:
    """The mailbox that the operator named, which may be in their own net as a mail server mostly is."""
    imap = imap_at(environment.mailbox)
    password = secret(environment.home, imap.secret)
    with opened(imap, password, allow_private=True, deadline=Deadline(_SECONDS)) as mailbox:
        yield mailbox


def _content(mailbox: Mailbox, identifier: str, size: int) -> bytes:
    if size > LARGEST:  # it is not even fetched
        raise BadInput(f"the mail is larger than {LARGEST >> 20} MiB.")
    return mailbox.content(identifier)


def _take(mailbox: Mailbox, identifier: str, size: int, done: Answers, by: Actor, basis: Basis) -> None:
    try:
        received = actions.receive(
            content=_content(mailbox, identifier, size), now=datetime.now(UTC), by=by, basis=basis
        )
    except BadInput as error:
        mailbox.mark(identifier, r"\Flagged")
        log.warning("a mail is flagged and left in the mailbox", mail=identifier, said=str(error))
        done.left += 1
        return
    mailbox.mark(identifier, r"\Seen")
    done.kept += received.is_new
    done.waiting += received.is_new and not received.message.is_assigned
