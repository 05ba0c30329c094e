"""What is done with incidents. Each action adds to the timeline, and writes one entry of the ledger."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.findings.queries import findings_for
from tutela.apps.incidents.course import add_findings, enter, number, record, take_findings, taken
from tutela.apps.incidents.models import Attachment, Entry, Fact, Incident, Involved, Task
from tutela.apps.incidents.queries import ATTACHMENTS, RED, hands, involved, sees_all_of
from tutela.apps.law.queries import library
from tutela.core.errors import Conflict, WrongUse
from tutela.core.idf.taxonomy import TAXONOMY_OF_TYPE
from tutela.core.incidents.attachments import checked_name
from tutela.core.incidents.case import Act, Part, Reason, State
from tutela.core.law import stating
from tutela.core.rights import Right
from tutela.lake.archive import Archive
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import BinaryIO
    from uuid import UUID

    from tutela.apps.findings.models import Finding
    from tutela.core.actor import Actor, Basis, Viewer

MOST_FINDINGS: Final = 10_000
_MOST_ATTACHMENTS: Final = 200
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
    _set(incident, {"title": title, "type": type, "severity": severity, "tlp": tlp})
    found = _visible(findings, viewer)
    number(incident)
    add_findings(incident, found)
    _add_organisations(incident, _owners(found))
    record(enter(incident, Act.OPEN, by, now, text=text, data={"findings": len(found)}), by, basis, now)
    return incident


def _set(incident: Incident, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set what is given; says what was before and what is now. Raises WrongUse."""
    if "title" in values and not values["title"].strip():
        raise WrongUse("an incident needs a title.", remedy="Say in a few words what happened.")
    if "type" in values and values["type"] not in TAXONOMY_OF_TYPE:
        raise WrongUse(f"{values['type']!r} is no type of RSIT.", remedy="Choose one of the list.")
    if values.get("owner") and values["owner"] not in dict(hands()):
        raise WrongUse("who is named cannot handle incidents.", remedy="Choose one of the list.")
    changed = {}
    for name, value in values.items():
        before = getattr(incident, name)
        if before != value:
            setattr(incident, name, value)
            changed[name] = [before, value]
    return changed


def _visible(findings: Sequence[UUID], viewer: Viewer) -> list[Finding]:
    if len(findings) > MOST_FINDINGS:
        raise WrongUse(f"more than {MOST_FINDINGS:,} findings at once.", remedy="Choose fewer.")
    return list(findings_for(viewer).filter(pk__in=findings))


def _add_organisations(incident: Incident, parts: Mapping[str, str]) -> None:
    """Involve organisations that are not yet, each with its part."""
    known = set(incident.organisations.values_list("organisation", flat=True))
    Involved.objects.bulk_create(
        [Involved(incident=incident, organisation=one, part=parts[one]) for one in sorted(set(parts) - known)]
    )


def _taken_out(incident: Incident, findings: Sequence[UUID]) -> list[UUID]:
    """Those of the findings that belonged to it and do no more. Raises Conflict where there are none."""
    gone = take_findings(incident, findings)
    if not gone:
        raise Conflict("none of these findings belongs to it.", where=incident.reference)
    return gone


def _owners(found: Iterable[Finding]) -> dict[str, str]:
    """Whose findings they are: they are affected."""
    return {one.organisation: Part.AFFECTED.value for one in found if one.organisation}


