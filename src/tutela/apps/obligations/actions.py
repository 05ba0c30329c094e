"""What is done about obligations. Nothing starts, moves or ends but by a person, each with an entry in the ledger."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.incidents import actions as incidents
from tutela.apps.incidents.queries import incident_by
from tutela.apps.law import actions as law
from tutela.apps.law.queries import library
from tutela.apps.ledger import actions as ledger
from tutela.apps.obligations.assessment import assess, faults_if
from tutela.apps.obligations.course import LONGEST, check_text, record, row_of, said, taken, tell
from tutela.apps.obligations.models import END_OF_TIME, OVER, Draft, Obligation
from tutela.apps.obligations.queries import (
    content_of,
    is_received,
    must_be_approved,
)
from tutela.core.errors import Conflict, NotAllowed, WrongUse
from tutela.core.incidents.case import Act
from tutela.core.law import stating
from tutela.core.law.stating import INCIDENT, MOMENT
from tutela.core.rights import Right
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.law.row import Row

_MOST_DRAFTS: Final = 1_000


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

    Clocks that waited for what is stated run from it. Raises WrongUse (also for what contradicts what is known
    already), NotAllowed, Conflict.
    """
    allow(viewer, Right.WRITE_SUBMISSIONS)
    ground: dict[str, Any] = {"viewer": viewer, "now": now, "by": by, "basis": basis}
    of_incident = {name: text for name, text in facts.items() if name.startswith((INCIDENT, MOMENT))}
    _check_course(incident, organisation, of_incident, viewer, now)
    for name, text in of_incident.items():
        incidents.state_fact(
            incident=incident, name=name, text=text, evidence=evidence, organisation=organisation, **ground
        )
    others = {name: text for name, text in facts.items() if name not in of_incident}
    if others:
        law.state(organisation=organisation, facts=others, evidence=evidence, **ground)
    _set_what_waited(incident, organisation, **ground)
    return len(facts)


def _check_course(incident: UUID, organisation: str, facts: Mapping[str, str], viewer: Viewer, now: datetime) -> None:
    """Raises WrongUse where what would be stated puts the course of the incident out of order."""
    found = incident_by(incident, viewer)
    values = {name: stating.read(library(), name, text) for name, text in facts.items() if name.startswith(MOMENT)}
    faults = faults_if(found, organisation, values, viewer, now) if found and values else []
    if faults:
        raise WrongUse(" ".join(faults), remedy="Look at date and time zone, or state the other moment anew first.")


