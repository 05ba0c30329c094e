"""Contacts are asked now and then whether they are still the right ones: a mail with a link, once to each address."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from django.urls import reverse
from django.utils import timezone

from tutela.apps.constituency import actions as constituency
from tutela.apps.constituency.queries import CONFIRM_WITHIN, certificates_for, confirm_token, to_ask
from tutela.apps.notices import files
from tutela.apps.notices.mailing import Deferred, Post, Refused, Sender, question
from tutela.apps.notices.sealing import Unusable, seal
from tutela.core.notices import letter
from tutela.core.notices.texts import best

if TYPE_CHECKING:
    from datetime import timedelta

    from tutela.apps.constituency.queries import Question
    from tutela.apps.notices.keys import Keys
    from tutela.apps.notices.sealing import Sealed
    from tutela.core.actor import Actor, Basis

_MOST: Final = 100
"""Addresses in one round; the others are asked in the next one."""

_NO_SUCH_ADDRESS: Final = re.compile(r"\b5\.1\.\d")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks by one mail server, in one name. ``url``: what links begin with; ``pause``: seconds between two mails."""

    post: Post
    sender: Sender
    keys: Keys
    url: str
    pause: float

    def ask(self, every: timedelta, by: Actor, basis: Basis) -> int:
        """Ask all whose turn it is; says how many took it. Raises Unavailable and WrongUse as sending does.

        That somebody was asked is written down when the mail server has the mail: killed in between, they are asked
        again by the same Message-ID.
        """
        asked = 0
        for one in to_ask(timezone.now(), every, _MOST):
            try:
                self.post.deliver(self._sealed(one), lambda: None)
            except (Deferred, Unusable) as why:  # its turn comes again
                log.warning("a contact could not be asked", asking=str(one.asking), said=str(why))
                continue
            except Refused as refusal:
                _refused(one, str(refusal), by, basis)
            else:
                asked += 1
            constituency.note_asked(address=one.address, asking=one.asking, now=timezone.now(), by=by, basis=basis)
            time.sleep(self.pause)
        return asked

    def _sealed(self, one: Question) -> Sealed:
        """The mail, encrypted as notices are; raises Unusable where it has certificates and none can be used."""
        now = timezone.now()
        texts = best(files.languages(), *(c.language for c in one.contacts), one.contacts[0].organisation.language)
        said = letter.ask(
            organisations=[(c.organisation.name(texts.language), c.role) for c in one.contacts],
            link=self.url + reverse("confirm-contact", args=[confirm_token(one.asking)]),
            days=CONFIRM_WITHIN.days,
            texts=texts,
        )
        known = certificates_for(one.address, now)
        usable = [certificate for certificate in known if not certificate.fault(now)]
        if known and not usable:
            raise Unusable("none of the certificates of the address can be used now")
        return seal(question(one.asking, one.address, said, self.sender, now), usable, self.keys, "A question")


def _refused(one: Question, said: str, by: Actor, basis: Basis) -> None:
    """Only what is said of the address counts against it: a server that dislikes the mail may dislike all of them."""
    log.warning("a contact could not be asked", asking=str(one.asking), said=said)
    if _NO_SUCH_ADDRESS.search(said):
        constituency.note_unreachable(address=one.address, said=said, now=timezone.now(), by=by, basis=basis)
