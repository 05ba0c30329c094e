"""The interface to obligations: what the law asks in an incident, the clocks, drafts and submissions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field

from tutela.apps.incidents.queries import incident_by
from tutela.apps.obligations import actions, columns, queries
from tutela.apps.obligations.assessment import assess, questions
from tutela.apps.obligations.course import LONGEST
from tutela.core.rights import Right
from tutela.web.acting import ground
from tutela.web.files import as_receipt
from tutela.web.interface import answer, described, page_of
from tutela.web.lists import List
from tutela.web.problems import Problem
from tutela.web.questions import Text, refuse_unknown
from tutela.web.rights import allow, viewer_of

if TYPE_CHECKING:
    from tutela.apps.incidents.models import Incident
    from tutela.apps.obligations.models import Draft, Obligation
    from tutela.core.actor import Viewer

router = Router(tags=["obligations"])
Organisation = Annotated[Text, Field(max_length=100, description="global id")]
_ERRORS = {401: Problem, 403: Problem, 422: Problem}
_CHANGES = {404: Problem, 409: Problem, **_ERRORS}


@router.get(
    "",
    response={200: page_of(columns.TABLE), **_ERRORS},
    summary="List obligations",
    openapi_extra=described(columns.TABLE, columns.FILTERS),
    url_name="obligations",
)
def obligations(request: HttpRequest) -> dict[str, Any]:
    """The clocks that the caller may see, what is due first at the top."""
    viewer, now = viewer_of(request), timezone.now()
    allow(viewer, Right.SEE_OBLIGATIONS)

    def rows(values: Any) -> Any:
        return queries.obligations_for(viewer, queries.wanted(values, now))

    def prepare(found: Any) -> None:
        queries.name(found, viewer, "en")

    return answer(request, List(columns.TABLE, columns.FILTERS, rows, first="due", prepare=prepare))


class DraftRow(Schema):
    """A version of a report: one text for each point of the checklist."""

    number: int
    texts: list[str]
    remarks: str
    written: datetime
    author: str
    approved: datetime | None
    approved_by: str


class ObligationFile(Schema):
    """An obligation with its clock and its drafts."""

    id: UUID
    incident: UUID
    organisation: str
    regime: str
    stage: str
    version: int
    duty: bool
    mode: str
    due: datetime | None
    zone: str
    waits_for: str
    recipient: str
    content: list[str]
    citation: str
    confidence: str
    because: list[dict[str, Any]]
    state: str
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str
    submitted: datetime | None
    proof: str
    here: bool
    entry: int | None
    drafts: list[DraftRow]


class Answered(Schema):
    """The answer of the law for one stage; see ``tutela law evaluate``. ``unverified``: what nobody has read in it."""

    regime: str
    stage: str
    applies: bool | None
    due: str | None
    mode: str
    recipient: str
    content: list[str]
    citation: str
    confidence: str
    missing: list[str]
    waits_for: str | None
    note: str | None
    because: list[dict[str, Any]]
    unverified: list[str]


class Assessed(Schema):
    """What the law asks of an organisation in an incident; ``faults``: why it cannot be said."""

    incident: UUID
    organisation: str
    faults: list[str]
    questions: list[str]
    rows: list[Answered]


class Facts(Schema):
    """Facts by name, as people write them: yes, no, unknown, a number, a choice, a moment."""

    model_config = ConfigDict(extra="forbid")

    organisation: Organisation
    facts: dict[Text, Text] = Field(min_length=1, max_length=300)
    evidence: Text = Field("", max_length=2_000)


class Start(Schema):
    """Which stage of which regime is owed, by whom, in which incident."""

    model_config = ConfigDict(extra="forbid")

    incident: UUID
    organisation: Organisation
    regime: Text = Field(max_length=100)
    stage: Text = Field(max_length=100)


class NewDraft(Schema):
    """One text for each point of the checklist, in its order."""

    model_config = ConfigDict(extra="forbid")

    texts: list[Text] = Field(max_length=200)
    remarks: Text = Field("", max_length=LONGEST)


class Approval(Schema):
    """The version that was read."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=10**9)


