"""The interface to findings: the same list, filters and columns as the page."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field, ValidationInfo, field_validator

from tutela.apps.findings import actions, columns, queries
from tutela.apps.findings.queries import RIGHT_TO, FindingFilter
from tutela.core.findings.life import Act
from tutela.core.rights import Right
from tutela.web import keyset
from tutela.web.acting import ground
from tutela.web.files import as_receipt, as_statement
from tutela.web.problems import Problem
from tutela.web.questions import Text, refuse_unknown
from tutela.web.rights import allow, viewer_of

if TYPE_CHECKING:
    from tutela.apps.findings.models import Finding, Step
    from tutela.core.actor import Viewer

router = Router(tags=["findings"])


class FindingRow(Schema):
    """One finding, with the columns of the list."""

    id: UUID
    asset: str
    severity: str
    condition: str
    organisation: str
    state: str
    first_seen: str
    last_seen: str
    events: int
    feed: str
    vulnerabilities: str
    tlp: str


class FindingPage(Schema):
    """Some findings; ``next`` and ``previous`` are cursors, empty at the ends of the list."""

    items: list[FindingRow]
    next: str
    previous: str


class Wanted(Schema):
    """Which findings, in which order."""

    state: str = Field("", description="`open`, or one state", json_schema_extra={"enum": ["", *columns.STATES]})
    severity: int = Field(0, ge=0, le=5, description="at least; 5 is critical")
    type: str = Field("", max_length=200)
    network: str = Field("", max_length=200, description="an address, a prefix or a range that holds the asset")
    text: str = Field("", max_length=200)
    below: str = Field("", max_length=200, description="an organisation with all below it")
    sector: str = Field("", max_length=200)
    feed: str = Field("", max_length=200)
    cve: str = Field("", max_length=30)
    sort: str = Field(
        "severity",
        description="a column; with - in front the other way round",
        json_schema_extra={"enum": [*columns.TABLE.sorts()]},
    )
    cursor: str = Field("", max_length=2000)
    limit: int = Field(100, ge=1, le=keyset.LARGEST)

    @field_validator("state", "sort")
    @classmethod
    def _known(cls, given: str, about: ValidationInfo) -> str:
        known = {"state": ("", *columns.STATES), "sort": columns.TABLE.sorts()}[str(about.field_name)]
        if given not in known:
            raise ValueError(f"is none of {', '.join(filter(None, known))}")
        return given

    def filter(self) -> FindingFilter:
        """As the queries take it."""
        given = {name: value for name, value in self if name in _FILTERS and value not in {"", 0}}
        return FindingFilter(**given | {"state": columns.states_of(self.state) if self.state else ()})


_FILTERS = {one.name for one in fields(FindingFilter)}
Entry = Annotated[int | None, Query(ge=0, lt=2**63)]
_ERRORS = {401: Problem, 403: Problem, 404: Problem, 422: Problem}


@router.get("", response={200: FindingPage, **_ERRORS}, summary="List findings")
def findings(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """The findings that the caller may see and the parameters describe."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_FINDINGS)
    refuse_unknown(request, Wanted.model_fields)
    order = keyset.Order((*(columns.TABLE.order_by(wanted.sort) or ()), "pk"))
    page = keyset.page(queries.findings_for(viewer, wanted.filter()), order, wanted.cursor, wanted.limit)
    return {"items": _rows(page.rows), "next": page.next, "previous": page.previous}


