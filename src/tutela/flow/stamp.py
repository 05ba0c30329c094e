"""Lets a time-stamping authority stamp the head of the ledger (RFC 3161), where one is set. Nothing waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.utils import timezone

from tutela.apps.ledger import actions, queries
from tutela.core.errors import TutelaError, WrongUse
from tutela.core.ledger import timestamp
from tutela.core.ledger.checkpoint import open_checkpoint
from tutela.engine.fetch import Posted, post
from tutela.flow.locks import exclusive_or_skip

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis

_SECONDS: Final = 30.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """How many entries were stamped, when and by whom."""

    size: int
    time: datetime
    by: str


def stamp(*, environment: Environment, every: timedelta, by: Actor, basis: Basis) -> Done | None:
    """Let the head be stamped, if something is new and the last stamp is so old; None where there is nothing to do.

    Raises WrongUse where no authority is set, Unavailable, BadInput and Conflict as it answers.
    """
    url, roots = environment.timestamp_url, environment.timestamp_roots
    if not url or roots is None:
        remedy = "Set TUTELA_TIMESTAMP_URL and TUTELA_TIMESTAMP_ROOTS (docs/ledger.md)."
        raise WrongUse("no time-stamping authority is set.", remedy=remedy)
    try:
        authorities = timestamp.Authorities.parse(roots.read_bytes())
    except OSError as error:
        raise WrongUse(f"the file cannot be read: {error.strerror}.", where=str(roots)) from error
    with exclusive_or_skip(environment.home / "stamping.lock") as held:
        signed = queries.checkpoint()
        if not held or signed is None or not _is_due(signed, every):
            return None
        asked, nonce = timestamp.request(signed)
        sent = Posted(asked, "application/timestamp-query")
        token = post(url, sent, maximum_bytes=timestamp.LARGEST, timeout=_SECONDS)
        seen = authorities.saw(token, signed, nonce=nonce)
        size = actions.take_stamp(data=signed, token=token, seen=seen, time=timezone.now(), by=by, basis=basis)
    return Done(size, seen.time, seen.by)


def stamp_or_tell(*, environment: Environment, by: Actor, basis: Basis) -> int:
    """The same as a part of the periodic work, whose other parts go on where the authority does not answer."""
    if not environment.timestamp_url:
        return 0
    try:
        done = stamp(environment=environment, every=timedelta(hours=environment.timestamp_hours), by=by, basis=basis)
    except TutelaError as error:
        log.warning("the ledger was not time-stamped", said=str(error))
        return 0
    return int(done is not None)


def _is_due(signed: bytes, every: timedelta) -> bool:
    """Whether there is more than the entry about the last stamp, and that one is old enough."""
    last, key = queries.last_stamp(), queries.verifier()
    if last is None or key is None:
        return True
    size, when = last
    return open_checkpoint(signed, key).size > size + 1 and timezone.now() - when >= every
