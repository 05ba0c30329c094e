"""The interface to incidents: the list, one with its course, a new one, and something for its timeline."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field

from tutela.apps.incidents import actions, columns, queries
from tutela.apps.incidents.course import MOST_FINDINGS
from tutela.apps.incidents.queries import IncidentFilter
from tutela.apps.incidents.steps import Step, take
from tutela.core.findings.fold import SEVERITIES, TLP_LEVELS
from tutela.core.incidents.case import Part
from tutela.core.rights import Right
from tutela.web.acting import ground
from tutela.web.interface import answer, described, page_of
from tutela.web.lists import List
from tutela.web.problems import Problem
from tutela.web.questions import Text
from tutela.web.rights import allow, viewer_of

if TYPE_CHECKING:
    from tutela.apps.incidents.models import Entry, Fact, Incident
    from tutela.core.actor import Viewer

router = Router(tags=["incidents"])
_ERRORS = {401: Problem, 403: Problem, 422: Problem}


@router.get(
    "",
    response={200: page_of(columns.TABLE), **_ERRORS},
    summary="List incidents",
    openapi_extra=described(columns.TABLE, columns.FILTERS),
    url_name="incidents",
)
def incidents(request: HttpRequest) -> dict[str, Any]:
    """The incidents that the caller may see, what was last done something about first."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_INCIDENTS)

    def rows(values: Any) -> Any:
        return queries.incidents_for(viewer, IncidentFilter(**values))

    return answer(request, List(columns.TABLE, columns.FILTERS, rows, first="changed"))


class EntryRow(Schema):
    """One entry of the timeline; ``data`` depends on what was done."""

    at: datetime
    act: str
    by: str
    text: str
    audience: str = Field(description="part of the organisations for which it is too")
    organisation: str = Field(description="global id of the one for which it is too")
    data: dict[str, Any]


class FactRow(Schema):
    """A fact as it was stated last."""

    name: str
    organisation: str = Field(description="global id of the one of which it was stated; empty: of the whole incident")
    value: bool | int | float | str | None
    evidence: str
    stated: datetime
    by: str


class InvolvedRow(Schema):
    """An organisation that has to do with it; since when its people see it, and wait for an answer."""

    organisation: str = Field(description="global id")
    part: Part
    shared: datetime | None
    waiting: datetime | None


class IncidentFile(Schema):
    """An incident with all of it that the caller may see."""

    id: UUID
    reference: str
    title: str
    type: str
    severity: str
    tlp: str
    state: str
    reason: str
    owner: str
    opened: datetime
    changed: datetime
    closed: datetime | None
    organisations: list[InvolvedRow]
    findings: list[UUID]
    entries: list[EntryRow]
    facts: list[FactRow]


class NewIncident(Schema):
    """What an incident is, and the findings from which it is opened."""

    model_config = ConfigDict(extra="forbid")

    title: Text = Field(min_length=1, max_length=200)
    type: Text = Field(max_length=100, description="of RSIT")
    severity: int = Field(ge=0, le=5)
    tlp: int = Field(2, ge=0, le=4, description="0 CLEAR … 4 RED (TLP 2.0)")
    text: Text = Field("", max_length=20_000)
    findings: list[UUID] = Field(default_factory=list, max_length=MOST_FINDINGS)


class NewReport(Schema):
    """What an organisation tells the authority of its incident."""

    model_config = ConfigDict(extra="forbid")

    organisation: Text = Field(max_length=200, description="global id of one of yours")
    title: Text = Field(min_length=1, max_length=200)
    type: Text = Field("other", max_length=100, description="of RSIT")
    text: Text = Field("", max_length=20_000)
    occurred: AwareDatetime | None = None
    aware: AwareDatetime


class NewEntry(Schema):
    """Something for the timeline: for the authority alone, for organisations of a part, or for one organisation.

    People of an organisation give theirs.
    """

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(min_length=1, max_length=20_000)
    audience: Part | None = None
    organisation: Text = Field("", max_length=200)