class Submission(Schema):
    """When it was handed in, and what proves it; ``here``: it is handed in with this, to this authority."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None
    proof: Text = Field("", max_length=LONGEST)
    here: bool = False


class Because(Schema):
    """Why a clock is stopped, or a report taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(min_length=1, max_length=2_000)


@router.get(
    "/incidents/{uuid:identifier}",
    response={200: Assessed, 404: Problem, **_ERRORS},
    summary="What the law asks in an incident",
    url_name="assessment",
)
def assessment(request: HttpRequest, identifier: UUID, organisation: Organisation = "") -> dict[str, Any]:
    """One row for each regime and stage, by what is known now; of the first organisation, where none is named."""
    refuse_unknown(request, ["organisation"])
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_OBLIGATIONS)
    return _assessed(_incident(viewer, identifier), organisation, viewer)


@router.post(
    "/incidents/{uuid:identifier}/facts",
    response={200: Assessed, **_CHANGES},
    summary="State facts",
    url_name="facts",
)
def state(request: HttpRequest, identifier: UUID, given: Facts) -> dict[str, Any]:
    """State facts of an organisation and of an incident, all or none; the answer is what the law asks then."""
    viewer = viewer_of(request)
    allow(viewer, Right.WRITE_SUBMISSIONS)
    found = _incident(viewer, identifier)
    _assessed(found, given.organisation, viewer)
    actions.answer(incident=found.pk, viewer=viewer, **given.model_dump(), **ground(request))
    return _assessed(found, given.organisation, viewer)


@router.post("", response={201: ObligationFile, **_CHANGES}, summary="Start a clock", url_name="obligations")
def start(request: HttpRequest, given: Start) -> Status[dict[str, Any]]:
    """Let the clock of a stage run; 409 where the law does not ask for it, by what is known."""
    viewer = viewer_of(request)
    allow(viewer, Right.SET_CLOCKS)
    _incident(viewer, given.incident)
    return Status(201, _file(actions.start(viewer=viewer, **given.model_dump(), **ground(request)), viewer))


@router.get(
    "/{uuid:identifier}",
    response={200: ObligationFile, 404: Problem, **_ERRORS},
    summary="One obligation",
    url_name="obligation",
)
def obligation(request: HttpRequest, identifier: UUID) -> dict[str, Any]:
    """One obligation, with its clock, the reason and its drafts."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_OBLIGATIONS)
    return _file(_visible(viewer, identifier), viewer)


@router.get(
    "/{uuid:identifier}/receipt",
    response={200: None, 404: Problem, **_ERRORS},
    summary="The receipt of a submission",
    url_name="submission-receipt",
)
def receipt(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """A C2SP tlog-proof: that the ledger says that it was submitted, and which text. 404 too where there is none."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_OBLIGATIONS)
    found = _visible(viewer, identifier)
    return as_receipt(queries.receipt_of(found), f"{found.regime}.{found.stage}")


@router.post(
    "/{uuid:identifier}/drafts",
    response={201: ObligationFile, **_CHANGES},
    summary="Write a draft",
    url_name="drafts",
)
def write_draft(request: HttpRequest, identifier: UUID, given: NewDraft) -> Status[dict[str, Any]]:
    """Write the next version."""
    viewer = viewer_of(request)
    allow(viewer, Right.WRITE_SUBMISSIONS)
    found = _visible(viewer, identifier)
    actions.write_draft(obligation=found.pk, viewer=viewer, **given.model_dump(), **ground(request))
    return Status(201, _file(found, viewer))


