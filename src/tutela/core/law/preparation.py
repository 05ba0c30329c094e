"""A case made ready to be asked: what tables and events say is added, what contradicts the rest is left out.

A fact that is left out is missing, and missing facts are asked for: a contradiction ends in a question, never in a
clock.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tutela.core.law.condition import Known
from tutela.core.law.tables import derive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from tutela.core.law.case import Case
    from tutela.core.law.condition import Fact
    from tutela.core.law.facts import Between
    from tutela.core.law.library import Library


class Prepared(NamedTuple):
    """A case with what follows from it; ``told``: why a fact was derived, or left out; ``day``: of the incident."""

    case: Case
    known: Known
    told: Mapping[str, str]
    day: date


def prepare(library: Library, case: Case, at: datetime) -> Prepared:
    """The case with every fact that follows from the others, and without those that contradict each other."""
    facts: dict[str, Fact] = dict(case.facts)
    told: dict[str, str] = {}
    for name, between in library.told_by_events:
        _from_events(name, between, case, facts, told)
    known = Known.of(facts)
    ranges: dict[str, tuple[Fact, ...]] = {}
    changes = _from_tables(library, known, told, ranges)
    known = known.but(changes) if changes else known
    changes = _contradicted(library, known, told)
    known = known.but(changes) if changes else known
    known = known.narrowed(ranges) if ranges else known
    return Prepared(case, known, told, day_of(case, at))


def left_out(library: Library, case: Case, at: datetime) -> dict[str, str]:
    """The facts of a case that count for nothing, for they contradict each other or its events, and why."""
    prepared = prepare(library, case, at)
    return {name: prepared.told[name] for name in case.facts if name not in prepared.known.facts}


def day_of(case: Case, at: datetime) -> date:
    """The day whose law counts: that of the incident, where its organisation is; ``at`` where no event is known."""
    return (case.begun or at).astimezone(case.place.zone or UTC).date()


def _from_tables(
    library: Library, known: Known, told: dict[str, str], ranges: dict[str, tuple[Fact, ...]]
) -> dict[str, Fact | None]:
    """What decision tables make of the facts; what was stated against them is taken out.

    ``ranges``: gets the values of which one is right, where other facts have yet to say which.
    """
    changes: dict[str, Fact | None] = {}
    for table, conditions in library.derivations:
        derived = derive(table, conditions, known)
        if derived is None:
            continue
        why = f"{table.id}: {'; '.join(derived.because)}"
        if derived.contradicted:
            changes[derived.fact] = None
            why = f"{known.facts[derived.fact]!r} was stated, which {why} contradicts"
        elif derived.open:
            ranges[derived.fact] = derived.open
            why = f"at least {derived.open[-1]} by {why}"
        elif derived.fact not in known.facts:
            changes[derived.fact] = derived.value
        told[derived.fact] = why
    return changes


def _contradicted(library: Library, known: Known, told: dict[str, str]) -> dict[str, Fact | None]:
    """Facts that cannot all be so are all taken out: nobody knows which is wrong."""
    changes: dict[str, Fact | None] = {}
    for condition, question in library.contradictions:
        if condition.holds(known).value:
            changes |= dict.fromkeys(condition.names)
            told |= dict.fromkeys(condition.names, f"cannot be so together with the rest: {question}")
    return changes


def _from_events(name: str, between: Between, case: Case, facts: dict[str, Fact], told: dict[str, str]) -> None:
    """A fact that the events tell; while the later one has not happened, it is not so."""
    later, earlier = case.events.get(between.event), case.events.get(between.after)
    if later and not earlier:
        return
    value = bool(later and earlier) and max(later or ()) - min(earlier or ()) > timedelta(hours=between.more_than_hours)
    if name not in facts:
        facts[name] = value
        told[name] = f"from the events {between.after} and {between.event}"
    elif facts[name] != value and later:
        told[name] = f"{facts.pop(name)!r} was stated, but the events say {value!r}"
