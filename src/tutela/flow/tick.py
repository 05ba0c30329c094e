"""The periodic work: what a crash left behind, what is due to be fetched and told, and the figures of the day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

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
from tutela.flow.answers import take_answers_or_tell
from tutela.flow.collect import collect_due
from tutela.flow.ingest import take_over
from tutela.flow.locks import exclusive_or_skip
from tutela.flow.stamp import stamp_or_tell

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis


KINDS: Final = (
    "loads",
    "expired",
    "collected",
    "notices",
    "sent",
    "answers",
    "asked",
    "reminded",
    "stamped",
    "measures",
)


def tick(*, environment: Environment, now: datetime, by: Actor, basis: Basis) -> dict[str, int]:
    """One round; another process that is at it does it alone. Says how much was done of each kind."""
    ground: dict[str, Any] = {"by": by, "basis": basis}
    done = dict.fromkeys(KINDS, 0)
    with exclusive_or_skip(environment.home / "tick.lock") as held:
        if not held:
            return done
        with Pool(environment.worker_count) as pool:
            done["loads"] = take_over(environment=environment, pool=pool, now=now, **ground)
        done["expired"] = findings.expire(now=now, by=SYSTEM, basis=basis)
        done["measures"] = situation.measure(now=now, **ground)
        people.forget_answers(now=now)
        _count()
        done["notices"] = notices.compose(home=environment.home, url=environment.url, now=now, **ground).notices
    # sources and the mail server may be slow: meanwhile another process can begin its round, for each collector and
    # each notice is leased to one
    done["collected"] = collect_due(environment=environment, **ground).new
    done["answers"] = take_answers_or_tell(environment=environment, **ground).kept
    done["sent"] = send(environment=environment, **ground).sent
    done["asked"] = ask_contacts(environment=environment, **ground)
    done["reminded"] = remind(environment=environment, **ground)
    done["stamped"] = stamp_or_tell(environment=environment, **ground)
    return done


def _count() -> None:
    """Let SQLite count what is in its tables, a sample of each, for by that it plans; PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def ask_contacts(*, environment: Environment, by: Actor, basis: Basis) -> int:
    """Ask contacts whose turn it is whether they are still right, where a mail server is set; raises as `send`."""
    if not environment.smtp or not environment.ask_contacts_days:
        return 0
    with exclusive_or_skip(environment.home / "asking.lock") as held:
        if not held:
            return 0
        return notices.ask_contacts(
            smtp=environment.smtp,
            sender=environment.mail_from,
            reply_to=environment.reply_to,
            per_minute=environment.mails_per_minute,
            url=environment.url,
            every=timedelta(days=environment.ask_contacts_days),
            keys=own_keys(environment.openpgp_key, environment.smime_key, timezone.now()),
            by=by,
            basis=basis,
        )


def remind(*, environment: Environment, by: Actor, basis: Basis) -> int:
    """Remind people of reports that are due by law, where a mail server is set; raises as `send`."""
    if not environment.smtp:
        return 0
    with exclusive_or_skip(environment.home / "reminding.lock") as held:
        if not held:
            return 0
        return notices.remind(
            smtp=environment.smtp,
            sender=environment.mail_from,
            reply_to=environment.reply_to,
            per_minute=environment.mails_per_minute,
            url=environment.url,
            now=timezone.now(),
            keys=own_keys(environment.openpgp_key, environment.smime_key, timezone.now()),
            by=by,
            basis=basis,
        )


def send(*, environment: Environment, by: Actor, basis: Basis) -> Sent:
    """Send the notices that are due, where a mail server is set.

    Raises Unavailable where it cannot be reached, WrongUse where a key that is set cannot sign.
    """
    if not environment.smtp:
        return Sent()
    return notices.send(
        smtp=environment.smtp,
        sender=environment.mail_from,
        reply_to=environment.reply_to,
        per_minute=environment.mails_per_minute,
        keys=own_keys(environment.openpgp_key, environment.smime_key, timezone.now()),
        by=by,
        basis=basis,
    )