@transaction.atomic
def write(
    *, incident: UUID, text: str, audience: Part | None, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Write something into the timeline: for the authority alone, or for organisations of one part too."""
    found = taken(incident, viewer)
    if not text.strip():
        raise WrongUse("there is nothing written.", remedy="Write something.")
    record(enter(found, Act.WRITE, by, now, text=text, audience=audience.value if audience else ""), by, basis, now)
    return found


@transaction.atomic
def state_fact(  # noqa: PLR0913 - a fact, on what it rests, and who states it
    *,
    incident: UUID,
    name: str,
    text: str,
    evidence: str,
    organisation: str = "",
    viewer: Viewer,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Incident:
    """State a fact, of the incident or of one ``organisation`` in it. Raises WrongUse, NotAllowed.

    What was stated before stays beside it, and the last one counts. Those of an organisation state what concerns it.
    """
    right = Right.CHANGE_INCIDENTS if sees_all_of(viewer) else Right.REPORT_INCIDENTS
    found = taken(incident, viewer, State.OPEN, State.CLOSED, right=right)  # final reports come after the end
    own = [one.organisation for one in involved(found, viewer)]
    if (organisation or not sees_all_of(viewer)) and organisation not in own:
        raise WrongUse("the organisation is not involved in it.", where=organisation[:100], remedy="Involve it first.")
    if not name.startswith((stating.INCIDENT, stating.MOMENT)):
        raise WrongUse("is no fact of an incident.", where=name[:100], remedy="`tutela law facts` lists them.")
    value = stating.read(library(), name, text)
    Fact.objects.create(
        incident=found,
        name=name,
        organisation=organisation,
        value=value,
        evidence=evidence.strip(),
        stated=now,
        actor_kind=by.kind,
        actor_name=by.name,
    )
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
    found = taken(incident, viewer, State.OPEN, State.CLOSED, right=Right.SEE_INCIDENTS)
    return enter(found, act, by, now, text=text, data=data, organisation=organisation)


@transaction.atomic
def change(*, incident: UUID, viewer: Viewer, now: datetime, by: Actor, basis: Basis, **values: Any) -> Incident:
    """Change title, type, severity, TLP or owner; nothing happens where all is so already. Raises WrongUse."""
    found = taken(incident, viewer)
    changed = _set(found, {name: value for name, value in values.items() if name in _CHANGEABLE})
    if changed:
        record(enter(found, Act.CHANGE, by, now, data=changed), by, basis, now)
    return found


@transaction.atomic
def link(
    *, incident: UUID, findings: Sequence[UUID], viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Let findings belong to an incident; their organisations are affected by it. Raises Conflict where none is new."""
    found = taken(incident, viewer)
    visible = _visible(findings, viewer)
    count = add_findings(found, visible)
    if not count:
        raise Conflict("there is no finding among them that it does not have already.", where=found.reference)
    _add_organisations(found, _owners(visible))
    record(enter(found, Act.LINK, by, now, data={"findings": count}), by, basis, now)
    return found


@transaction.atomic
def unlink(
    *, incident: UUID, findings: Sequence[UUID], viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Take findings out of an incident. Raises Conflict where none of them is in it."""
    found = taken(incident, viewer)
    gone = _taken_out(found, findings)
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
def attach(
    *, incident: UUID, file: BinaryIO, name: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """Keep a file with an incident. Raises BadInput for one that is too large or of a kind that is not kept."""
    found = taken(incident, viewer)
    bare = checked_name(name, file.seek(0, os.SEEK_END))
    file.seek(0)
    if found.attachments.count() >= _MOST_ATTACHMENTS:
        raise Conflict(f"it has {_MOST_ATTACHMENTS} files already.", where=found.reference)
    kept = Archive(settings.TUTELA.home, ATTACHMENTS).keep(file, bare)
    Attachment.objects.create(
        incident=found, name=bare, size=kept.size, content=kept.content, added=now, actor_name=by.name
    )
    record(
        enter(found, Act.ATTACH, by, now, text=bare, data={"content": kept.content, "size": kept.size}), by, basis, now
    )
    return found


@transaction.atomic
def close(
    *, incident: UUID, reason: Reason, text: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Incident:
    """End a case, with the reason. Its findings go on living: only proof closes those."""
    found = taken(incident, viewer)
    found.state, found.reason, found.closed = State.CLOSED.value, reason.value, now
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

    Its timeline, facts and files stay where they are. What was shared of it with an organisation stays shared there.
    """
    if incident == into:
        raise WrongUse("an incident cannot go on in itself.", remedy="Choose another.")
    first, second = (taken(one, viewer) for one in sorted((incident, into)))  # always in one order
    source, target = (first, second) if first.pk == incident else (second, first)
    count = add_findings(
        target, _visible(take_findings(source, source.findings.values_list("finding", flat=True)), viewer)
    )
    _add_organisations(target, dict(source.organisations.values_list("organisation", "part")))
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
    gone = _taken_out(found, findings)
    ground: dict[str, Any] = {"viewer": viewer, "now": now, "by": by, "basis": basis}
    said: dict[str, Any] = {"title": title, "type": found.type, "severity": found.severity, "tlp": found.tlp}
    new = open_incident(findings=gone, **said, **ground)
    enter(found, Act.SPLIT, by, now, data={"other": new.pk.hex, "reference": new.reference, "findings": len(gone)})
    return new
