"""What the law asks of one organisation in one incident, by what is known; and what would decide more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tutela.apps.incidents.queries import facts_for
from tutela.apps.law.queries import called, confirmed, library, profile_of, statements_of
from tutela.core.errors import DefinitionErrors
from tutela.core.law.binding import is_near
from tutela.core.law.case import Case, read_case
from tutela.core.law.evaluation import evaluate
from tutela.core.law.evaluation import questions as missing
from tutela.core.law.links import unverified
from tutela.core.law.preparation import day_of
from tutela.core.law.stating import INCIDENT, MOMENT, PLACE, is_of_a_stage
from tutela.core.rights import Right

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.incidents.models import Fact, Incident
    from tutela.apps.law.models import Statement
    from tutela.core.actor import Viewer
    from tutela.core.errors import Problem
    from tutela.core.law.library import Compiled, CompiledStage
    from tutela.core.law.links import Link
    from tutela.core.law.row import Row

_SOON: Final = timedelta(minutes=5)
"""So far a clock of whoever writes may go before ours."""

_FUTURE: Final = "it lies in the future. Look at date and time zone."
_LATER: Final = frozenset({f"{MOMENT}handled", f"{MOMENT}paid", f"{MOMENT}new_fact_known"})
"""Moments that come late or never: what decides now is asked before them."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the law asks of one organisation in one incident, by what is known; ``faults``: why it cannot be said.

    ``stated``: what is known, by name, the last first. ``near``: the regimes of the organisation's own country, or of
    the Union that it belongs to. ``rows``: one for each regime and stage, in the order of the library. ``links``: of
    each row that applies, what it rests on that nobody has read in the law.
    """

    organisation: Organisation
    stated: Mapping[str, Sequence[Statement | Fact]] = field(default_factory=dict)
    near: frozenset[str] = frozenset()
    rows: Sequence[Row] = ()
    links: Mapping[tuple[str, str], Sequence[Link]] = field(default_factory=dict)
    faults: Sequence[str] = ()

    def row(self, regime: str, stage: str) -> Row | None:
        """The answer for a stage of a regime."""
        return next((row for row in self.rows if (row.regime, row.stage) == (regime, stage)), None)


def assess(incident: Incident, organisation: Organisation, viewer: Viewer, now: datetime) -> Assessment:
    """Ask the law; what contradicts itself or lies in the future is told as a fault, and nothing is computed."""
    known = library()
    facts = facts_for(incident, organisation.global_id, viewer)
    statements = statements_of(organisation, viewer)
    stated: dict[str, Sequence[Statement | Fact]] = {**facts, **statements}
    given = profile_of(organisation, statements) | _case(_values(facts))
    case, faults = _read(given, now)
    if case is None:
        return Assessment(organisation, stated, faults=faults)
    rows = evaluate(known, case, now, duties=viewer.organisations is None)
    chosen = known.regimes(case.place.country, day_of(case, now))
    doubts = confirmed()
    stages = {(one.id, stage.stage.id): (one, stage) for one, _ in chosen.values() for stage in one.stages}
    links = {(row.regime, row.stage): _doubts(*stages[row.regime, row.stage], doubts) for row in rows if row.applies}
    near = frozenset(
        regime for regime, (one, _) in chosen.items() if is_near(one.instrument.jurisdiction, case.place.country)
    )
    return Assessment(organisation, stated, near, rows, links)


def _doubts(compiled: Compiled, stage: CompiledStage, confirmed_: frozenset[str]) -> list[Link]:
    return unverified(compiled, stage.stage, confirmed_)


def faults_if(
    incident: Incident, organisation: str, stated: Mapping[str, object], viewer: Viewer, now: datetime
) -> list[str]:
    """What would contradict itself if this was stated of an organisation in an incident too, and does not now."""
    before = _values(facts_for(incident, organisation, viewer))
    (_, now_wrong), (_, then_wrong) = (_read(_case(one), now) for one in (before, before | dict(stated)))
    return [fault for fault in then_wrong if fault not in now_wrong]


def _read(given: dict[str, Any], now: datetime) -> tuple[Case | None, list[str]]:
    """The case, or what is wrong with it, by the names that people know."""
    try:
        case = read_case(given, library())
    except DefinitionErrors as wrong:
        return None, [_fault(one) for one in wrong.problems]
    future = [f"{called(MOMENT + name)}: {_FUTURE}" for name, times in case.events.items() if max(times) > now + _SOON]
    return (None, future) if future else (case, [])


def _fault(problem: Problem) -> str:
    before, mark, event = problem.path.rpartition("events.")
    return f"{called(MOMENT + event) if mark else before or event}: {problem.what} {problem.remedy}"


def _values(stated: Mapping[str, Sequence[Fact]]) -> dict[str, object]:
    return {name: found[0].value for name, found in stated.items()}


def _case(facts: Mapping[str, object]) -> dict[str, Any]:
    """What is known of an incident, as parts of a case; names that the library has no more are left out."""
    known = library().facts
    return {
        "incident": {
            name.removeprefix(INCIDENT): value
            for name, value in facts.items()
            if name.startswith(INCIDENT) and name in known
        },
        "events": {name.removeprefix(MOMENT): value for name, value in facts.items() if name.startswith(MOMENT)},
    }


def questions(assessment: Assessment, viewer: Viewer) -> list[str]:
    """What would decide more, the most decisive first, and before others what the law of the own country hangs on.

    Facts, places, and moments for which a clock waits.

    Those that the viewer may not answer are left out.
    """
    waited = {f"{MOMENT}{row.waits_for}" for row in assessment.rows if row.applies and row.waits_for}
    moments = sorted(one for one in waited if not is_of_a_stage(one))
    begun = [one for one in moments if one not in _LATER]
    known = library().facts
    own = [row for row in assessment.rows if row.regime in assessment.near or row.applies]
    asked = dict.fromkeys(name for rows in (own, assessment.rows) for name, _count in missing(rows))
    facts = [name for name in asked if name in known or name in PLACE]
    if not viewer.may(Right.STATE_LAW_FACTS):
        facts = [name for name in facts if name.startswith(INCIDENT)]
    return [*begun, *facts, *(one for one in moments if one in _LATER)]
