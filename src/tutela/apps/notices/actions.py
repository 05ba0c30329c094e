"""What is done with notices: they are composed, sent, tried again and answered."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from tutela.apps.findings import actions as findings
from tutela.apps.findings import queries as known
from tutela.apps.ledger import actions as ledger
from tutela.apps.notices import files, planning
from tutela.apps.notices.enclosure import as_csv
from tutela.apps.notices.keys import Keys
from tutela.apps.notices.mailing import Deferred, Post, Refused, outgoing
from tutela.apps.notices.models import Notice, Told
from tutela.apps.notices.queries import ANSWERS, answer_token, findings_of, notices_for, receipt_of
from tutela.apps.notices.sealing import Unusable
from tutela.core.actor import Viewer
from tutela.core.errors import Conflict, TutelaError
from tutela.core.notices import letter
from tutela.core.notices.letter import Line
from tutela.core.notices.proof import hashes
from tutela.core.notices.texts import best
from tutela.core.rights import Right, Role
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from ssl import SSLContext
    from uuid import UUID

    from tutela.apps.constituency.queries import Reach
    from tutela.apps.findings.actions import Done
    from tutela.apps.notices.planning import Group, Waiting
    from tutela.apps.notices.sealing import Sealed
    from tutela.core.actor import Actor, Basis
    from tutela.core.findings.life import Act
    from tutela.core.ledger.entry import Detail

_MOST_FINDINGS: Final = 2_000
"""Findings in one notice: more go in further ones, so that no mail is too large to be taken."""

_LEASE: Final = timedelta(minutes=10)
_MOST_ATTEMPTS: Final = 12
_STUCK: Final = (Notice.State.FAILED, Notice.State.HELD)
_LOOK_AGAIN: Final = timedelta(minutes=10)
"""How often a notice is looked at that cannot be encrypted."""

ANSWER_WITHIN: Final = timedelta(days=60)
"""How long the links of a notice are good for."""


@dataclass(frozen=True, slots=True)
class Composed:
    """How many notices were written, about how many findings."""

    notices: int
    findings: int


def compose(*, home: Path, url: str, now: datetime, by: Actor, basis: Basis) -> Composed:
    """Write the notices that are due, each organisation in a transaction of its own; sending is another step.

    A finding stands in one notice for each time it opens: two who compose at once never tell it twice.
    """
    notices = told = 0
    for reach, groups in planning.plan(files.rules_of(home), now):
        due = [group for group in groups if group.contact is not None and group.due is not None and group.due <= now]
        if not due:
            continue
        try:
            written = _write(reach, due, url, now, by, basis)
        except IntegrityError:  # another process is at the same organisation
            continue
        notices += len(written)
        told += sum(one.findings for one in written)
    return Composed(notices, told)


@transaction.atomic
def _write(reach: Reach, groups: Sequence[Group], url: str, now: datetime, by: Actor, basis: Basis) -> list[Notice]:
    """The notices to one organisation, with the findings that they speak of and an entry in the ledger for each."""
    written = []
    for group in groups:
        waiting = iter(group.findings)
        while part := list(islice(waiting, _MOST_FINDINGS)):
            notice = _notice(reach, group, part, url, now)
            notice.save(force_insert=True)
            Told.objects.bulk_create(
                [Told(notice=notice, finding=one.id, opened=one.opened) for one in part], batch_size=1_000
            )
            written.append(notice)
    acts = [_act("notices.compose", one, **hashes(one.body, one.rows)) for one in written]
    entries = ledger.record_many(acts, by=by, basis=basis, time=now)
    for one, entry in zip(written, entries, strict=True):
        one.entry = entry
        one.save(update_fields=["entry"])
    return written


def _notice(reach: Reach, group: Group, part: Sequence[Waiting], url: str, now: datetime) -> Notice:
    contact, rule = group.contact, group.choice.rule
    if contact is None or rule is None:
        raise Conflict("a notice needs a rule and a contact.")
    texts = best(files.languages(), contact.language, reach.organisation.language)
    notice = Notice(
        organisation=group.organisation,
        recipient=contact.email,
        contact=contact.name,
        role=contact.role,
        language=texts.language,
        rule=rule.name,
        because=group.because,
        answers=rule.answers,
        findings=len(part),
        rows=as_csv(part),
        created=now,
        next_try=now,
    )
    said = letter.write(
        lines=[_line(one) for one in part],
        organisation=reach.organisation.name(texts.language),
        contact=contact.name,
        links=_links(notice, url),
        texts=texts,
        now=now,
    )
    notice.subject, notice.body, notice.tlp, notice.deadline = said.subject, said.body, said.tlp, said.deadline
    return notice


def _line(one: Waiting) -> Line:
    what = " · ".join(dict.fromkeys(filter(None, (one.identifier, one.malware))))
    return Line(one.type, one.severity, one.asset, what, one.first_seen, one.last_seen, one.tlp)


def _links(notice: Notice, url: str) -> dict[str, str]:
    """Addresses in a notice; those that answer it get their secret part when it is sent."""
    links = {"console": url + reverse("notice", args=[notice.pk])}
    if notice.answers == "link":
        links |= {act.value: url + _place(act.value) for act in ANSWERS}
    return links


def _with_secrets(notice: Notice) -> str:
    """The text as it goes out: only its reader can answer it, not whoever reads the notice in the console."""
    body = notice.body
    for act in ANSWERS if notice.answers == "link" else ():
        body = body.replace(_place(act.value), _place(answer_token(notice.pk, act)))
    return body


def _place(token: str) -> str:
    return reverse("answer-notice", args=[token])


@dataclass(slots=True)
class Sent:
    """What became of the notices that were due."""

    sent: int = 0
    withdrawn: int = 0
    deferred: int = 0
    failed: int = 0
    held: int = 0


def send(
    *,
    smtp: str,
    sender: str,
    per_minute: int,
    by: Actor,
    basis: Basis,
    keys: Keys | None = None,
    context: SSLContext | None = None,
) -> Sent:
    """Send what is due, one after the other, no faster than ``per_minute``; several processes may be at it.

    Each is leased, given to the mail server and written down by itself. Killed before the server is given the text, it
    is simply sent by whoever comes next. Killed while the server has it, nobody can know whether it was taken: it is
    sent again with the same Message-ID, by which mailboxes tell doubles, and marked. One of whose findings something
    became meanwhile is withdrawn, and what is left of it is told anew with the next round. Raises Unavailable where no
    mail server can be reached; everything waits then. ``keys``: what they are signed with (none: unsigned).
    """
    done = Sent()
    with Post(smtp, context=context) as post:
        for notice in _leased():
            begun = time.monotonic()
            _send_one(notice, post, sender, keys or Keys(), done, by, basis)
            time.sleep(max(0.0, 60.0 / per_minute - (time.monotonic() - begun)))
    return done


def _send_one(notice: Notice, post: Post, sender: str, keys: Keys, done: Sent, by: Actor, basis: Basis) -> None:
    if notice.state != Notice.State.HANDING and not notice.doubtful and _is_out_of_date(notice):
        _withdraw(notice, by, basis)
        done.withdrawn += 1
        return
    try:
        sealed = outgoing(notice, _with_secrets(notice), receipt_of(notice), sender, keys, timezone.now())
        post.deliver(sealed, lambda: _handing(notice))
    except Unusable as why:
        _hold(notice, str(why), by, basis)
        done.held += 1
    except TutelaError:  # no mail goes out at all now: its turn comes again
        Notice.objects.filter(pk=notice.pk).update(leased_until=None, attempts=F("attempts") - 1)
        raise
    except Refused as refusal:
        _fail(notice, str(refusal), by, basis)
        done.failed += 1
    except Deferred as why:
        done.failed += int(_defer(notice, why, by, basis))
        done.deferred += 1
    else:
        _mark_sent(notice, sealed, by, basis)
        done.sent += 1


def _leased() -> Iterator[Notice]:
    """Notices that are due, each leased to this process alone before it comes."""
    while True:
        now = timezone.now()
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
        due = Notice.objects.filter(free, next_try__lte=now).order_by("next_try")
        found = list(due.values_list("pk", flat=True)[:100])
        if not found:
            return
        for key in found:
            now = timezone.now()
            if due.filter(pk=key).update(leased_until=now + _LEASE, attempts=F("attempts") + 1):
                notice = Notice.objects.get(pk=key)
                if notice.state == Notice.State.HANDING:  # whoever had it died with the text on its way
                    notice.doubtful = True
                yield notice


def _is_out_of_date(notice: Notice) -> bool:
    """Whether something became of one of its findings since it was written: nobody is told what is not so any more."""
    ids = findings_of(notice)
    return known.untold_among(ids) < len(ids)


@transaction.atomic
def _withdraw(notice: Notice, by: Actor, basis: Basis) -> None:
    """It never goes out. What is still to be told of its findings is free for another one."""
    now = timezone.now()
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.WITHDRAWN, next_try=None, leased_until=None)
    Told.objects.filter(notice=notice).delete()
    _record("notices.withdraw", notice, now, by, basis)


@transaction.atomic
def _hold(notice: Notice, why: str, by: Actor, basis: Basis) -> None:
    """It waits until a certificate of its recipient can be used, or somebody lets it go out in clear; no try counts."""
    now = timezone.now()
    Notice.objects.filter(pk=notice.pk).update(
        state=Notice.State.HELD,
        doubtful=notice.doubtful,
        next_try=now + _LOOK_AGAIN,
        leased_until=None,
        attempts=F("attempts") - 1,
        error=why[:2_000],
    )
    if notice.state != Notice.State.HELD:
        _record("notices.hold", notice, now, by, basis)


@transaction.atomic
def send_in_clear(*, notices: Sequence[UUID], viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> int:
    """Let held notices go out unencrypted with the next round; says how many. Raises NotAllowed."""
    allow(viewer, Right.SEND_IN_CLEAR)
    visible = notices_for(viewer).filter(pk__in=notices, state=Notice.State.HELD)
    found = list(visible.select_for_update())
    for notice in found:
        Notice.objects.filter(pk=notice.pk).update(in_clear=True, state=Notice.State.QUEUED, next_try=now, error="")
        _record("notices.send-in-clear", notice, now, by, basis)
    return len(found)


def _handing(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.HANDING, doubtful=notice.doubtful)


@transaction.atomic
def _mark_sent(notice: Notice, sealed: Sealed, by: Actor, basis: Basis) -> None:
    """It is out, and its findings are told: together, or neither."""
    now = timezone.now()
    Notice.objects.filter(pk=notice.pk).update(
        state=Notice.State.SENT,
        sent=now,
        next_try=None,
        leased_until=None,
        error="",
        signed_by=sealed.signed_by,
        encrypted_to=" ".join(sealed.encrypted_to),
    )
    findings.tell(findings=findings_of(notice), notice=notice.pk, now=now, by=by, basis=basis)
    how = {"signed_by": sealed.signed_by or None, "encrypted_to": list(sealed.encrypted_to)}
    _record("notices.send", notice, now, by, basis, mail=hashlib.sha256(sealed.data).hexdigest(), **how)


def _defer(notice: Notice, why: Deferred, by: Actor, basis: Basis) -> bool:
    """Try again later, each time after twice as long; says whether it was given up."""
    if notice.attempts >= _MOST_ATTEMPTS:
        _fail(notice, f"given up after {notice.attempts} tries: {why}", by, basis)
        return True
    wait = timedelta(minutes=min(2**notice.attempts, 12 * 60))
    Notice.objects.filter(pk=notice.pk).update(
        state=Notice.State.HANDING if why.was_handing else Notice.State.QUEUED,
        next_try=timezone.now() + wait,
        leased_until=None,
        error=str(why),
    )
    return False


@transaction.atomic
def _fail(notice: Notice, said: str, by: Actor, basis: Basis) -> None:
    """It will not go out: the mail server said so, or did not take it for too long. Its findings stay untold."""
    now = timezone.now()
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.FAILED, next_try=None, leased_until=None, error=said)
    _record("notices.fail", notice, now, by, basis)


@transaction.atomic
def renew(*, notices: Sequence[UUID], by: Actor, basis: Basis) -> int:
    """Let failed and held notices be written anew next time, to the contacts of then; says how many."""
    found = list(Notice.objects.filter(pk__in=notices, state__in=_STUCK).select_for_update())
    for notice in found:
        _withdraw(notice, by, basis)
    return len(found)


@transaction.atomic
def answer(*, notice: Notice, act: Act, now: datetime, basis: Basis, by: Actor) -> Done:
    """Take the step that a link of the notice is good for, with all its findings that can; raises Conflict for none."""
    viewer = Viewer(by, organisations=(notice.organisation,), role=Role.CONTACT)
    done = findings.perform(act=act, findings=findings_of(notice), viewer=viewer, now=now, by=by, basis=basis)
    Notice.objects.filter(pk=notice.pk).update(answered=now)
    return done


def _record(action: str, notice: Notice, now: datetime, by: Actor, basis: Basis, **more: Detail) -> None:
    ledger.record_many([_act(action, notice, **more)], by=by, basis=basis, time=now)


def _act(action: str, notice: Notice, **more: Detail) -> ledger.Act:
    """What an entry says: a hash of what was told, never to whom, for an address is of a person."""
    content = f"{notice.pk.hex}\n{notice.subject}\n{notice.body}\n{notice.rows}"
    hashed = hashlib.sha256(content.encode()).hexdigest()
    return ledger.Act(action, "notice", hashed, {"notice": notice.pk.hex, "findings": notice.findings, **more})