@router.post("", response={201: IncidentFile, **_ERRORS}, summary="Open an incident", url_name="incidents")
def open_incident(request: HttpRequest, wanted: NewIncident) -> Status[dict[str, Any]]:
    """Open an incident; the organisations of its findings are affected, and see nothing of it yet."""
    viewer = viewer_of(request)
    opened = actions.open_incident(viewer=viewer, **wanted.model_dump(), **ground(request))
    return Status(201, _file(opened, viewer))


@router.post("/reports", response={201: IncidentFile, 409: Problem, **_ERRORS}, summary="Report", url_name="reports")
def report(request: HttpRequest, given: NewReport) -> Status[dict[str, Any]]:
    """Report an incident of one's own organisation to the authority."""
    viewer = viewer_of(request)
    allow(viewer, Right.REPORT_INCIDENTS)
    return Status(201, _file(actions.report(viewer=viewer, **given.model_dump(), **ground(request)), viewer))


@router.get(
    "/{uuid:identifier}",
    response={200: IncidentFile, 404: Problem, **_ERRORS},
    summary="One incident",
    url_name="incident",
)
def incident(request: HttpRequest, identifier: UUID) -> dict[str, Any]:
    """One incident, with all of it that the caller may see."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_INCIDENTS)
    return _file(_visible(viewer, identifier), viewer)


@router.post(
    "/{uuid:identifier}/entries",
    response={201: IncidentFile, 404: Problem, 409: Problem, **_ERRORS},
    summary="Write into the timeline",
    url_name="entries",
)
def write(request: HttpRequest, identifier: UUID, wanted: NewEntry) -> Status[dict[str, Any]]:
    """The incident with the new entry; 409 where it is not open."""
    viewer = viewer_of(request)
    allow(viewer, Right.CHANGE_INCIDENTS if queries.sees_all_of(viewer) else Right.REPORT_INCIDENTS)
    found = _visible(viewer, identifier)
    written = actions.write(incident=found.pk, viewer=viewer, **wanted.model_dump(), **ground(request))
    return Status(201, _file(written, viewer))


@router.post(
    "/{uuid:identifier}/steps",
    response={200: IncidentFile, 404: Problem, 409: Problem, **_ERRORS},
    summary="Do something with an incident",
    url_name="incident-steps",
)
def take_step(request: HttpRequest, identifier: UUID, wanted: Step) -> dict[str, Any]:
    """The incident after the step, or the one in which it goes on; 409 where its state does not allow it."""
    viewer = viewer_of(request)
    allow(viewer, Right.CHANGE_INCIDENTS if queries.sees_all_of(viewer) else Right.REPORT_INCIDENTS)
    found = _visible(viewer, identifier)
    return _file(take(wanted, found.pk, viewer=viewer, **ground(request)), viewer)


def _visible(viewer: Viewer, identifier: UUID) -> Incident:
    found = queries.incident_by(identifier, viewer)
    if found is None:
        raise Http404
    return found


def _file(found: Incident, viewer: Viewer) -> dict[str, Any]:
    same = ("id", "reference", "title", "type", "state", "reason", "owner", "opened", "changed", "closed")
    return _named(found, *same) | {
        "severity": SEVERITIES[found.severity],
        "tlp": TLP_LEVELS[found.tlp],
        "organisations": [_named(one, *_INVOLVED) for one in queries.involved(found, viewer)],
        "findings": list(queries.findings_of(found, viewer).values_list("pk", flat=True)),
        "entries": [_by(one) | _named(one, *_ENTRY) for one in queries.entries_of(found, viewer)],
        "facts": [_by(one) | _named(one, *_FACT) for one, *_ in queries.stated_of(found, viewer)],
    }


_INVOLVED = ("organisation", "part", "shared", "waiting")
_ENTRY = ("at", "act", "text", "audience", "organisation", "data")
_FACT = ("name", "organisation", "value", "evidence", "stated")


def _named(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _by(row: Entry | Fact) -> dict[str, str]:
    return {"by": f"{row.actor_kind}:{row.actor_name}"}
