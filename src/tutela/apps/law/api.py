"""The interface to the law: all regimes, one with all that is known of it, and what binds an organisation and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from tutela.apps.constituency.queries import organisation_by
from tutela.apps.law import actions, columns, queries
from tutela.core.errors import WrongUse
from tutela.core.law.binding import Binds, questions
from tutela.core.law.instrument import Confidence
from tutela.core.law.links import links
from tutela.core.law.stating import COUNTRY, UNKNOWN
from tutela.core.rights import Right
from tutela.web import filters as filtering
from tutela.web.acting import ground
from tutela.web.interface import described, page_of
from tutela.web.problems import Problem
from tutela.web.questions import Text, refuse_unknown
from tutela.web.rights import allow, viewer_of

if TYPE_CHECKING:
    from tutela.apps.constituency.models import Organisation
    from tutela.core.actor import Viewer
    from tutela.core.law.binding import Binding

router = Router(tags=["laws"])
of_organisations = Router(tags=["laws"])
_ERRORS: Final = {401: Problem, 403: Problem, 422: Problem}
_ASKED: Final = columns.filters(())
_PARAMETERS: Final = {"parameters": described(columns.TABLE, _ASKED)["parameters"][: len(_ASKED)]}
_LARGEST: Final = 10**15

Whole = Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)]
Value = bool | Whole | float | Text | None
"""What a fact may be; nothing takes it back."""


class Confirmed(Schema):
    """That somebody has read it in the law."""

    source: str
    confirmed: datetime
    by: str


class LegalPart(Schema):
    """A fact of law: which part of the regime it is, and how it is known (P text, S account, M memory)."""

    version: int
    overlay: str
    part: str
    citation: str
    confidence: str
    digest: str
    unverified: bool
    confirmation: Confirmed | None


class Law(Schema):
    """One regime; ``versions`` are as their files say it, ``goes_before`` are the regimes that yield to it."""

    regime: str
    is_law: bool
    versions: list[dict[str, Any]]
    goes_before: list[str]
    parts: list[LegalPart]


class NewConfirmation(Schema):
    """Which fact of law was read (its ``digest``), and where."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    source: Text = Field(min_length=1, max_length=2_000)


class Before(Schema):
    """A special law that goes before a regime; ``value``: whether it does here, null where it is not known."""

    regime: str
    value: bool | None
    citation: str


class BindingRow(Schema):
    """A regime for an organisation; ``near``: it is law of its own country, or of the Union that it belongs to."""

    regime: str
    binds: Binds
    near: bool
    facts: dict[str, bool | int | float | str | None]
    missing: list[str]
    before: list[Before]


class QuestionRow(Schema):
    """A fact that is not known, how it is asked, and the regimes that hang on it."""

    fact: str
    question: str
    regimes: list[str]


class StatementRow(Schema):
    """A fact as it was stated last."""

    name: str
    value: bool | int | float | str | None
    evidence: str
    stated: datetime
    by: str


class OrganisationLaw(Schema):
    """What binds an organisation now, what would settle the rest (the most decisive first), and what was stated."""

    organisation: str
    country: str
    regimes: list[BindingRow]
    questions: list[QuestionRow]
    statements: list[StatementRow]


class NewStatements(Schema):
    """Facts by their names, and on what they rest; null takes one back."""

    model_config = ConfigDict(extra="forbid")

    facts: dict[str, Value] = Field(min_length=1, max_length=300)
    evidence: Text = Field("", max_length=2_000)


@router.get(
    "",
    response={200: page_of(columns.TABLE), **_ERRORS},
    summary="List laws",
    openapi_extra=_PARAMETERS,
    url_name="laws",
)
def laws(request: HttpRequest) -> dict[str, Any]:
    """All regimes that the filters leave, as they are today; they fit on one page, so that `next` is empty."""
    allow(viewer_of(request), Right.SEE_LAW)
    known = columns.filters(queries.jurisdictions())
    refuse_unknown(request, [one.name for one in known])
    asked = filtering.read(known, request.GET)
    if asked.errors:
        raise WrongUse("; ".join(f"{one.filter.name}: {one.error}" for one in asked.errors))
    rows = columns.chosen(queries.regimes(timezone.localdate()), asked.values)
    told = zip(rows, columns.TABLE.as_dicts(rows), strict=True)
    return {"items": [{"key": columns.TABLE.key(row), **each} for row, each in told], "next": "", "previous": ""}


@router.get("/{identifier}", response={200: Law, 404: Problem, **_ERRORS}, summary="One law", url_name="law")
def law(request: HttpRequest, identifier: str) -> dict[str, Any]:
    """One regime: its versions, which laws yield to it, and on what it rests."""
    allow(viewer_of(request), Right.SEE_LAW)
    return _law(identifier)


