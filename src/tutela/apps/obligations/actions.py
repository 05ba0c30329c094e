"""What is done about obligations. Nothing starts, moves or ends but by a person, each with an entry in the ledger."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.incidents import actions as incidents
from tutela.apps.incidents.queries import incident_by
from tutela.apps.law import actions as law
from tutela.apps.law.queries import title_of
from tutela.apps.ledger import actions as ledger
from tutela.apps.obligations.models import END_OF_TIME, Draft, Obligation
from tutela.apps.obligations.queries import assess, content_of, in_its_zone, in_zone, must_be_approved, obligations_for
from tutela.core.errors import Conflict, NotAllowed, WrongUse
from tutela.core.incidents.case import Act
from tutela.core.law.stating import INCIDENT, MOMENT
from tutela.core.rights import Right
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.law.row import Row
    from tutela.core.ledger.entry import Detail

LONGEST: Final = 20_000
_MOST_DRAFTS: Final = 1_000
_SOON: Final = timedelta(minutes=5)
"""So far a clock of whoever writes may go before ours."""


@transaction.atomic
def answer(  # noqa: PLR0913 - facts, on what they rest, and who states them
    *,
    incident: UUID,
    organisation: str,
    facts: Mapping[str, str],
    evidence: str,
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> int:
    """State what was asked, of the organisation and of the incident; all of it or none. Says how much was stated.

    Raises WrongUse, NotAllowed, Conflict.
    """
    ground: dict[str, Any] = {"viewer": viewer, "now": now, "by": by, "basis": basis}
    of_incident = {name: text for name, text in facts.items() if name.startswith((INCIDENT, MOMENT))}
    for name, text in of_incident.items():
        incidents.state_fact(
            incident=incident, name=name, text=text, evidence=evidence, organisation=organisation, **ground
        )
    others = {name: text for name, text in facts.items() if name not in of_incident}
    if others:
        law.state(organisation=organisation, facts=others, evidence=evidence, **ground)
    return len(facts)


@transaction.atomic
def start(  # noqa: PLR0913 - which stage of which law for whom
    *,
    incident: UUID,
    organisation: str,
    regime: str,
    stage: str,
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Obligation:
    """Say that a report is owed, and let its clock run as the law has it by what is known now.

    Raises Conflict where the law does not ask for it by what is known, where it rests on what nobody has read in the
    law, or where its clock runs already.
    """
    allow(viewer, Right.SET_CLOCKS)
    row = _row(incident, organisation, regime, stage, viewer, now)
    obligation = Obligation(
        incident=incident,
        organisation=organisation,
        regime=regime,
        stage=stage,
        duty=row.duty,
        started=now,
        started_by=by.name,
        **_said(row),
    )
    try:
        with transaction.atomic():
            obligation.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("its clock runs already.", where=f"{regime} {stage}") from error
    _tell(obligation, Act.START_CLOCK, viewer, now, by)
    _record("obligations.start", obligation, by, basis, now)
    return obligation


def _row(incident: UUID, organisation: str, regime: str, stage: str, viewer: Viewer, now: datetime) -> Row:
    """The answer of the law as it is now, fit for a clock; raises Conflict where it is not."""
    found = incident_by(incident, viewer)
    whose = organisations_for(viewer).filter(global_id=organisation).first()
    if found is None or whose is None:
        raise Conflict("there is no such incident, or no such organisation.")
    where = f"{regime} {stage}"[:200]
    assessment = assess(found, whose, viewer, now)
    if assessment.faults:
        raise Conflict(f"it cannot be said: {assessment.faults[0]}", where=where, remedy="Put the facts right first.")
    row = assessment.row(regime, stage)
    if row is None or not row.applies:
        told = "by what is known the law does not ask for it."
        raise Conflict(told, where=where, remedy="Answer the questions first.")
    doubts = assessment.links[regime, stage]
    if doubts:
        told = f"nobody has read in the law: {', '.join(f'{one.part} ({one.citation})' for one in doubts)}."
        raise Conflict(told, where=where, remedy="A legal officer confirms it on the page of the law.")
    return row


def _said(row: Row) -> dict[str, Any]:
    zone = str(row.due.tzinfo) if row.due is not None else ""
    told = row.as_dict()
    return {
        "version": next(step["version"] for step in told["because"] if step["step"] == "rule"),
        "mode": row.mode,
        "due": row.due,
        "turn": row.due or END_OF_TIME,
        "zone": zone,
        "waits_for": row.waits_for or "",
        "recipient": row.recipient,
        "content": told["content"],
        "citation": row.citation,
        "confidence": str(row.confidence),
        "because": told["because"],
    }


@transaction.atomic
def set_anew(*, obligation: UUID, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Obligation:
    """Let its clock run as the law has it by what is known now; what it was stays in the timeline. Raises Conflict."""
    found = _taken(obligation, Right.SET_CLOCKS, viewer)
    before = found.due
    row = _row(found.incident, found.organisation, found.regime, found.stage, viewer, now)
    for name, value in _said(row).items():
        setattr(found, name, value)
    if found.due == before:
        raise Conflict("its clock runs so already.", where=f"{found.regime} {found.stage}")
    found.warned = None
    found.save()
    _tell(found, Act.SET_CLOCK, viewer, now, by, before=before)
    _record("obligations.set", found, by, basis, now)
    return found


@transaction.atomic
def stop(*, obligation: UUID, reason: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Obligation:
    """End a clock without a submission, for a reason. Raises WrongUse, Conflict."""
    found = _taken(obligation, Right.SET_CLOCKS, viewer)
    _check_text(reason, "why it is stopped")
    found.state, found.ended, found.ended_by, found.proof = Obligation.State.STOPPED, now, by.name, reason.strip()
    found.save()
    _tell(found, Act.STOP_CLOCK, viewer, now, by, text=reason)
    _record("obligations.stop", found, by, basis, now)
    return found


@transaction.atomic
def write_draft(
    *,
    obligation: UUID,
    texts: Sequence[str],
    remarks: str = "",
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Draft:
    """Write a version of what is to be submitted: one text for each point of the checklist. Raises WrongUse."""
    found = _taken(obligation, Right.WRITE_SUBMISSIONS, viewer)
    if len(texts) != max(1, len(found.content)):
        told = f"{len(texts)} texts for {max(1, len(found.content))} points."
        raise WrongUse(told, where=found.stage, remedy="Give one for each, empty where there is nothing yet.")
    if any(len(text) > LONGEST for text in (*texts, remarks)):
        raise WrongUse(f"a text is longer than {LONGEST:,} characters.", where=found.stage, remedy="Attach a file.")
    last = found.drafts.aggregate(last=Max("number"))["last"] or 0
    if last >= _MOST_DRAFTS:
        raise Conflict(f"it has {_MOST_DRAFTS:,} versions already.", where=found.stage)
    draft = Draft.objects.create(
        obligation=found,
        number=last + 1,
        texts=[text.strip() for text in texts],
        remarks=remarks.strip(),
        written=now,
        author=by.name,
    )
    _record("obligations.draft", found, by, basis, now, hashed=content_of(draft), draft=draft.number)
    return draft


@transaction.atomic
def approve(*, obligation: UUID, number: int, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Draft:
    """Approve the last version of a draft, as somebody who did not write it. Raises NotAllowed, Conflict."""
    found = _taken(obligation, Right.APPROVE_SUBMISSIONS, viewer)
    draft = found.drafts.order_by("-number").first()
    if draft is None or draft.number != number:
        raise Conflict("there is another version by now.", where=found.stage, remedy="Read that one.")
    if draft.author.casefold() == by.name.casefold():
        raise NotAllowed("who wrote a draft cannot approve it.", remedy="Ask somebody else to read it.")
    if draft.approved is not None:
        raise Conflict("it was approved before.", where=found.stage)
    draft.approved, draft.approved_by = now, by.name
    draft.save(update_fields=["approved", "approved_by"])
    _tell(found, Act.APPROVE_DRAFT, viewer, now, by)
    _record("obligations.approve", found, by, basis, now, hashed=content_of(draft), draft=draft.number)
    return draft


@transaction.atomic
def submit(  # noqa: PLR0913 - when, with which proof, and whether here
    *,
    obligation: UUID,
    at: datetime,
    proof: str,
    here: bool = False,
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Obligation:
    """Write down that a report was handed in, when, and what proves it; clocks that wait for it can be set then.

    ``here``: it is handed in with this, to this authority, which has received it then. Raises WrongUse, Conflict.
    """
    found = _taken(obligation, Right.WRITE_SUBMISSIONS, viewer)
    draft = found.drafts.order_by("-number").first()
    _check_submission(found, draft, at, now, here=here)
    if not here:
        _check_text(proof, "what proves it")
    found.state, found.ended, found.ended_by = Obligation.State.SUBMITTED, now, by.name
    found.submitted, found.proof, found.here = at, proof.strip(), here
    for event in ("submitted", "received") if here else ("submitted",):
        incidents.state_fact(
            incident=found.incident,
            name=f"{MOMENT}{event}.{found.regime}.{found.stage}",
            text=at.isoformat(),
            evidence=proof[:2_000],
            organisation=found.organisation,
            viewer=viewer,
            now=now,
            by=by,
            basis=basis,
        )
    _tell(found, Act.SUBMIT, viewer, now, by, text=proof)
    found.entry = _record(
        "obligations.submit", found, by, basis, now, hashed=content_of(draft) if draft else b"", here=here
    )
    found.save()
    return found


@transaction.atomic
def note_reminded(*, obligations: Iterable[UUID], now: datetime, by: Actor, basis: Basis) -> int:
    """Write down that people were reminded of reports; says of how many."""
    found = Obligation.objects.filter(pk__in=list(obligations), state=Obligation.State.RUNNING)
    reminded = [one.pk.hex for one in found.select_for_update()]
    found.update(warned=now)
    if reminded:
        ledger.record(
            action="obligations.remind",
            object_type="obligations",
            object_hash=hashlib.sha256("\n".join(sorted(reminded)).encode()).hexdigest(),
            details={"obligations": len(reminded)},
            by=by,
            basis=basis,
            time=now,
        )
    return len(reminded)


def _check_submission(found: Obligation, draft: Draft | None, at: datetime, now: datetime, *, here: bool) -> None:
    if at > now + _SOON:
        raise WrongUse("it lies in the future.", where="submitted", remedy="Look at date and time zone.")
    if here and (draft is None or not any(draft.texts)):
        raise Conflict("there is nothing to hand in yet.", where=found.stage, remedy="Write the draft first.")
    if here and found.duty:
        raise Conflict("what the authority owes is not handed in to itself.", where=found.stage)
    if must_be_approved(found) and (draft is None or draft.approved is None):
        told = "a second person must approve it first."
        raise Conflict(told, where=found.stage, remedy="Ask somebody to read and approve the last version.")


def _taken(identifier: UUID, right: Right, viewer: Viewer) -> Obligation:
    """A running obligation for somebody who has this right, locked until the transaction ends."""
    allow(viewer, right)
    found = obligations_for(viewer).select_for_update().filter(pk=identifier).first()
    if found is None:
        raise Conflict("there is no such obligation.")
    if found.state != Obligation.State.RUNNING:
        raise Conflict(f"it is {found.state}.", where=f"{found.regime} {found.stage}", remedy="Look at it anew.")
    return found


def _check_text(text: str, what: str) -> None:
    if not text.strip() or len(text) > LONGEST:
        raise WrongUse(f"{what} is not said, or in more than {LONGEST:,} characters.", remedy="Say it in a few words.")


def _tell(
    obligation: Obligation, act: Act, viewer: Viewer, now: datetime, by: Actor, text: str = "", **more: datetime | None
) -> None:
    """The line of the timeline: for the authority, and for the organisation whose report it is."""
    times = " → ".join(filter(None, (in_zone(more.get("before"), obligation.zone), in_its_zone(obligation))))
    about = " · ".join(filter(None, (obligation.citation, title_of(obligation.regime, obligation.stage), times)))
    incidents.tell(
        incident=obligation.incident,
        act=act,
        organisation="" if obligation.duty else obligation.organisation,
        text=text,
        data={"about": about, "obligation": obligation.pk.hex},
        viewer=viewer,
        now=now,
        by=by,
    )


def _record(
    action: str,
    obligation: Obligation,
    by: Actor,
    basis: Basis,
    now: datetime,
    hashed: bytes = b"",
    **more: Detail,
) -> int:
    """One entry: which stage of which law, and a hash of what was written."""
    return ledger.record(
        action=action,
        object_type="obligation",
        object_hash=hashlib.sha256(hashed or obligation.pk.bytes).hexdigest(),
        details={
            "obligation": obligation.pk.hex,
            "stage": f"{obligation.regime}.{obligation.stage}",
            "due": obligation.due.isoformat() if obligation.due else None,
            **more,
        },
        by=by,
        basis=basis,
        time=now,
    )
