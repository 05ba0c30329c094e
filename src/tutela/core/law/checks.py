"""The rules that files of law must keep; each tells a part of the file, what is wrong with it, and a remedy."""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from tutela.core.law import periods
from tutela.core.law.clock import TimeRules
from tutela.core.law.condition import Condition, ConditionError, Fact, parse
from tutela.core.law.condition import Known as Facts
from tutela.core.law.facts import FactBook, Type
from tutela.core.law.instrument import OF_A_STAGE, Instrument, Overlay, Sourced, Status, Unit
from tutela.core.law.tables import DecisionTable, Derivation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from tutela.core.law.facts import Declaration
    from tutela.core.law.instrument import Due, Limit, Stage

Place = tuple[str | int, ...]
Fault = tuple[Place, str, str]

_LITERAL: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_LONGEST: Final = {Unit.MINUTE: 9_999, Unit.HOUR: 9_999, Unit.DAY: 3_660, Unit.BUSINESS_DAY: 1_000, Unit.MONTH: 120}
_FACTS: Final = "Declare it in the book of facts, or mend the name."


@dataclass(frozen=True, slots=True)
class Known:
    """What files may name: facts, sources, rules of time, regimes."""

    facts: Mapping[str, Declaration]
    sources: frozenset[str]
    rules: frozenset[str]
    regimes: Mapping[str, Instrument]


def file(value: BaseModel, known: Known) -> Iterator[Fault]:
    """What is wrong with one file of the right shape."""
    yield from _conditions(value, (), known)
    yield from _sources(value, (), known)
    if isinstance(value, Instrument | Overlay):
        yield from _law(value, known)
    if isinstance(value, Instrument):
        yield from _instrument(value, known)
    if isinstance(value, Overlay) and value.country not in periods.countries():
        yield ("country",), f"{value.country} is no country whose holidays are known.", "Write LU, DE, CN …"
    if isinstance(value, Overlay) and value.overlays not in known.regimes:
        yield ("overlays",), f"there is no regime {value.overlays}.", _near(value.overlays, known.regimes)
    if isinstance(value, Derivation):
        yield from _derivation(value, known)
    if isinstance(value, DecisionTable):
        yield from (((("rows",), f"{what}.", "Mend the rows.")) for what in value.faults())
    if isinstance(value, FactBook):
        yield from _twice([fact.name for fact in value.facts], "facts")
    if isinstance(value, TimeRules):
        yield from _twice([rule.id for rule in value.rules], "rules")


def together(instruments: list[Instrument]) -> Iterator[tuple[int, Place, str, str]]:
    """What is wrong between instruments: the number of the one, and the fault."""
    for (first, one), (second, other) in itertools.combinations(enumerate(instruments), 2):
        if one.id != other.id:
            continue
        if one.version == other.version:
            yield second, ("version",), f"version {one.version} of {one.id} stands twice.", "Give the next number."
        elif _overlap(one, other):
            what = f"versions {one.version} and {other.version} of {one.id} are law at the same time."
            yield max(first, second), ("validity",), what, "End the older one (to:) on the day the newer begins."
    names = {one.id: number for number, one in enumerate(instruments)}
    for number, one in enumerate(instruments):
        circle = _circle(one.id, instruments, names)
        if circle:
            what = f"it yields to itself in a circle: {' → '.join(circle)}."
            yield number, ("yields_to",), what, "One of them must go before the others."


def national(overlays: list[Overlay]) -> Iterator[tuple[int, Place, str, str]]:
    """What is wrong between national texts: the number of the one, and the fault."""
    for (first, one), (second, other) in itertools.combinations(enumerate(overlays), 2):
        if (one.id, one.version) == (other.id, other.version):
            yield second, ("version",), f"version {one.version} of {one.id} stands twice.", "Give the next number."
        elif (one.overlays, one.country) == (other.overlays, other.country) and _overlap(one, other):
            what = (
                f"{one.id} {one.version} and {other.id} {other.version} change {one.overlays} in {one.country} at once."
            )
            yield max(first, second), ("validity",), what, "Put them into one file, or end the older one (to:)."


