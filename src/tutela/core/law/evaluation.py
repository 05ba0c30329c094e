"""What the law asks in a case: for each regime and stage whether it applies, until when, and why.

The answer never guesses: what is not known is ``None``, with the facts that would settle it. What is given here is
strict: where a limit may be met later under a condition that is not known, the earlier time stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tutela.core.law.clock import Answer, Counting, earliest
from tutela.core.law.condition import Decision, joined
from tutela.core.law.instrument import COUNTED, ENGLISH, Mode, Status, weakest
from tutela.core.law.preparation import Prepared, prepare
from tutela.core.law.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tutela.core.law.case import Case
    from tutela.core.law.condition import Condition
    from tutela.core.law.instrument import Confidence, Due, Stage
    from tutela.core.law.library import Compiled, CompiledStage, Library


@dataclass(slots=True)
class _Regime:
    """What holds for all stages of one regime."""

    compiled: Compiled
    decision: Decision
    because: list[dict[str, Any]]
    displaced: Confidence | None = None


def evaluate(library: Library, case: Case, at: datetime, *, duties: bool = False, explain: bool = True) -> list[Row]:
    """One row for each regime and stage; with ``duties`` also what authorities owe.

    ``at``: the moment that stands for the incident where no event is given. Without ``explain`` no ``because``, and
    quicker.
    """
    prepared = prepare(library, case, at)
    rows: list[Row] = []
    for compiled, law in library.regimes(case.place.country, prepared.day).values():
        regime = _regime(library, compiled, prepared, explain=explain) if law else _not_law(compiled)
        if regime.decision.value is False and not explain and regime.displaced is None:
            rows += compiled.never_with_duties if duties else compiled.never
        else:
            rows += _rows(library, regime, prepared, duties=duties, explain=explain)
    return rows


def _not_law(compiled: Compiled) -> _Regime:
    instrument = compiled.instrument
    begins = instrument.validity.from_
    if instrument.status is Status.PROPOSED:
        why = "proposed, not law" + (f"; it may begin on {begins}" if begins else "")
    elif instrument.validity.to and begins:
        why = f"law from {begins} until {instrument.validity.to} only"
    else:
        why = f"{instrument.status}; law from {begins}, after the incident" if begins else f"{instrument.status}"
    step = {"step": "law", "text": why, "citation": instrument.validity.citation, "value": False}
    return _Regime(compiled, Decision(value=False), [_rule_step(compiled), step])


def _regime(library: Library, compiled: Compiled, prepared: Prepared, *, explain: bool) -> _Regime:
    instrument = compiled.instrument
    because: list[dict[str, Any]] = [_rule_step(compiled)] if explain else []
    who = _ask("who", compiled.who, instrument.who, prepared, because, explain=explain)
    if who.value is False:
        return _Regime(compiled, who, because)
    trigger = _trigger(compiled, prepared, because, explain=explain)
    displaced, confidence = _displaced(library, compiled, prepared, because, explain=explain)
    stays = Decision(None if displaced.value is None else not displaced.value, displaced.missing)
    return _Regime(compiled, joined((who, trigger, stays), settles=False), because, confidence)


def _trigger(compiled: Compiled, prepared: Prepared, because: list[dict[str, Any]], *, explain: bool) -> Decision:
    trigger = compiled.instrument.trigger
    if compiled.trigger is not None:
        return _ask("trigger", compiled.trigger, trigger, prepared, because, explain=explain)
    tests = zip(compiled.tests, trigger.tests, strict=True)
    decisions = [_ask("trigger", one, test, prepared, because, explain=explain) for one, test in tests]
    return joined(decisions, settles=True)


def _displaced(
    library: Library, compiled: Compiled, prepared: Prepared, because: list[dict[str, Any]], *, explain: bool
) -> tuple[Decision, Confidence | None]:
    """Whether a special law goes before this one; one that is not law at the time displaces nothing."""
    decisions = []
    confidence = None
    versions = library.regimes(prepared.case.place.country, prepared.day)
    for yields, condition in compiled.yields_to:
        if not versions[yields.regime][1]:
            continue
        one = _ask("yields to", condition, yields, prepared, because, explain=explain)
        if explain:
            because[-1]["regime"] = yields.regime
        confidence = yields.confidence if one.value else confidence
        decisions.append(one)
    return joined(decisions, settles=True), confidence


def _ask(
    step: str, condition: Condition, rule: Any, prepared: Prepared, because: list[dict[str, Any]], *, explain: bool
) -> Decision:
    if not explain:
        return condition.holds(prepared.known)
    decision = condition.decide(prepared.known)
    because.append(
        {
            "step": step,
            "text": rule.text,
            "condition": condition.text,
            "value": decision.value,
            "facts": {name: prepared.known.facts.get(name) for name in condition.names},
            "tests": [{"condition": one.text, "value": one.value} for one in decision.checked],
            **_derived(condition, prepared),
            "citation": rule.citation,
            "confidence": str(rule.confidence),
            "sources": list(rule.sources),
        }
    )
    return decision


def _derived(condition: Condition, prepared: Prepared) -> dict[str, Any]:
    told = {name: prepared.told[name] for name in condition.names if name in prepared.told}
    return {"derived": told} if told else {}


def _rule_step(compiled: Compiled) -> dict[str, Any]:
    instrument = compiled.instrument
    return {
        "step": "rule",
        "text": f"{instrument.instrument[ENGLISH]}, {instrument.article}",
        "version": instrument.version,
        "knowledge": instrument.knowledge.isoformat(),
        "status": str(instrument.status),
        "from": instrument.validity.from_.isoformat() if instrument.validity.from_ else None,
        **({"overlay": compiled.overlay} if compiled.overlay else {}),
    }


def _rows(library: Library, regime: _Regime, prepared: Prepared, *, duties: bool, explain: bool) -> Iterator[Row]:
    for one in regime.compiled.stages:
        if one.duty and not duties:
            continue
        because = list(regime.because)
        decision = regime.decision
        if one.when is not None and decision.value is not False:
            when = _stage_when(one.when, one.stage, prepared, because, explain=explain)
            decision = joined((decision, when), settles=False)
        settled = _Settled(Answer(), one.stage.due, one.never.citation)
        if decision.value or (explain and decision.value is None):
            settled = _due(library, regime.compiled, one, prepared)
        if explain and decision.value is not False:
            because.append(_clock_step(regime.compiled, settled.answer, decision))
        yield _row(regime, one, decision, settled, because)


def _row(
    regime: _Regime, one: CompiledStage, decision: Decision, settled: _Settled, because: list[dict[str, Any]]
) -> Row:
    answer, applies = settled.answer, decision.value
    never = one.never
    return Row(
        regime=never.regime,
        stage=never.stage,
        applies=applies,
        due=answer.due if applies else None,
        mode=settled.due.mode.value,
        recipient=never.recipient,
        content=never.content,
        citation=settled.citation,
        confidence=weakest(never.confidence, regime.displaced) if regime.displaced else never.confidence,
        missing=answer.missing if applies else decision.missing,
        waits_for=answer.waits_for if applies else None,
        duty=never.duty,
        because=tuple(because),
        note=never.note,
    )


def _clock_step(compiled: Compiled, answer: Answer, decision: Decision) -> dict[str, Any]:
    step: dict[str, Any] = {"step": "clock", "rule": compiled.rule.id, "arithmetic": answer.steps}
    if decision.value is None and answer.due:
        step["if it applies"] = answer.due.isoformat()
    return step


def _stage_when(
    when: Condition, stage: Stage, prepared: Prepared, because: list[dict[str, Any]], *, explain: bool
) -> Decision:
    said = _Said(stage.title[ENGLISH], stage.citation, stage.confidence, stage.sources)
    return _ask("stage", when, said, prepared, because, explain=explain)


class _Said(NamedTuple):
    """What the condition of a stage is told with, as of a Rule."""

    text: str
    citation: str
    confidence: Confidence
    sources: tuple[str, ...]


class _Settled(NamedTuple):
    """Until when, by which of the limits of a stage, and where that stands."""

    answer: Answer
    due: Due
    citation: str


def _due(library: Library, compiled: Compiled, one: CompiledStage, prepared: Prepared) -> _Settled:
    """The limit that holds; a variant that may hold must be settled first."""
    for condition, due, citation in one.variants:
        decision = condition.holds(prepared.known)
        if decision.value is None:
            waits = _counted(library, compiled, one.stage, one.stage.due, prepared).waits_for
            steps = [("the limit is another if {}", condition.text)]
            answer = Answer(waits_for=waits, missing=decision.missing, steps=list(steps))
            return _Settled(answer, one.stage.due, one.never.citation)
        if decision.value:
            return _Settled(_counted(library, compiled, one.stage, due, prepared), due, citation)
    return _Settled(_counted(library, compiled, one.stage, one.stage.due, prepared), one.stage.due, one.never.citation)


def _counted(library: Library, compiled: Compiled, stage: Stage, due: Due, prepared: Prepared) -> Answer:
    if due.mode not in COUNTED:
        return Answer(steps=[(_WITHOUT_NUMBER[due.mode],)])
    place = prepared.case.place.of(compiled.instrument.calendar)
    answer = earliest(due.earliest_of, Counting(compiled.rule, place, prepared.case.events, compiled.lender.id))
    if answer.relief is not None and compiled.rule.relief is not None:
        _relieve(library, compiled, stage, answer, prepared)
    return answer


_WITHOUT_NUMBER: Final = {
    Mode.AS_SOON_AS_POSSIBLE: "as soon as possible: the law gives no number",
    Mode.ON_REQUEST: "when the authority asks for it",
    Mode.VOLUNTARY: "nobody must; who wishes may",
    Mode.UNKNOWN: "the limit has not been read in the law: read it before relying on this",
    Mode.NONE: "no limit of its own",
}


def _relieve(library: Library, compiled: Compiled, stage: Stage, answer: Answer, prepared: Prepared) -> None:
    """Grant the noon of the next working day to those who have it; the strict time stands where it is not known."""
    relief = compiled.rule.relief
    assert relief is not None  # noqa: S101 - the caller looked
    assert answer.relief is not None  # noqa: S101 - as above
    if stage.id in relief.except_stages:
        excepted = library.reliefs[compiled.rule.id].holds(prepared.known)
        if excepted.value is None:
            answer.steps.append(("no working day: {} would do, unless {}", answer.relief, relief.except_when))
            return
        if excepted.value:
            answer.steps.append(("no working day, but no relief: {}", relief.except_when))
            return
    answer.due = answer.relief
    answer.steps.append(("no working day: it may be met by {}", answer.relief))


_HOLDS_UP: Final = 1_000


def questions(rows: Sequence[Row]) -> Iterator[tuple[str, int]]:
    """The facts that are missing, the most decisive first, with how many answers hang on each.

    What holds up the time of a report that is owed comes first. Of the others a fact counts for each answer the more,
    the fewer facts it hangs on besides: alone it settles it.
    """
    count: dict[str, int] = {}
    weight: dict[str, float] = {}
    for row in rows:
        for name in row.missing:
            count[name] = count.get(name, 0) + 1
            weight[name] = weight.get(name, 0) + (_HOLDS_UP if row.applies else 1 / len(row.missing))
    yield from sorted(count.items(), key=lambda one: (-weight[one[0]], one[0]))
