"""What may be asked of incidents.

The people of the authority see all of an incident. Those of an organisation see it once it was shared with them, and
then only what was shared, and only their own findings; what is TLP:RED stays with the authority.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Subquery

from tutela.apps.constituency.queries import names, organisations_below, organisations_for
from tutela.apps.findings.queries import findings_for
from tutela.apps.incidents.models import Attachment, Incident, Involved
from tutela.apps.people.queries import people_who_may
from tutela.core.incidents.case import State, reference_of
from tutela.core.rights import Right
from tutela.lake.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from tutela.apps.findings.models import Finding
    from tutela.apps.incidents.models import Entry, Fact, Task
    from tutela.core.actor import Viewer

RED: Final = 4
_MOST_WORDS: Final = 8
MOST_OFFERED: Final = 100
ATTACHMENTS: Final = "attachments"
"""The folder of their bytes, under TUTELA_HOME."""


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents: every part that is given must hold."""

    state: str | None = None
    severity: int | None = None
    type: str | None = None
    owner: str | None = None
    below: str | None = None
    text: str | None = None
    waiting: bool | None = None
    finding: UUID | None = None


def incidents_for(viewer: Viewer, wanted: IncidentFilter | None = None) -> QuerySet[Incident]:
    """The incidents that the viewer may see and ``wanted`` describes, what was last done something about first.

    Each has ``waiting``: since when an organisation waits for an answer; for their people, one of theirs.
    """
    wanted, own = wanted or IncidentFilter(), involvements_for(viewer)
    exact = {"state": wanted.state, "severity__gte": wanted.severity, "type": wanted.type}
    condition = Q(**{name: value for name, value in exact.items() if value is not None})
    if wanted.waiting is not None:
        waits = Q(pk__in=own.filter(waiting__isnull=False).values("incident"))
        condition &= waits if wanted.waiting else ~waits
    if wanted.owner is not None:
        condition &= Q(owner__iexact=wanted.owner)
    if wanted.below is not None:
        below = own.filter(organisation__in=organisations_below(viewer, wanted.below))
        condition &= Q(pk__in=below.values("incident"))
    if wanted.finding is not None:
        visible = findings_for(viewer).filter(pk=wanted.finding).values("pk")
        condition &= Q(findings__finding__in=visible)
    for word in (wanted.text or "").split()[:_MOST_WORDS]:
        condition &= _called(word)
    if viewer.organisations is not None:
        condition &= ~Q(tlp=RED) & Q(pk__in=own.values("incident"))
    longest = own.filter(incident=OuterRef("pk"), waiting__isnull=False).order_by("waiting").values("waiting")
    found = Incident.objects.filter(condition).order_by("-changed", "id")
    return found.annotate(waiting=Subquery(longest[:1]))


def latest_of(organisation: str, viewer: Viewer, most: int) -> list[Incident]:
    """The incidents with which an organisation has to do, what was last done something about first."""
    involved = involvements_for(viewer).filter(organisation=organisation)
    return list(incidents_for(viewer).filter(pk__in=involved.values("incident"))[:most])


def involvements_for(viewer: Viewer) -> QuerySet[Involved]:
    """What organisations have to do with incidents; for their people, their own, once it was shared with them."""
    if viewer.organisations is None:
        return Involved.objects.all()
    visible = organisations_for(viewer).values("global_id")
    return Involved.objects.filter(shared__isnull=False, organisation__in=visible)


def _called(word: str) -> Q:
    condition = Q(title__icontains=word)
    numbers = reference_of(word)
    if numbers:
        condition |= Q(year=numbers[0], sequence=numbers[1])
    return condition


def incident_by(identifier: UUID, viewer: Viewer) -> Incident | None:
    """The incident with this id, if the viewer may see it."""
    return incidents_for(viewer).filter(pk=identifier).first()


def sees_all_of(viewer: Viewer) -> bool:
    """Whether somebody sees the whole file of an incident, or only what was shared."""
    return viewer.may(Right.SEE_INCIDENT_FILES)


def entries_of(incident: Incident, viewer: Viewer) -> list[Entry]:
    """The timeline of an incident, the first first: all of it, or what is for those whose part the viewer has."""
    entries = incident.entries.order_by("sequence")
    if sees_all_of(viewer):
        return list(entries)
    own = involved(incident, viewer)
    for_a_part = Q(organisation="", audience__in=own.values("part"))
    return list(entries.filter(for_a_part | Q(organisation__in=own.values("organisation"))))