def _conditions(value: Any, place: Place, known: Known) -> Iterator[Fault]:
    """Every ``when`` (and ``except_when``) anywhere in a file."""
    for where, text in _texts(value, place):
        try:
            condition = parse(text)
        except ConditionError as error:
            yield (
                where,
                f"the condition cannot be read: {error}.",
                "Write it in CEL, as org.controller && inc.persons > 500.",
            )
            continue
        unknown = [name for name in condition.names if name not in known.facts]
        yield from ((where, f"there is no fact {name}.", _near(name, known.facts) or _FACTS) for name in unknown)
        if not unknown:
            yield from _types(condition, where, known)


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _texts(one, (*place, number))
    elif hasattr(value, "model_fields_set"):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if name in {"when", "except_when"} and isinstance(inner, str):
                yield (*place, name), inner
            else:
                yield from _texts(inner, (*place, name))


def _types(condition: Condition, where: Place, known: Known) -> Iterator[Fault]:
    """Try the condition with values of the declared types: what CEL refuses then, it would refuse in a case."""
    for turn in (0, 1):
        facts: dict[str, Fact] = {name: known.facts[name].samples()[-turn] for name in condition.names}
        try:
            condition.decide(Facts.of(facts))
        except (TypeError, ValueError) as error:
            types = ", ".join(f"{name} is {known.facts[name].type}" for name in condition.names)
            what = f"a test does not fit the types of its facts ({types}): {str(error).split('.', maxsplit=1)[0]}."
            yield where, what, "Numbers are written with a point (5.0), whole numbers without one."
            return
    choices = [known.facts[name] for name in condition.names if known.facts[name].type is Type.CHOICE]
    allowed = {value for one in choices for value in one.values}
    for single, double in _LITERAL.findall(condition.text):
        if choices and (single or double) not in allowed:
            what = f"“{single or double}” is no value of {', '.join(one.name for one in choices)}."
            yield where, what, f"There are: {', '.join(sorted(allowed))}."


def _sources(value: Any, place: Place, known: Known) -> Iterator[Fault]:
    if isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _sources(one, (*place, number), known)
    elif hasattr(value, "model_fields_set"):
        if isinstance(value, Sourced):
            for name in value.sources:
                if name not in known.sources:
                    yield (*place, "sources"), f"there is no source {name}.", _near(name, known.sources)
        for name in type(value).model_fields:
            yield from _sources(getattr(value, name), (*place, name), known)


def _law(value: Instrument | Overlay, known: Known) -> Iterator[Fault]:
    if value.time_rule and value.time_rule not in known.rules:
        yield ("time_rule",), f"there is no rule of time {value.time_rule}.", _near(value.time_rule, known.rules)
    if value.status is not Status.PROPOSED and value.validity.from_ is None:
        yield ("validity", "from"), "what is law has a day from which it is.", "Give the day."
    if value.calendar is not None:
        if value.calendar.country not in periods.countries():
            yield ("calendar", "country"), f"no holidays are known of {value.calendar.country}.", "See ISO 3166-1."
        try:
            ZoneInfo(value.calendar.timezone)
        except (ValueError, OSError, KeyError):
            yield ("calendar", "timezone"), f"there is no time zone {value.calendar.timezone}.", "As Europe/Berlin."
    yield from _stages(value, known)


def _instrument(value: Instrument, known: Known) -> Iterator[Fault]:
    for number, one in enumerate(value.yields_to):
        if one.regime not in known.regimes:
            yield ("yields_to", number), f"there is no regime {one.regime}.", _near(one.regime, known.regimes)
    lender = value.uses_stages_of
    if lender is not None and (lender not in known.regimes or known.regimes[lender].uses_stages_of):
        yield ("uses_stages_of",), f"{lender} has no stages of its own.", _near(lender, known.regimes)


