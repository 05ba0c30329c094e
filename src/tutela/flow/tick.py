"""The periodic work: what a crash left behind, what is due to be fetched and told, and the figures of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from tutela.apps.findings import actions as findings
from tutela.apps.notices import actions as notices
from tutela.apps.notices.actions import Sent
from tutela.apps.notices.queries import own_keys
from tutela.apps.people import actions as people
from tutela.apps.situation import actions as situation
from tutela.core.actor import SYSTEM
from tutela.engine.pool import Pool
from tutela.flow.collect import collect_due
from tutela.flow.ingest import take_over
from tutela.flow.locks import exclusive_or_skip

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis


def tick(*, environment: Environment, now: datetime, by: Actor, basis: Basis) -> dict[str, int]:
    """One round; another process that is at it does it alone. Says how much was done of each kind."""
    with exclusive_or_skip(environment.home / "tick.lock") as held:
        if not held:
            return dict.fromkeys(("loads", "expired", "collected", "notices", "sent", "measures"), 0)
        with Pool(environment.worker_count) as pool:
            loads = take_over(environment=environment, pool=pool, now=now, by=by, basis=basis)
        expired = findings.expire(now=now, by=SYSTEM, basis=basis)
        measures = situation.measure(now=now, by=by, basis=basis)
        people.forget_answers(now=now)
        _count()
        composed = notices.compose(home=environment.home, url=environment.url, now=now, by=by, basis=basis)
    # sources and the mail server may be slow: meanwhile another process can begin its round, for each collector and
    # each notice is leased to one
    collected = collect_due(environment=environment, by=by, basis=basis)
    sent = send(environment=environment, by=by, basis=basis)
    return {
        "loads": loads,
        "expired": expired,
        "collected": collected.new,
        "notices": composed.notices,
        "sent": sent.sent,
        "measures": measures,
    }


def _count() -> None:
    """Let SQLite count what is in its tables, a sample of each, for by that it plans; PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def send(*, environment: Environment, by: Actor, basis: Basis) -> Sent:
    """Send the notices that are due, where a mail server is set.

    Raises Unavailable where it cannot be reached, WrongUse where a key that is set cannot sign.
    """
    if not environment.smtp:
        return Sent()
    return notices.send(
        smtp=environment.smtp,
        sender=environment.mail_from,
        per_minute=environment.mails_per_minute,
        keys=own_keys(environment.openpgp_key, environment.smime_key, timezone.now()),
        by=by,
        basis=basis,
    )
