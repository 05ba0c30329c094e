"""The course of an incident: how an entry is added to it, and how what was done is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max

from tutela.apps.findings.queries import findings_for
from tutela.apps.incidents.limits import check_said
from tutela.apps.incidents.models import Entry, Incident, Involved, LinkedFinding
from tutela.apps.incidents.queries import hands, incidents_for, involved, sees_all_of
from tutela.apps.incidents.waiting import let_wait
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import Conflict, WrongUse
from tutela.core.idf.taxonomy import TAXONOMY_OF_TYPE
from tutela.core.incidents.case import Part, State
from tutela.core.law.stating import is_of_a_stage
from tutela.core.ledger.canonical import digest
from tutela.core.rights import Right
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.apps.findings.models import Finding
    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.incidents.case import Act

MOST_FINDINGS: Final = 10_000
_TRIES: Final = 20
_SOON: Final = timedelta(minutes=5)
"""So far a clock of whoever reports may go before ours."""


def number(incident: Incident) -> None:
    """Store a new incident under the next number of its year; others may take numbers at the same time."""
    for _ in range(_TRIES):
        last = Incident.objects.filter(year=incident.year).aggregate(last=Max("sequence"))["last"] or 0
        incident.sequence = last + 1
        try:
            with transaction.atomic():
                incident.save(force_insert=True)
        except IntegrityError:
            continue
        return
    raise Conflict("no number is free for it.", remedy="Try again.")


def taken(incident: UUID, viewer: Viewer, *states: State, right: Right = Right.CHANGE_INCIDENTS) -> Incident:
    """An incident for somebody who has this right, locked until the transaction ends.

    It must be in one of these states: open, where none is said. Raises NotAllowed, Conflict.
    """
    allow(viewer, right)
    found = incidents_for(viewer).select_for_update().filter(pk=incident).first()
    if found is None:
        raise Conflict("there is no such incident.")
    if found.state not in (states or (State.OPEN,)):
        raise Conflict(f"the incident is {found.state}.", where=found.reference, remedy="Look at it anew.")
    return found


def enter(  # noqa: PLR0913 - an entry, and for whom it is
    incident: Incident,
    act: Act,
    by: Actor,
    now: datetime,
    *,
    text: str = "",
    audience: str = "",
    organisation: str = "",
    data: Mapping[str, Any] | None = None,
) -> Entry:
    """Add an entry to the timeline of an incident that is `taken`, and keep what changed of the incident itself."""
    last = incident.entries.aggregate(last=Max("sequence"))["last"] or 0
    incident.changed = now
    incident.save()
    return Entry.objects.create(
        incident=incident,
        sequence=last + 1,
        at=now,
        act=act.value,
        actor_kind=by.kind,
        actor_name=by.name,
        text=text.strip(),
        data=dict(data or {}),
        audience=audience,
        organisation=organisation,
    )


def record(entry: Entry, by: Actor, basis: Basis, now: datetime) -> None:
    """The entry in the ledger: which incident and what was done, and of all that was said only one hash.

    It covers the text, the values before and after, the hash of a file, and for whom it is.
    """
    said = {name: getattr(entry, name) for name in ("text", "data", "audience", "organisation")}
    said |= {"incident": entry.incident_id.hex, "entry": entry.pk.hex}
    ledger.record(
        action=f"incidents.{entry.act}",
        object_type="incident-entry",
        object_hash=digest(said),
        details={"incident": entry.incident.reference},
        by=by,
        basis=basis,
        time=now,
    )


def add_findings(incident: Incident, found: Sequence[Finding]) -> int:
    """Link findings that are not linked yet; says how many they were."""
    before = set(incident.findings.values_list("finding", flat=True))
    new = [one.pk for one in found if one.pk not in before]
    LinkedFinding.objects.bulk_create([LinkedFinding(incident=incident, finding=key) for key in new], batch_size=1_000)
    return len(new)


def take_findings(incident: Incident, findings: Iterable[UUID]) -> list[UUID]:
    """Unlink findings; says which were linked."""
    links = incident.findings.filter(finding__in=list(findings))
    gone = list(links.values_list("finding", flat=True))
    links.delete()
    return gone


def put(incident: Incident, values: dict[str, Any]) -> dict[str, list[Any]]:
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


def check_written(text: str) -> None:
    """Raises WrongUse where nothing is written."""
    if not text.strip():
        raise WrongUse("there is nothing written.", remedy="Write something.")


def check_own(name: str) -> None:
    """Raises WrongUse for a moment of a report, which an organisation tells with the report itself."""
    if is_of_a_stage(name):
        raise WrongUse("is told with the report itself.", where=name, remedy="Hand the report in, or say that you did.")


def check_times(occurred: datetime | None, aware: datetime, now: datetime) -> None:
    """Raises WrongUse where a report cannot be true: known before it began, or in the future. All faults at once."""
    faults = [
        f"{what} lies in the future ({moment:%Y-%m-%d %H:%M %Z})."
        for what, moment in (("when it began", occurred), ("when you knew of it", aware))
        if moment is not None and moment > now + _SOON
    ]
    if occurred is not None and occurred > aware:
        told = f"it began ({occurred:%Y-%m-%d %H:%M %Z}) after you knew of it ({aware:%Y-%m-%d %H:%M %Z})."
        faults.append(told)
    if faults:
        raise WrongUse(" ".join(faults), remedy="Look at dates and time zone.")


def visible_findings(findings: Sequence[UUID], viewer: Viewer) -> list[Finding]:
    """Those of the findings that the viewer may see. Raises WrongUse where they are too many."""
    if len(findings) > MOST_FINDINGS:
        raise WrongUse(f"more than {MOST_FINDINGS:,} findings at once.", remedy="Choose fewer.")
    return list(findings_for(viewer).filter(pk__in=findings))


def add_organisations(incident: Incident, parts: Mapping[str, str]) -> None:
    """Involve organisations that are not yet, each with its part."""
    known = set(incident.organisations.values_list("organisation", flat=True))
    Involved.objects.bulk_create(
        [Involved(incident=incident, organisation=one, part=parts[one]) for one in sorted(set(parts) - known)]
    )


def taken_out(incident: Incident, findings: Sequence[UUID]) -> list[UUID]:
    """Those of the findings that belonged to it and do no more. Raises Conflict where there are none."""
    gone = take_findings(incident, findings)
    if not gone:
        raise Conflict("none of these findings belongs to it.", where=incident.reference)
    return gone


def owners(found: Iterable[Finding]) -> dict[str, str]:
    """Whose findings they are: they are affected."""
    return {one.organisation: Part.AFFECTED.value for one in found if one.organisation}


def taken_with(incident: UUID, organisation: str, viewer: Viewer, *states: State) -> Incident:
    """An incident for somebody who does something for an organisation in it, or for all of it.

    Raises NotAllowed, Conflict, WrongUse.
    """
    of_authority = sees_all_of(viewer)
    right = Right.CHANGE_INCIDENTS if of_authority else Right.REPORT_INCIDENTS
    found = taken(incident, viewer, *states, right=right)
    own = [one.organisation for one in involved(found, viewer)]
    if (organisation or not of_authority) and organisation not in own:
        raise WrongUse("the organisation is not involved in it.", where=organisation[:100], remedy="Involve it first.")
    return found


def send(incident: Incident, organisation: str, by: Actor, now: datetime) -> None:
    """An organisation sends something: no more than it may, and from now on it waits for an answer. Raises Conflict."""
    check_said(incident, by, now)
    let_wait(incident, organisation, now)