def facts_of(incident: Incident, viewer: Viewer) -> dict[str, list[Fact]]:
    """What was stated of an incident as a whole, by name; of each the last counts, and those before it follow."""
    found: dict[str, list[Fact]] = {}
    if sees_all_of(viewer):
        for fact in incident.facts.filter(organisation="").order_by("-id"):
            found.setdefault(fact.name, []).append(fact)
    return found


def stated_of(incident: Incident, viewer: Viewer) -> list[list[Fact]]:
    """All that was stated and the viewer may see, of the whole incident and of each organisation.

    One list for each fact: the last counts, and those before it follow.
    """
    visible = incident.facts.order_by("organisation", "-id")
    if not sees_all_of(viewer):
        visible = visible.filter(organisation__in=involved(incident, viewer).values("organisation"))
    found: dict[tuple[str, str], list[Fact]] = {}
    for fact in visible:
        found.setdefault((fact.organisation, fact.name), []).append(fact)
    return list(found.values())


def facts_for(incident: Incident, organisation: str, viewer: Viewer) -> dict[str, list[Fact]]:
    """What counts for one organisation in an incident, by name: what was stated of it, else of the whole incident.

    What was taken back of it counts no more. People of an organisation see what was stated of theirs.
    """
    whole, own = facts_of(incident, viewer), involved(incident, viewer).filter(organisation=organisation).exists()
    found: dict[str, list[Fact]] = {}
    if own:
        for fact in incident.facts.filter(organisation=organisation).order_by("-id"):
            found.setdefault(fact.name, []).append(fact)
    return whole | {name: facts for name, facts in found.items() if facts[0].value is not None or name not in whole}


def tasks_of(incident: Incident, viewer: Viewer) -> list[Task]:
    """What is to be done, the next due first; then what was done."""
    if not sees_all_of(viewer):
        return []
    tasks = list(incident.tasks.order_by("added", "id"))
    waiting = [task for task in tasks if task.finished is None]
    waiting.sort(key=lambda task: (task.due is None, task.due or task.added))
    return waiting + [task for task in tasks if task.finished is not None]


def attachments_of(incident: Incident, viewer: Viewer) -> list[Attachment]:
    """The files of an incident, the newest first: all of them, or those of the viewer's organisations."""
    return list(_files(viewer).filter(incident=incident).order_by("-added", "id"))


def _files(viewer: Viewer) -> QuerySet[Attachment]:
    visible = Attachment.objects.filter(incident__in=incidents_for(viewer))
    if sees_all_of(viewer):
        return visible
    same = {"incident": OuterRef("incident"), "organisation": OuterRef("organisation")}
    return visible.filter(Exists(involvements_for(viewer).filter(**same)))


def attachment_by(identifier: UUID, viewer: Viewer) -> Attachment | None:
    """The file with this id, if the viewer may see it."""
    return _files(viewer).filter(pk=identifier).first()


def bytes_of(attachment: Attachment) -> BinaryIO:
    """The bytes of a file; FileNotFoundError where they are lost."""
    return Archive(settings.TUTELA.home, ATTACHMENTS).open(attachment.content, size=attachment.size)


def findings_of(incident: Incident, viewer: Viewer) -> QuerySet[Finding]:
    """The findings of an incident that the viewer may see, the worst first."""
    linked = incident.findings.values("finding")
    return findings_for(viewer).filter(pk__in=linked)


def organisations_of(incident: Incident, viewer: Viewer, language: str) -> list[Involved]:
    """The organisations that have to do with an incident, as far as the viewer may see them, each with its name."""
    found = list(involved(incident, viewer))
    known = names((one.organisation for one in found), language=language)
    for one in found:
        one.name = known.get(one.organisation, one.organisation)  # type: ignore[attr-defined]
    return found


def involved(incident: Incident, viewer: Viewer) -> QuerySet[Involved]:
    """The organisations that have to do with an incident; for their people, their own with which it is shared."""
    return involvements_for(viewer).filter(incident=incident).order_by("part", "organisation")


def open_incidents(viewer: Viewer, besides: Incident | None = None) -> list[Incident]:
    """The open incidents, for choosing one; the latest first."""
    found = incidents_for(viewer, IncidentFilter(state=State.OPEN))
    return list((found.exclude(pk=besides.pk) if besides else found)[:MOST_OFFERED])


def hands() -> Sequence[tuple[str, str]]:
    """Addresses and names of those who can handle an incident."""
    return people_who_may(Right.CHANGE_INCIDENTS)