def _stages(value: Instrument | Overlay, known: Known) -> Iterator[Fault]:
    base = known.regimes.get(value.overlays) if isinstance(value, Overlay) else None
    if base is not None and base.uses_stages_of:
        base = known.regimes.get(base.uses_stages_of)
    inherited = (*base.stages, *base.duties) if base else ()
    every = (*value.stages, *value.duties)
    names = {stage.id for stage in (*inherited, *every)}
    yield from _twice([stage.id for stage in every], "stages")
    for part, stages in (("stages", value.stages), ("duties", value.duties)):
        for number, stage in enumerate(stages):
            for where, due in (
                (("due",), stage.due),
                *((("variants", n, "due"), v.due) for n, v in enumerate(stage.variants)),
            ):
                yield from (((part, number, *where), what, remedy) for what, remedy in _due(due, stage, names))
    course = {stage.id: stage for stage in (*(base.stages if base else ()), *value.stages)}  # as it will be
    waits = {name: {limit.of for limit in stage.due.earliest_of if limit.of} for name, stage in course.items()}
    for number, stage in enumerate(value.stages):
        if _reaches(stage.id, stage.id, waits):
            yield ("stages", number, "due"), f"{stage.id} waits for itself.", "Let it run from another event."


def _due(due: Due, stage: Stage, names: set[str]) -> Iterator[tuple[str, str]]:
    if len({limit.mode for limit in due.earliest_of}) > 1:
        yield "the limits of one stage are of several modes.", "Make two stages of it."
    for limit in due.earliest_of:
        yield from _limit(limit, stage, names)


def _limit(limit: Limit, stage: Stage, names: set[str]) -> Iterator[tuple[str, str]]:
    if limit.of and limit.of not in names:
        yield f"{stage.id} runs from {limit.from_} of {limit.of}, which is no stage here.", _near(limit.of, names)
    period = limit.within
    if period is not None and period.number > _LONGEST[period.unit]:
        yield f"{period} is no limit that a law sets.", "Look at the number and its unit."
    if limit.from_ not in OF_A_STAGE and limit.of:
        yield f"{limit.from_} is of no stage.", "Take `of` away."


def _derivation(value: Derivation, known: Known) -> Iterator[Fault]:
    fact = known.facts.get(value.result)
    if fact is None:
        yield ("result",), f"there is no fact {value.result}.", _near(value.result, known.facts) or _FACTS
        return
    for number, row in enumerate(value.rows):
        if value.policy == "highest" and row.result not in fact.values:
            yield ("rows", number), f"{row.result} is no value of {fact.name}.", f"There are: {', '.join(fact.values)}."
        if value.policy == "count" and row.result is not None:
            yield ("rows", number), "rows that are counted have no result.", "Take it away."


def _twice(names: list[str], part: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield (part, number), f"{name} stands twice.", "Keep one of them."
        seen.add(name)


def _overlap(one: Instrument | Overlay, other: Instrument | Overlay) -> bool:
    if Status.PROPOSED in {one.status, other.status}:
        return False
    first, second = one.validity, other.validity
    if first.from_ is None or second.from_ is None:
        return False
    return (second.to is None or first.from_ < second.to) and (first.to is None or second.from_ < first.to)


def _circle(start: str, instruments: list[Instrument], names: Mapping[str, int]) -> list[str]:
    """The way by which a regime yields to itself; empty where it does not."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        at = names.get(way[-1])
        for yields in instruments[at].yields_to if at is not None else ():
            if yields.regime == start:
                return [*way, start]
            if yields.regime not in seen:
                seen.add(yields.regime)
                ways.append([*way, yields.regime])
    return []


def _reaches(start: str, goal: str, waits: Mapping[str, set[Any]]) -> bool:
    seen: set[str] = set()
    open_ = set(waits.get(start, ()))
    while open_:
        name = open_.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            open_ |= waits.get(name, set())
    return False


def _near(name: str, names: Any) -> str:
    found = difflib.get_close_matches(name, list(names), n=2, cutoff=0.6)
    return f"Is it {' or '.join(found)}?" if found else ""
