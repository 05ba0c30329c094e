"""What is done with incidents. Each action adds to the timeline, and writes one entry of the ledger."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.incidents import limits, waiting
from tutela.apps.incidents.course import (
    add_findings,
    add_organisations,
    check_own,
    check_times,
    check_written,
    enter,
    number,
    owners,
    put,
    record,
    send,
    take_findings,
    taken,
    taken_out,
    taken_with,
    visible_findings,
)
from tutela.apps.incidents.models import Attachment, Entry, Fact, Incident, Involved, Task
from tutela.apps.incidents.queries import ATTACHMENTS, RED, sees_all_of
from tutela.apps.law.queries import library
from tutela.core.errors import Conflict, WrongUse
from tutela.core.incidents.attachments import checked_name
from tutela.core.incidents.case import Act, Part, Reason, State
from tutela.core.law import stating
from tutela.core.rights import Right
from tutela.lake.archive import Archive
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import BinaryIO
    from uuid import UUID

    from tutela.core.actor import Actor, Basis, Viewer

_AMBER: Final = 2
_CHANGEABLE: Final = ("title", "type", "severity", "tlp", "owner")


@transaction.atomic
def open_incident(  # noqa: PLR0913 - what is known of a case when it begins
    *,
    title: str,
    type: str,  # noqa: A002 - the word of the field
    severity: int,
    tlp: int,
    text: str = "",
    findings: Sequence[UUID] = (),
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Incident:
    """Begin a case, by hand or from findings, whose organisations are affected; who opens it handles it."""
    allow(viewer, Right.CHANGE_INCIDENTS)
    incident = Incident(year=now.year, opened=now, changed=now, owner=by.name if by.kind == "person" else "")
    put(incident, {"title": title, "type": type, "severity": severity, "tlp": tlp})
    found = visible_findings(findings, viewer)
    number(incident)
    add_findings(incident, found)
    add_organisations(incident, owners(found))
    record(enter(incident, Act.OPEN, by, now, text=text, data={"findings": len(found)}), by, basis, now)
    return incident


@transaction.atomic
def report(  # noqa: PLR0913 - what an organisation tells of its incident
    *,
    organisation: str,
    title: str,
    type: str,  # noqa: A002 - the word of the field
    text: str,
    occurred: datetime | None,
    aware: datetime,
    file: BinaryIO | None = None,
    file_name: str = "",
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Incident:
    """Report an incident of one's own organisation to the authority; its people see it, and what is written for them.

    How severe it is, the authority says. All of it is kept or nothing. Raises NotAllowed, WrongUse, BadInput for a file
    that is not kept, and Conflict for more than anybody has in a day.
    """
    allow(viewer, Right.REPORT_INCIDENTS)
    if not organisations_for(viewer).filter(global_id=organisation).exists():
        raise WrongUse("it is not yours to report for.", where=organisation[:100], remedy="Choose one of the list.")
    check_times(occurred, aware, now)
    incident = Incident(year=now.year, opened=now, changed=now)
    put(incident, {"title": title, "type": type, "severity": 0, "tlp": _AMBER})
    number(incident)
    limits.check_reports(organisation, now)
    part = {"part": Part.AFFECTED.value, "shared": now, "waiting": now}
    Involved.objects.create(incident=incident, organisation=organisation, **part)
    said = enter(incident, Act.REPORT, by, now, text=text, organisation=organisation)
    record(said, by, basis, now)
    ground: dict[str, Any] = {"viewer": viewer, "now": now, "by": by, "basis": basis}
    place: dict[str, Any] = {"incident": incident.pk, "organisation": organisation, "evidence": ""}
    if occurred is not None:
        state_fact(name="event.occurred", text=occurred.isoformat(), **place, **ground)
    state_fact(name="event.aware", text=aware.isoformat(), **place, **ground)
    if file is not None:
        attach(incident=incident.pk, file=file, name=file_name, organisation=organisation, **ground)
    return incident


@transaction.atomic
def write(  # noqa: PLR0913 - a text, and for whom it is
    *,
    incident: UUID,
    text: str,
    audience: Part | None = None,
    organisation: str = "",
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Incident:
    """Write something into the timeline. Raises WrongUse.

    The authority writes for itself alone, for organisations of one part, or for one ``organisation``. Who is of an
    organisation writes for it and for the authority, which is waited for then.
    """
    found = taken_with(incident, organisation, viewer, State.OPEN)
    check_written(text)
    if audience and (organisation or not sees_all_of(viewer)):
        raise WrongUse("it is for one organisation or for all of a part.", remedy="Leave one of the two out.")
    for_them = audience.value if audience else ""
    if not sees_all_of(viewer):
        send(found, organisation, by, now)
    elif organisation or for_them:
        waiting.answer(found, organisation=organisation, part=for_them)
    said = enter(found, Act.WRITE, by, now, text=text, audience=for_them, organisation=organisation)
    record(said, by, basis, now)
    return found


@transaction.atomic
def state_fact(  # noqa: PLR0913 - a fact, on what it rests, and who states it
    *,
    incident: UUID,
    name: str,
    text: str,
    evidence: str,
    organisation: str = "",
    with_report: bool = False,
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Incident:
    """State a fact, of the incident or of one ``organisation`` in it. Raises WrongUse, NotAllowed.

    What was stated before stays beside it, and the last one counts. Those of an organisation state what concerns it;
    when a report of theirs was handed in or received stands ``with_report`` alone.
    """
    # final reports come after the end, and where the incident goes on in another
    found = taken_with(incident, organisation, viewer, *State)
    if not name.startswith((stating.INCIDENT, stating.MOMENT)):
        raise WrongUse("is no fact of an incident.", where=name[:100], remedy="`tutela law facts` lists them.")
    value = stating.read(library(), name, text)
    if not sees_all_of(viewer) and not with_report:  # what the law asks for is held up by no limit
        check_own(name)
        limits.check_said(found, by, now)
    said = {"name": name, "organisation": organisation, "value": value, "evidence": evidence.strip()}
    Fact.objects.create(incident=found, stated=now, actor_kind=by.kind, actor_name=by.name, **said)
    data = {"fact": name, "value": value}
    record(enter(found, Act.STATE_FACT, by, now, text=evidence, data=data, organisation=organisation), by, basis, now)
    return found


@transaction.atomic
def tell(  # noqa: PLR0913 - what was done, and for whom it is told
    *,
    incident: UUID,
    act: Act,
    organisation: str,
    text: str = "",
    data: Mapping[str, Any],
    viewer: Viewer,
    now: datetime,
    by: Actor,
) -> Entry:
    """Let the timeline tell what was done about an incident elsewhere, where its ledger entry is written too."""
    found = taken(incident, viewer, *State, right=Right.SEE_INCIDENTS)
    return enter(found, act, by, now, text=text, data=data, organisation=organisation)


@transaction.atomic
def change(*, incident: UUID, viewer: Viewer, now: datetime, by: Actor, basis: Basis, **values: Any) -> Incident:
    """Change title, type, severity, TLP or owner; nothing happens where all is so already. Raises WrongUse."""
    found = taken(incident, viewer)
    changed = put(found, {name: value for name, value in values.items() if name in _CHANGEABLE})
    if changed:
        record(enter(found, Act.CHANGE, by, now, data=changed), by, basis, now)
    return found


@transaction.atomic
def link(
    *, incident: UUID, findings: Sequence[UUID], viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Let findings belong to an incident; their organisations are affected by it. Raises Conflict where none is new."""
    found = taken(incident, viewer)
    visible = visible_findings(findings, viewer)
    count = add_findings(found, visible)
    if not count:
        raise Conflict("there is no finding among them that it does not have already.", where=found.reference)
    add_organisations(found, owners(visible))
    record(enter(found, Act.LINK, by, now, data={"findings": count}), by, basis, now)
    return found