@router.post(
    "/{identifier}/confirmations",
    response={201: Law, 404: Problem, 409: Problem, **_ERRORS},
    summary="Confirm a fact of law",
    url_name="confirmations",
)
def confirm(request: HttpRequest, identifier: str, wanted: NewConfirmation) -> Status[dict[str, Any]]:
    """Confirm that it stands in the law so; 409 where it was confirmed before."""
    viewer = viewer_of(request)
    allow(viewer, Right.CONFIRM_LAW)
    _law(identifier)
    actions.confirm(regime=identifier, viewer=viewer, **wanted.model_dump(), **ground(request))
    return Status(201, _law(identifier))


def _law(identifier: str) -> dict[str, Any]:
    found = queries.regime_by(identifier, timezone.localdate())
    if found is None:
        raise Http404
    versions = queries.versions_of(identifier)
    return {
        "regime": identifier,
        "is_law": found.is_law,
        "versions": [one.instrument.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in versions],
        "goes_before": [one.id for one in queries.yielding_to(identifier)],
        "parts": _parts(identifier),
    }


def _parts(identifier: str) -> list[dict[str, Any]]:
    confirmations = queries.confirmations_of(identifier)
    found = []
    for version in queries.versions_of(identifier):
        for one in links(version):
            done = confirmations.get(one.digest)
            found.append(
                {
                    "version": version.instrument.version,
                    "overlay": version.overlay,
                    **{name: getattr(one, name) for name in ("part", "citation", "digest")},
                    "confidence": str(one.confidence),
                    "unverified": one.confidence is Confidence.MEMORY and done is None,
                    "confirmation": {
                        "source": done.source,
                        "confirmed": done.confirmed,
                        "by": f"{done.actor_kind}:{done.actor_name}",
                    }
                    if done
                    else None,
                }
            )
    return found


@of_organisations.get(
    "/{uuid:identifier}/law",
    response={200: OrganisationLaw, 404: Problem, **_ERRORS},
    summary="What binds an organisation",
    url_name="organisation-law",
)
def organisation_law(request: HttpRequest, identifier: UUID) -> dict[str, Any]:
    """Each regime for the organisation as things are now, with the facts from which that follows."""
    viewer = viewer_of(request)
    allow(viewer, Right.SEE_LAW)
    return _of(_visible(viewer, identifier), viewer)


@of_organisations.post(
    "/{uuid:identifier}/statements",
    response={201: OrganisationLaw, 404: Problem, **_ERRORS},
    summary="State facts of an organisation",
    url_name="statements",
)
def state(request: HttpRequest, identifier: UUID, wanted: NewStatements) -> Status[dict[str, Any]]:
    """State facts by which laws ask: all of them, or none where one cannot be."""
    viewer = viewer_of(request)
    allow(viewer, Right.STATE_LAW_FACTS)
    found = _visible(viewer, identifier)
    facts = {name: _text(value) for name, value in wanted.facts.items()}
    given: dict[str, Any] = {"facts": facts, "evidence": wanted.evidence}
    actions.state(organisation=found.global_id, viewer=viewer, **given, **ground(request))
    return Status(201, _of(found, viewer))


def _visible(viewer: Viewer, identifier: UUID) -> Organisation:
    found = organisation_by(identifier, viewer)
    if found is None:
        raise Http404
    return found


def _text(value: Value) -> str:
    """A value as people write it."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _of(organisation: Organisation, viewer: Viewer) -> dict[str, Any]:
    bindings = queries.bound_of(organisation, viewer, timezone.now())
    asked = questions(bindings)
    stated = queries.statements_of(organisation, viewer)
    return {
        "organisation": organisation.global_id,
        "country": queries.profile(organisation, viewer).get(COUNTRY, ""),
        "regimes": [_binding(one) for one in bindings],
        "questions": [
            {"fact": one.name, "question": queries.called(one.name), "regimes": list(one.regimes)} for one in asked
        ],
        "statements": [
            {
                "by": f"{one.actor_kind}:{one.actor_name}",
                **{name: getattr(one, name) for name in ("name", "value", "evidence", "stated")},
            }
            for one, *_before in stated.values()
        ],
    }


def _binding(one: Binding) -> dict[str, Any]:
    return {
        "regime": one.compiled.id,
        "binds": one.binds,
        "near": one.near,
        "facts": dict(one.facts),
        "missing": list(one.missing),
        "before": [
            {"regime": each.rule.regime, "value": each.value, "citation": each.rule.citation} for each in one.before
        ],
    }