@router.post(
    "/{uuid:identifier}/approve",
    response={200: ObligationFile, **_CHANGES},
    summary="Approve the last draft",
    url_name="approval",
)
def approve(request: HttpRequest, identifier: UUID, given: Approval) -> dict[str, Any]:
    """Approve the last version, as somebody who did not write it."""
    viewer = viewer_of(request)
    allow(viewer, Right.APPROVE_SUBMISSIONS)
    found = _visible(viewer, identifier)
    actions.approve(obligation=found.pk, number=given.number, viewer=viewer, **ground(request))
    return _file(found, viewer)


@router.post(
    "/{uuid:identifier}/submit",
    response={200: ObligationFile, **_CHANGES},
    summary="Note a submission, or hand in here",
    url_name="submission",
)
def submit(request: HttpRequest, identifier: UUID, given: Submission) -> dict[str, Any]:
    """Write down that it was handed in; without a time: now."""
    viewer = viewer_of(request)
    allow(viewer, Right.WRITE_SUBMISSIONS)
    found = _visible(viewer, identifier)
    said = given.model_dump() | {"at": given.at or timezone.now()}
    return _file(actions.submit(obligation=found.pk, viewer=viewer, **said, **ground(request)), viewer)


@router.post(
    "/{uuid:identifier}/set",
    response={200: ObligationFile, **_CHANGES},
    summary="Set a clock anew",
    url_name="clock",
)
def set_anew(request: HttpRequest, identifier: UUID) -> dict[str, Any]:
    """Let the clock run as the law has it by what is known now."""
    viewer = viewer_of(request)
    allow(viewer, Right.SET_CLOCKS)
    found = _visible(viewer, identifier)
    return _file(actions.set_anew(obligation=found.pk, viewer=viewer, **ground(request)), viewer)


@router.post(
    "/{uuid:identifier}/stop",
    response={200: ObligationFile, **_CHANGES},
    summary="Stop a clock",
    url_name="stopped",
)
def stop(request: HttpRequest, identifier: UUID, given: Because) -> dict[str, Any]:
    """End a clock without a submission."""
    viewer = viewer_of(request)
    allow(viewer, Right.SET_CLOCKS)
    found = _visible(viewer, identifier)
    return _file(actions.stop(obligation=found.pk, reason=given.reason, viewer=viewer, **ground(request)), viewer)


@router.post(
    "/{uuid:identifier}/take-back",
    response={200: ObligationFile, **_CHANGES},
    summary="Take a submission back",
    url_name="taken-back",
)
def take_back(request: HttpRequest, identifier: UUID, given: Because) -> dict[str, Any]:
    """It was not handed in, or not then: its clock runs again."""
    viewer = viewer_of(request)
    allow(viewer, Right.WRITE_SUBMISSIONS)
    found = _visible(viewer, identifier)
    return _file(actions.take_back(obligation=found.pk, reason=given.reason, viewer=viewer, **ground(request)), viewer)


def _incident(viewer: Viewer, identifier: UUID) -> Incident:
    found = incident_by(identifier, viewer)
    if found is None:
        raise Http404
    return found


def _visible(viewer: Viewer, identifier: UUID) -> Obligation:
    found = queries.obligation_by(identifier, viewer)
    if found is None:
        raise Http404
    return found


def _assessed(found: Incident, organisation: str, viewer: Viewer) -> dict[str, Any]:
    known = queries.organisations_in(found, viewer)
    whose = next((one for one in known if organisation in {one.global_id, ""}), None)
    if whose is None:
        raise Http404
    told = assess(found, whose, viewer, timezone.now())
    rows = [
        row.as_dict() | {"unverified": [link.part for link in told.links.get((row.regime, row.stage), ())]}
        for row in told.rows
    ]
    return {
        "incident": found.pk,
        "organisation": whose.global_id,
        "faults": list(told.faults),
        "questions": questions(told, viewer),
        "rows": rows,
    }


def _draft(one: Draft) -> dict[str, Any]:
    return {name: getattr(one, name) for name in DraftRow.model_fields}


def _file(found: Obligation, viewer: Viewer) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in ObligationFile.model_fields if name != "drafts"}
    return values | {"drafts": [_draft(one) for one in queries.drafts_of(found, viewer)]}
