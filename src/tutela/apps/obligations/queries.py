"""What may be asked of obligations: what the law asks in an incident, and what runs.

People of an organisation see what concerns theirs in incidents that were shared with them, by the facts that they may
see. What the authority itself owes is its own business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Q

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.incidents.queries import facts_for, incidents_for, involved
from tutela.apps.law.queries import confirmed, library, profile
from tutela.apps.obligations.models import Draft, Obligation
from tutela.core.errors import DefinitionErrors
from tutela.core.law.case import read_case
from tutela.core.law.evaluation import evaluate
from tutela.core.law.links import unverified
from tutela.core.law.stating import INCIDENT, MOMENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.incidents.models import Incident
    from tutela.core.actor import Viewer
    from tutela.core.law.library import Compiled, CompiledStage
    from tutela.core.law.links import Link
    from tutela.core.law.row import Row

STATES: Final = tuple(Obligation.State)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the law asks of one organisation in one incident, by what is known; ``faults``: why it cannot be said.

    ``rows``: one for each regime and stage, in the order of the library; ``links``: of each row that applies, what it
    rests on that nobody has read in the law.
    """

    organisation: Organisation
    rows: Sequence[Row] = ()
    links: Mapping[tuple[str, str], Sequence[Link]] = field(default_factory=dict)
    faults: Sequence[str] = ()

    def row(self, regime: str, stage: str) -> Row | None:
        """The answer for a stage of a regime."""
        return next((row for row in self.rows if (row.regime, row.stage) == (regime, stage)), None)


def assess(incident: Incident, organisation: Organisation, viewer: Viewer, now: datetime) -> Assessment:
    """Ask the law; what contradicts itself or lies in the future is told as a fault, and nothing is computed."""
    known = library()
    given = _case(incident, organisation, viewer)
    try:
        case = read_case(given, known, incident.reference, now)
    except DefinitionErrors as wrong:
        return Assessment(organisation, faults=[f"{one.path}: {one.what} {one.remedy}" for one in wrong.problems])
    rows = evaluate(known, case, now, duties=viewer.organisations is None)
    day = case.begun or now
    chosen = known.regimes(case.place.country, day.date())
    doubts = confirmed()
    stages = {(one.id, stage.stage.id): (one, stage) for one, _ in chosen.values() for stage in one.stages}
    links = {(row.regime, row.stage): _doubts(*stages[row.regime, row.stage], doubts) for row in rows if row.applies}
    return Assessment(organisation, rows, links)


def _doubts(compiled: Compiled, stage: CompiledStage, confirmed_: frozenset[str]) -> list[Link]:
    return unverified(compiled, stage.stage, confirmed_)


def _case(incident: Incident, organisation: Organisation, viewer: Viewer) -> dict[str, Any]:
    """What is known, as a case; names that the library has no more are left out."""
    known = library().facts
    facts = {name: found[0].value for name, found in facts_for(incident, organisation.global_id, viewer).items()}
    return {
        **profile(organisation, viewer),
        "incident": {
            name.removeprefix(INCIDENT): value
            for name, value in facts.items()
            if name.startswith(INCIDENT) and name in known
        },
        "events": {name.removeprefix(MOMENT): value for name, value in facts.items() if name.startswith(MOMENT)},
    }


def organisations_in(incident: Incident, viewer: Viewer) -> list[Organisation]:
    """The organisations of an incident of which it can be asked what they must report, as far as they are seen."""
    own = involved(incident, viewer).values("organisation")
    return list(organisations_for(viewer).filter(global_id__in=own))


@dataclass(frozen=True, slots=True)
class ObligationFilter:
    """Which obligations: every part that is given must hold."""

    state: str | None = None
    regime: str | None = None
    organisation: str | None = None
    incident: UUID | None = None
    due_before: datetime | None = None
    duty: bool | None = None


def obligations_for(viewer: Viewer, wanted: ObligationFilter | None = None) -> QuerySet[Obligation]:
    """The obligations that the viewer may see and ``wanted`` describes, what is due first at the top."""
    wanted = wanted or ObligationFilter()
    exact = {
        "state": wanted.state,
        "regime": wanted.regime,
        "organisation": wanted.organisation,
        "incident": wanted.incident,
        "due__lt": wanted.due_before,
        "duty": wanted.duty,
    }
    condition = Q(**{name: value for name, value in exact.items() if value is not None})
    return Obligation.objects.filter(_whose(viewer) & condition).order_by("turn", "id")


def _whose(viewer: Viewer) -> Q:
    if viewer.organisations is None:
        return Q()
    own = organisations_for(viewer).values("global_id")
    return Q(duty=False, organisation__in=own, incident__in=incidents_for(viewer).values("pk"))


def obligation_by(identifier: UUID, viewer: Viewer) -> Obligation | None:
    """The obligation with this id, if the viewer may see it."""
    return obligations_for(viewer).filter(pk=identifier).first()


def drafts_of(obligation: Obligation, viewer: Viewer) -> list[Draft]:
    """The versions of its draft, the last first."""
    visible = obligations_for(viewer).filter(pk=obligation.pk)
    return list(Draft.objects.filter(obligation__in=visible).order_by("-number"))


def must_be_approved(obligation: Obligation) -> bool:
    """Whether a second person must approve what is submitted (TUTELA_REVIEW)."""
    name = f"{obligation.regime}.{obligation.stage}"
    return any(fnmatchcase(name, pattern) for pattern in settings.TUTELA.review.split())


def content_of(draft: Draft) -> bytes:
    """The bytes of a version whose hash stands in the ledger: its points and texts, one after the other."""
    points = draft.obligation.content or [""]
    parts = [f"{point}\n{text}\n" for point, text in zip(points, draft.texts, strict=False)]
    return "\n".join([*parts, draft.remarks]).encode()
