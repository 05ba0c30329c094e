"""People are reminded by mail of the reports whose time limit is near, or over."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tutela.apps.law.queries import title_of
from tutela.apps.notices.mailing import Deferred, Post, Refused, Sender, question
from tutela.apps.notices.sealing import seal
from tutela.apps.obligations import actions as obligations
from tutela.apps.obligations.queries import in_its_zone, to_remind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.apps.notices.keys import Keys
    from tutela.apps.obligations.models import Obligation
    from tutela.apps.people.models import User
    from tutela.core.actor import Actor, Basis

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Reminds by one mail server, in one name. ``url``: what links begin with; ``pause``: seconds between two mails."""

    post: Post
    sender: Sender
    keys: Keys
    url: str
    pause: float

    def remind(self, now: datetime, by: Actor, basis: Basis) -> int:
        """One mail to each person about all that is near; says how many took it. Raises as sending does.

        That a report was told of is written down once somebody's mail server has the mail: killed in between, they are
        reminded again; where nobody could be told, with the next round.
        """
        told: set[UUID] = set()
        sent = 0
        for person, reports in to_remind(now).items():
            try:
                mail = question(uuid4(), person.email, written(person, reports, self.url, now), self.sender, now)
                self.post.deliver(seal(mail, (), self.keys, ""), lambda: None)
            except (Deferred, Refused) as why:
                log.warning("a person could not be reminded", said=str(why))
                continue
            sent += 1
            told |= {one.pk for one in reports}
            time.sleep(self.pause)
        if told:
            obligations.note_reminded(obligations=told, now=timezone.now(), by=by, basis=basis)
        return sent


def written(person: User, reports: Sequence[Obligation], url: str, now: datetime) -> tuple[str, str]:
    """Subject and text, in the language of the reader; of an incident no more than its reference."""
    with translation.override(person.language or "en"):
        over = sum(one.due is not None and one.due < now for one in reports)
        subject = ngettext("%(count)s report is due", "%(count)s reports are due", len(reports)) % {
            "count": len(reports)
        }
        if over:
            subject += " " + _("(%(count)s overdue)") % {"count": over}
        lines = [_("These reports must be handed in by law, or were to be:"), ""]
        for one in reports:
            what = f"{title_of(one.regime, one.stage)}, {one.citation}"
            whose = f"{getattr(one, 'organisation_name', one.organisation)}, {getattr(one, 'reference', '')}"
            lines += [
                f"* {in_its_zone(one)}",
                f"  {what}",
                f"  {whose}",
                f"  {url}{reverse('obligation', args=[one.pk])}",
                "",
            ]
        lines.append(
            _("Whoever has handed one in writes that down on its page; then nobody is reminded of it any more.")
        )
        return subject, "\n".join(lines) + "\n"