@transaction.atomic
def unlink(
    *, incident: UUID, findings: Sequence[UUID], viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Take findings out of an incident. Raises Conflict where none of them is in it."""
    found = taken(incident, viewer)
    gone = taken_out(found, findings)
    record(enter(found, Act.UNLINK, by, now, data={"findings": len(gone)}), by, basis, now)
    return found


@transaction.atomic
def involve(
    *, incident: UUID, organisation: str, part: Part, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Write down what an organisation has to do with an incident; its people see nothing of it yet."""
    found = taken(incident, viewer)
    if not organisations_for(viewer).filter(global_id=organisation).exists():
        raise WrongUse(f"there is no organisation {organisation!r}.", remedy="Give its id, as on its page.")
    Involved.objects.update_or_create(incident=found, organisation=organisation, defaults={"part": part.value})
    record(enter(found, Act.INVOLVE, by, now, data={"organisation": organisation, "part": part.value}), by, basis, now)
    return found


@transaction.atomic
def share(*, incident: UUID, organisation: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Incident:
    """Let the people of an organisation see the incident: what it is, their findings, and what is written for them.

    Raises Conflict where it is TLP:RED, or shared already.
    """
    found = taken(incident, viewer)
    if found.tlp == RED:
        raise Conflict("what is TLP:RED is shared with nobody.", where=found.reference, remedy="Change its TLP first.")
    one = found.organisations.filter(organisation=organisation, shared=None).first()
    if one is None:
        raise Conflict("the organisation is not involved, or sees it already.", where=found.reference)
    one.shared = now
    one.save(update_fields=["shared"])
    # for the authority alone: whom else it was shared with is nobody's business
    record(enter(found, Act.SHARE, by, now, data={"organisation": organisation}), by, basis, now)
    return found


@transaction.atomic
def release(*, incident: UUID, organisation: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Incident:
    """Write down that an organisation has nothing to do with an incident; its people see it no more."""
    found = taken(incident, viewer)
    gone, _ = found.organisations.filter(organisation=organisation).delete()
    if not gone:
        raise Conflict("the organisation is not involved.", where=found.reference)
    record(enter(found, Act.RELEASE, by, now, data={"organisation": organisation}), by, basis, now)
    return found


@transaction.atomic
def add_task(
    *, incident: UUID, text: str, due: datetime | None, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Write down something to be done."""
    found = taken(incident, viewer)
    if not text.strip():
        raise WrongUse("there is nothing to do.", remedy="Say what is to be done.")
    if due is not None and not 1990 < due.year < 2200:  # noqa: PLR2004 - as of the moments of an incident
        raise WrongUse(f"the year {due.year} cannot be meant.", remedy="Look at the date.")
    task = Task.objects.create(incident=found, text=text.strip(), due=due, added=now)
    record(enter(found, Act.ADD_TASK, by, now, text=text, data={"task": task.pk.hex}), by, basis, now)
    return found


@transaction.atomic
def finish_task(*, incident: UUID, task: UUID, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Incident:
    """Write down that something was done. Raises Conflict where it was done already."""
    found = taken(incident, viewer)
    one = found.tasks.filter(pk=task, finished=None).first()
    if one is None:
        raise Conflict("it was done already.", where=found.reference)
    one.finished, one.finished_by = now, by.name
    one.save(update_fields=["finished", "finished_by"])
    record(enter(found, Act.FINISH_TASK, by, now, text=one.text, data={"task": one.pk.hex}), by, basis, now)
    return found


@transaction.atomic
def attach(  # noqa: PLR0913 - a file, and for whom it is
    *,
    incident: UUID,
    file: BinaryIO,
    name: str,
    organisation: str = "",
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Incident:
    """Keep a file with an incident, for the authority alone or for one ``organisation`` too.

    Raises BadInput for one that is too large or of a kind that is not kept.
    """
    found = taken_with(incident, organisation, viewer, State.OPEN)
    bare = checked_name(name, file.seek(0, os.SEEK_END))
    file.seek(0)
    limits.check_files(found, organisation)
    if not sees_all_of(viewer):
        send(found, organisation, by, now)
    kept = Archive(settings.TUTELA.home, ATTACHMENTS).keep(file, bare)
    of = {"organisation": organisation, "added": now, "actor_name": by.name}
    Attachment.objects.create(incident=found, name=bare, size=kept.size, content=kept.content, **of)
    data = {"content": kept.content, "size": kept.size}
    record(enter(found, Act.ATTACH, by, now, text=bare, data=data, organisation=organisation), by, basis, now)
    return found


@transaction.atomic
def close(
    *, incident: UUID, reason: Reason, text: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """End a case, with the reason. Its findings go on living: only proof closes those."""
    found = taken(incident, viewer)
    found.state, found.reason, found.closed = State.CLOSED.value, reason.value, now
    waiting.end(found)
    record(enter(found, Act.CLOSE, by, now, text=text, data={"reason": reason.value}), by, basis, now)
    return found


@transaction.atomic
def reopen(*, incident: UUID, text: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Incident:
    """Take a case up again."""
    found = taken(incident, viewer, State.CLOSED)
    found.state, found.reason, found.closed = State.OPEN.value, "", None
    record(enter(found, Act.REOPEN, by, now, text=text), by, basis, now)
    return found


@transaction.atomic
def merge(*, incident: UUID, into: UUID, viewer: Viewer, now: datetime, by: Actor, basis: Basis) -> Incident:
    """Let an incident go on in another, which takes its findings, its organisations and its open tasks.

    Its timeline, facts and files stay where they are. What was shared of it with an organisation stays shared there;
    who waits for an answer waits in the other, which somebody shares with them.
    """
    if incident == into:
        raise WrongUse("an incident cannot go on in itself.", remedy="Choose another.")
    first, second = (taken(one, viewer) for one in sorted((incident, into)))  # always in one order
    source, target = (first, second) if first.pk == incident else (second, first)
    count = add_findings(
        target, visible_findings(take_findings(source, source.findings.values_list("finding", flat=True)), viewer)
    )
    add_organisations(target, dict(source.organisations.values_list("organisation", "part")))
    waiting.take_over(source, target)
    source.tasks.filter(finished=None).update(incident=target)
    source.state, source.merged_into, source.closed = State.MERGED.value, target, now
    enter(source, Act.MERGE, by, now, data={"other": target.pk.hex, "reference": target.reference})
    entry = enter(
        target, Act.TAKE_OVER, by, now, data={"other": source.pk.hex, "reference": source.reference, "findings": count}
    )
    record(entry, by, basis, now)
    return target


@transaction.atomic
def split(
    *, incident: UUID, findings: Sequence[UUID], title: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Begin a case of its own with some findings of an incident; gives the new one."""
    found = taken(incident, viewer)
    gone = taken_out(found, findings)
    ground: dict[str, Any] = {"viewer": viewer, "now": now, "by": by, "basis": basis}
    said: dict[str, Any] = {"title": title, "type": found.type, "severity": found.severity, "tlp": found.tlp}
    new = open_incident(findings=gone, **said, **ground)
    enter(found, Act.SPLIT, by, now, data={"other": new.pk.hex, "reference": new.reference, "findings": len(gone)})
    return new