def _set_what_waited(
    incident: UUID, organisation: str, *, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> None:
    """Let clocks that somebody started and that waited for an event run, now that somebody wrote the event down."""
    running = Obligation.objects.select_for_update().filter(incident=incident, organisation=organisation, due=None)
    waiting = list(running.filter(state=Obligation.State.RUNNING).exclude(waits_for=""))
    found = incident_by(incident, viewer) if waiting else None
    whose = organisations_for(viewer).filter(global_id=organisation).first()
    if found is None or whose is None:
        return
    assessment = assess(found, whose, viewer, now)
    for one in waiting:
        row = assessment.row(one.regime, one.stage)
        doubts = assessment.links.get((one.regime, one.stage))
        if row is not None and row.applies and row.due is not None and not doubts:
            _set(one, row, viewer=viewer, now=now, by=by, basis=basis)


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
    row = row_of(incident, organisation, regime, stage, viewer, now)
    obligation = Obligation(
        incident=incident,
        organisation=organisation,
        regime=regime,
        stage=stage,
        duty=row.duty,
        started=now,
        started_by=by.name,
        **said(row),
    )
    try:
        with transaction.atomic():
            obligation.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("its clock runs already.", where=f"{regime} {stage}") from error
    tell(obligation, Act.START_CLOCK, viewer, now, by)
    record("obligations.start", obligation, by, basis, now)
    return obligation


@transaction.atomic
def set_anew(*, obligation: UUID, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Obligation:
    """Let its clock run as the law has it by what is known now; what it was stays in the timeline. Raises Conflict."""
    found = taken(obligation, Right.SET_CLOCKS, viewer)
    row = row_of(found.incident, found.organisation, found.regime, found.stage, viewer, now)
    if row.due == found.due:
        raise Conflict("its clock runs so already.", where=f"{found.regime} {found.stage}")
    _set(found, row, viewer=viewer, now=now, by=by, basis=basis)
    return found


def _set(found: Obligation, row: Row, *, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> None:
    before = found.due
    for name, value in said(row).items():
        setattr(found, name, value)
    found.warned = None
    found.save()
    tell(found, Act.SET_CLOCK, viewer, now, by, before=before)
    record("obligations.set", found, by, basis, now)


@transaction.atomic
def stop(*, obligation: UUID, reason: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Obligation:
    """End a clock without a submission, for a reason. Raises WrongUse, Conflict."""
    found = taken(obligation, Right.SET_CLOCKS, viewer)
    check_text(reason, "why it is stopped")
    found.state, found.ended, found.ended_by, found.proof = Obligation.State.STOPPED, now, by.name, reason.strip()
    found.turn = OVER
    found.save()
    tell(found, Act.STOP_CLOCK, viewer, now, by, text=reason)
    record("obligations.stop", found, by, basis, now)
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
    found = taken(obligation, Right.WRITE_SUBMISSIONS, viewer)
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
        points=found.content,
        texts=[text.strip() for text in texts],
        remarks=remarks.strip(),
        written=now,
        author=by.name,
    )
    record("obligations.draft", found, by, basis, now, hashed=content_of(draft), draft=draft.number)
    return draft


@transaction.atomic
def approve(*, obligation: UUID, number: int, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Draft:
    """Approve the last version of a draft, as somebody who did not write it. Raises NotAllowed, Conflict."""
    found = taken(obligation, Right.APPROVE_SUBMISSIONS, viewer)
    draft = found.drafts.order_by("-number").first()
    if draft is None or draft.number != number:
        raise Conflict("there is another version by now.", where=found.stage, remedy="Read that one.")
    if draft.author.casefold() == by.name.casefold():
        raise NotAllowed("who wrote a draft cannot approve it.", remedy="Ask somebody else to read it.")
    if draft.approved is not None:
        raise Conflict("it was approved before.", where=found.stage)
    _check_points(found, draft)
    draft.approved, draft.approved_by = now, by.name
    draft.save(update_fields=["approved", "approved_by"])
    tell(found, Act.APPROVE_DRAFT, viewer, now, by)
    record("obligations.approve", found, by, basis, now, hashed=content_of(draft), draft=draft.number)
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
    found = taken(obligation, Right.WRITE_SUBMISSIONS, viewer)
    draft = found.drafts.order_by("-number").first()
    at = now if here else at  # what is handed in here is handed in now, whatever is said
    _check_submission(found, draft, here=here)
    if not here:
        check_text(proof, "what proves it")
    ground: dict[str, Any] = {"viewer": viewer, "now": now, "by": by, "basis": basis}
    events = {f"{MOMENT}{event}.{found.regime}.{found.stage}": at.isoformat() for event in _events(here=here)}
    _check_course(found.incident, found.organisation, events, viewer, now)
    found.state, found.ended, found.ended_by = Obligation.State.SUBMITTED, now, by.name
    found.submitted, found.proof, found.here, found.turn = at, proof.strip(), here, OVER
    _state(found, events, proof[:2_000], ground)
    tell(found, Act.SUBMIT, viewer, now, by, text=proof)
    found.entry = record(
        "obligations.submit", found, by, basis, now, hashed=content_of(draft) if draft else b"", here=here
    )
    found.save()
    _set_what_waited(found.incident, found.organisation, **ground)
    return found


@transaction.atomic
def take_back(*, obligation: UUID, reason: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Obligation:
    """Say that a report was not handed in, or not then: its clock runs again. What was said stays in the timeline.

    What was handed in here is taken back by the authority alone. Raises WrongUse, NotAllowed, Conflict.
    """
    found = taken(obligation, Right.WRITE_SUBMISSIONS, viewer, Obligation.State.SUBMITTED)
    if found.here:
        allow(viewer, Right.SET_CLOCKS)
    check_text(reason, "why it is taken back")
    if Obligation.objects.filter(**_place(found), state=Obligation.State.RUNNING).exists():
        raise Conflict("another clock runs for it by now.", where=f"{found.regime} {found.stage}")
    ground: dict[str, Any] = {"viewer": viewer, "now": now, "by": by, "basis": basis}
    events = {f"{MOMENT}{event}.{found.regime}.{found.stage}": stating.UNKNOWN for event in _events(here=found.here)}
    _state(found, events, reason[:2_000], ground)
    tell(found, Act.TAKE_BACK, viewer, now, by, text=reason, before=found.submitted)
    found.state, found.ended, found.ended_by, found.submitted = Obligation.State.RUNNING, None, "", None
    found.proof, found.here, found.entry, found.turn = "", False, None, found.due or END_OF_TIME
    found.save()
    record("obligations.take-back", found, by, basis, now)
    return found


def _events(*, here: bool) -> tuple[str, ...]:
    return ("submitted", "received") if here else ("submitted",)


def _state(found: Obligation, events: Mapping[str, str], evidence: str, ground: Mapping[str, Any]) -> None:
    for name, text in events.items():
        place: dict[str, Any] = {"incident": found.incident, "organisation": found.organisation}
        incidents.state_fact(name=name, text=text, evidence=evidence, with_report=True, **place, **ground)


def _place(found: Obligation) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("incident", "organisation", "regime", "stage")}


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


def _check_submission(found: Obligation, draft: Draft | None, *, here: bool) -> None:
    if here and (draft is None or not any(draft.texts)):
        raise Conflict("there is nothing to hand in yet.", where=found.stage, remedy="Write the draft first.")
    if draft is not None:
        _check_points(found, draft)
    if here and (found.duty or not is_received(found)):
        told = "it is not this authority that takes this report."
        raise Conflict(told, where=found.stage, remedy="Hand it in to the recipient, and say here that you did.")
    if must_be_approved(found) and (draft is None or draft.approved is None):
        told = "a second person must approve it first."
        raise Conflict(told, where=found.stage, remedy="Ask somebody to read and approve the last version.")


def _check_points(found: Obligation, draft: Draft) -> None:
    """Raises Conflict where the law asks for other points since the draft was written."""
    if draft.points != found.content:
        told = "the law asks for other points since this version was written."
        raise Conflict(told, where=found.stage, remedy="Save a version along the checklist of now.")