@router.get("/{uuid:identifier}", response={200: FindingRow, **_ERRORS}, summary="One finding")
def finding(request: HttpRequest, identifier: UUID) -> dict[str, Any]:
    """One finding."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_FINDINGS)
    return _rows([_visible(viewer, identifier)])[0]


class StepRow(Schema):
    """One step in the life of a finding: who did what, when and why, and the evidence on which it stands."""

    at: datetime
    act: str
    before: str
    after: str
    by: str
    reason: str
    until: datetime | None
    evidence: list[dict[str, str]]
    entry: int | None = Field(description="number of the ledger entry that holds the hash of the step")


class WantedStep(Schema):
    """A step to take. What it needs, docs/findings.md says."""

    model_config = ConfigDict(extra="forbid")

    act: Act = Field(description="what is done", json_schema_extra={"enum": [act.value for act in RIGHT_TO]})
    reason: Text = Field("", max_length=2000, description="why; needed to dispute, accept and withdraw")
    until: AwareDatetime | None = Field(None, description="until when; needed to dispute and accept")

    @field_validator("act")
    @classmethod
    def _by_a_person(cls, given: Act) -> Act:
        if given not in RIGHT_TO:
            raise ValueError(f"is none of {', '.join(act.value for act in RIGHT_TO)}")
        return given


@router.get(
    "/{uuid:identifier}/steps",
    response={200: list[StepRow], **_ERRORS},
    summary="The life of a finding",
    url_name="steps",
)
def steps(request: HttpRequest, identifier: UUID) -> list[dict[str, Any]]:
    """All steps that were taken with it, the first first."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_FINDINGS)
    return [_step(one) for one in queries.life_of(_visible(viewer, identifier))]


@router.post(
    "/{uuid:identifier}/steps",
    response={200: FindingRow, 409: Problem, **_ERRORS},
    summary="Take a step with a finding",
    url_name="steps",
)
def take_step(request: HttpRequest, identifier: UUID, wanted: WantedStep) -> dict[str, Any]:
    """The finding after the step; 409 where its state does not allow it, as when it is asked a second time."""
    viewer = viewer_of(request)
    allow(viewer, RIGHT_TO[wanted.act])
    found = _visible(viewer, identifier)
    actions.perform(
        act=wanted.act,
        findings=[found.pk],
        viewer=viewer,
        reason=wanted.reason,
        until=wanted.until,
        **ground(request),
    )
    return _rows([_visible(viewer, identifier)])[0]


@router.get(
    "/{uuid:identifier}/receipt",
    response={200: None, **_ERRORS},
    summary="The receipt of a step of a finding",
    url_name="step-receipt",
)
def receipt(request: HttpRequest, identifier: UUID, entry: Entry = None) -> HttpResponse:
    """A C2SP tlog-proof of the ledger entry that holds the step: of this number, or of the last step."""
    found, step = _proven(request, identifier, entry)
    return as_receipt(queries.receipt_of(step), f"finding-{found.pk.hex[:12]}-{step.act}")


@router.get(
    "/{uuid:identifier}/statement",
    response={200: None, **_ERRORS},
    summary="What the receipt of a step is about",
    url_name="step-statement",
)
def statement(request: HttpRequest, identifier: UUID, entry: Entry = None) -> HttpResponse:
    """The bytes whose SHA-256 stands in that entry: keep them as they are."""
    found, step = _proven(request, identifier, entry)
    return as_statement(queries.statement_of(step).text(), f"finding-{found.pk.hex[:12]}-{step.act}")


def _proven(request: HttpRequest, identifier: UUID, entry: int | None) -> tuple[Finding, Step]:
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_FINDINGS)
    found = _visible(viewer, identifier)
    step = queries.step_of(found, entry)
    if step is None:
        raise Http404
    return found, step


def _visible(viewer: Viewer, identifier: UUID) -> Finding:
    found = queries.findings_for(viewer).filter(pk=identifier).first()
    if found is None:
        raise Http404
    return found


def _step(one: Step) -> dict[str, Any]:
    columns_ = ("at", "act", "before", "after", "reason", "until", "evidence", "entry")
    return {name: getattr(one, name) for name in columns_} | {"by": f"{one.actor_kind}:{one.actor_name}"}


def _rows(found: list[Finding]) -> list[dict[str, Any]]:
    """The columns of the list; an organisation by its id, which is the same in every language."""
    return [{"id": one.pk, **values} for one, values in zip(found, columns.TABLE.as_dicts(found), strict=True)]
