"""What is done with correspondence: a mail is taken in, a person says what it answers, or that it answers nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from tutela.apps.constituency import actions as constituency
from tutela.apps.constituency.queries import asked_with, contact_organisation
from tutela.apps.correspondence.models import File, Message
from tutela.apps.correspondence.queries import messages_for
from tutela.apps.incidents.queries import ATTACHMENTS, incident_by
from tutela.apps.ledger import actions as ledger
from tutela.apps.notices import actions as notices
from tutela.apps.notices.queries import answered_notice, notices_for
from tutela.core.errors import Conflict, WrongUse
from tutela.core.notices import answers
from tutela.core.notices.answers import Kind
from tutela.core.rights import Right
from tutela.lake.archive import Archive
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.apps.notices.models import Notice
    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.ledger.entry import Detail
    from tutela.core.notices.answers import Letter
    from tutela.core.notices.bounces import Delivery


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that was taken in; ``is_new``: it was not here before."""

    message: Message
    is_new: bool


@transaction.atomic
def receive(*, content: bytes, now: datetime, by: Actor, basis: Basis) -> Received:
    """Take a mail in, once however often it comes, into the thread of the notice that it answers.

    What answers no notice waits for a person. Nothing in a mail changes a finding: only that a notice came back, and
    that a mailbox works or does not, is taken from it. Raises BadInput for what cannot be read.
    """
    digest = hashlib.sha256(content).hexdigest()
    known = Message.objects.filter(content=digest).first()
    if known is not None:
        return Received(known, is_new=False)
    letter = answers.read(content)
    archive = Archive(settings.TUTELA.home, ATTACHMENTS)
    archive.keep(BytesIO(content), "mail.eml")
    message = _message(letter, digest, len(content), now)
    notice, is_signed = answered_notice(letter.tokens, letter.answered)
    told = None
    if notice is not None:
        _answers(message, notice, Message.Proof.TOKEN if is_signed else Message.Proof.NUMBER)
        told = _told_of(letter, notice)
        message.status, message.said = (told.status, told.said) if told else ("", "")
    elif letter.kind is Kind.BOUNCE and _of_a_question(letter, now, by, basis):
        message.set_aside = now  # what follows from it is known; there is nothing to assign
    message.save(force_insert=True)
    for name, data in letter.files:
        kept = archive.keep(BytesIO(data), name)
        File.objects.create(message=message, name=name, size=kept.size, content=kept.content)
    _record("correspondence.receive", message, now, by, basis, files=len(letter.files))
    if notice is not None:
        _settle(message, notice, told, now, by, basis)
    return Received(message, is_new=True)


def _message(letter: Letter, digest: str, size: int, now: datetime) -> Message:
    return Message(
        content=digest,
        size=size,
        message_id=letter.message_id,
        received=now,
        kind=letter.kind.value,
        sender=letter.sender,
        subject=letter.subject,
        text=letter.text,
        is_cut=letter.is_cut,
        lack=letter.lack.value,
        left=list(letter.left),
    )


def _answers(message: Message, notice: Notice, proof: Message.Proof) -> None:
    """It is an answer to a notice, in the thread with the organisation whose contact was told."""
    message.notice = notice.pk
    message.thread = Message.Thread.ORGANISATION
    message.proof = proof
    message.organisation = contact_organisation(notice.organisation, notice.recipient)
    message.is_from_recipient = message.sender.lower() == notice.recipient.lower()


def _told_of(letter: Letter, notice: Notice) -> Delivery | None:
    """What a mail server says of the delivery to who was told; else of whom it passed the notice on to."""
    ours = (one for one in letter.deliveries if one.recipient.lower() == notice.recipient.lower())
    return next(ours, letter.deliveries[0] if letter.deliveries else None)


def _of_a_question(letter: Letter, now: datetime, by: Actor, basis: Basis) -> bool:
    """Whether the question came back that was put to a contact; that counts against the address as with a notice."""
    mailbox = asked_with(letter.answered)
    if mailbox is None:
        return False
    told = next((one for one in letter.deliveries if one.recipient.lower() == mailbox.address), None)
    if told is not None and told.is_permanent:
        constituency.note_unreachable(address=mailbox.address, said=told.told, now=now, by=by, basis=basis)
    return True


def _settle(message: Message, notice: Notice, told: Delivery | None, now: datetime, by: Actor, basis: Basis) -> None:
    """What follows for the notice, and for the mailbox of who was told.

    Where somebody behind the mailbox is not reached (a list, a forwarding), the mailbox itself is not at fault.
    """
    if told is not None and told.recipient.lower() == notice.recipient.lower() and message.kind == Kind.BOUNCE.value:
        if told.is_permanent:
            notices.note_bounce(notice=notice.pk, said=told.told, now=now, by=by, basis=basis)
            constituency.note_unreachable(address=notice.recipient, said=told.told, now=now, by=by, basis=basis)
    elif notice.sent is not None and (
        message.kind == Kind.DELIVERY.value or (message.kind == Kind.REPLY.value and message.is_verified)
    ):
        constituency.note_reachable(address=notice.recipient, since=notice.sent, now=now, by=by, basis=basis)


@transaction.atomic
def assign(
    *,
    message: UUID,
    answered: UUID,
    thread: Message.Thread,
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Message:
    """Say what a message answers: a notice or an incident that the viewer may see. Raises NotAllowed, WrongUse."""
    found = _waiting(message, viewer)
    notice = notices_for(viewer).filter(pk=answered).first()
    incident = None if notice is not None else incident_by(answered, viewer)
    if notice is not None:
        _answers(found, notice, Message.Proof.PERSON)
    elif incident is not None and thread is not Message.Thread.ORGANISATION:
        found.incident, found.proof = incident.pk, Message.Proof.PERSON
    else:
        what = "there is no such notice" if incident is None else "with an organisation one speaks about a notice"
        raise WrongUse(f"{what}.", where=str(answered), remedy="Give the id at the end of its address.")
    found.thread, found.set_aside = thread, None
    found.save()
    _record("correspondence.assign", found, now, by, basis)
    return found


@transaction.atomic
def set_aside(*, messages: Sequence[UUID], viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> int:
    """Say that messages that wait answer nothing; says how many. They can be assigned later. Raises NotAllowed."""
    allow(viewer, Right.CHANGE_CORRESPONDENCE)
    found = list(
        messages_for(viewer)
        .filter(pk__in=messages, notice__isnull=True, incident__isnull=True, set_aside__isnull=True)
        .select_for_update()
    )
    for one in found:
        one.set_aside = now
        one.save(update_fields=["set_aside"])
        _record("correspondence.set-aside", one, now, by, basis)
    return len(found)


def _waiting(message: UUID, viewer: Viewer) -> Message:
    """A message that is not assigned yet; raises NotAllowed, Conflict."""
    allow(viewer, Right.CHANGE_CORRESPONDENCE)
    found = messages_for(viewer).filter(pk=message).select_for_update().first()
    if found is None or found.is_assigned:
        raise Conflict("there is no such message that waits.", remedy="Look at the list again.")
    return found


def _record(action: str, message: Message, now: datetime, by: Actor, basis: Basis, **more: Detail) -> None:
    """One entry: which bytes, and what they answer; never who wrote or what, for that is of a person."""
    answered = {"notice": message.notice, "incident": message.incident}
    ledger.record(
        action=action,
        object_type="mail",
        object_hash=message.content,
        details={
            "kind": message.kind,
            **({"thread": message.thread} if message.thread else {}),
            **{name: identifier.hex for name, identifier in answered.items() if identifier is not None},
            **more,
        },
        by=by,
        basis=basis,
        time=now,
    )
