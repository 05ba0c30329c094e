"""The library of law: all instruments, overlays, facts, tables and rules of time, compiled and ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from tutela.core.law.condition import Condition, parse
from tutela.core.law.instrument import COUNTED, ENGLISH, Confidence, Instrument, Overlay, Part, Status, Text, weakest
from tutela.core.law.row import Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tutela.core.law.clock import TimeRule
    from tutela.core.law.facts import Between, Declaration
    from tutela.core.law.instrument import Due, Stage, YieldsTo
    from tutela.core.law.tables import DecisionTable, Derivation


_MOST_DAYS: Final = 2_000
"""For how many days and countries it is remembered which versions are law."""


class Source(Part):
    """Where a fact of law was read."""

    title: Text
    url: Text | None = None
    kind: Text


@dataclass(frozen=True, slots=True)
class CompiledStage:
    """A stage with its conditions ready to be asked."""

    stage: Stage
    when: Condition | None
    variants: tuple[tuple[Condition, Due, str], ...]
    duty: bool
    never: Row
    """The answer where it does not apply, made once."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One version of an instrument with its conditions ready to be asked.

    ``lender``: the instrument whose stages it sets off (itself, but for ``uses_stages_of``). ``overlay``: the id of
    the national text that changed it, empty where none did.
    """

    instrument: Instrument
    lender: Instrument
    overlay: str
    who: Condition
    trigger: Condition | None
    tests: tuple[Condition, ...]
    yields_to: tuple[tuple[YieldsTo, Condition], ...]
    stages: tuple[CompiledStage, ...]
    rule: TimeRule
    confidence: Confidence
    never: tuple[Row, ...]
    """The answers where it does not apply; ``never_with_duties`` has those of authorities too."""
    never_with_duties: tuple[Row, ...]

    @property
    def id(self) -> str:
        """The regime."""
        return self.instrument.id


@dataclass(frozen=True)
class Library:
    """Everything that is known of the law; ``versions`` by regime, each regime's in order."""

    facts: Mapping[str, Declaration]
    contradictions: tuple[tuple[Condition, str], ...]
    derivations: tuple[tuple[Derivation, tuple[Condition, ...]], ...]
    decisions: Mapping[str, DecisionTable]
    sources: Mapping[str, Source]
    rules: Mapping[str, TimeRule]
    reliefs: Mapping[str, Condition]
    versions: Mapping[str, tuple[Compiled, ...]]
    overlays: Mapping[tuple[str, str], tuple[Compiled, ...]] = field(default_factory=dict)
    """By regime and country: what the country made of the newest version, to be shown."""
    national: Mapping[tuple[str, str], tuple[Overlay, ...]] = field(default_factory=dict)
    """The same as they are written, to be laid over the version that is law on a day."""

    def regimes(self, country: str | None, day: date) -> Mapping[str, tuple[Compiled, bool]]:
        """One version of every regime, and whether it is law on that day; else it is the next to come, or the last."""
        found = self._chosen.get((country, day))
        if found is None:
            versions = {regime: self._version(regime, country, day) for regime in self.versions}
            found = {regime: (one, is_law(one.instrument, day)) for regime, one in versions.items()}
            if len(self._chosen) > _MOST_DAYS:
                self._chosen.clear()
            self._chosen[country, day] = found
        return found

    @cached_property
    def _chosen(self) -> dict[tuple[str | None, date], Mapping[str, tuple[Compiled, bool]]]:
        return {}

    @cached_property
    def told_by_events(self) -> tuple[tuple[str, Between], ...]:
        """The facts that the events of a case tell."""
        return tuple((name, fact.from_events) for name, fact in self.facts.items() if fact.from_events is not None)

    def _version(self, regime: str, country: str | None, day: date) -> Compiled:
        """The version of one regime, as the country has made it its own: it, or the law whose stages it sets off."""
        base = in_force(self.versions[regime], day)
        lender = base.instrument.uses_stages_of
        lending = in_force(self.versions[lender], day).instrument if lender else None
        own, lent = self._national(regime, country, day), self._national(lender, country, day)
        if own is None and lent is None and (lending is None or lending is base.lender):
            return base
        key = (base.instrument, lending, own, lent)
        names = tuple(None if one is None else (one.id, one.version) for one in key)
        found = self._composed.get(names)
        if found is None:
            found = self._composed[names] = composed(*key, self.rules)
        return found

    def _national(self, regime: str | None, country: str | None, day: date) -> Overlay | None:
        """What the country has made of a regime, where that is law on the day."""
        known = self.national.get((regime or "", country or ""), ())
        return next((one for one in known if is_law(one, day)), None)

    @cached_property
    def _composed(self) -> dict[tuple[object, ...], Compiled]:
        return {}

    def newest(self) -> list[Compiled]:
        """The last version of every regime, for a list."""
        return [versions[-1] for versions in self.versions.values()]


def is_law(instrument: Instrument | Overlay, day: date) -> bool:
    """Whether it binds on a day: adopted, begun, and not over."""
    validity = instrument.validity
    begun = validity.from_ is not None and validity.from_ <= day
    return instrument.status is not Status.PROPOSED and begun and (validity.to is None or day < validity.to)


def in_force(versions: tuple[Compiled, ...], day: date) -> Compiled:
    """The version that is law on that day; where none is, the next to come, else the last."""
    for one in versions:
        if is_law(one.instrument, day):
            return one
    coming = (one for one in versions if not one.instrument.validity.to or day < one.instrument.validity.to)
    return next(coming, versions[-1])


def composed(
    instrument: Instrument,
    lending: Instrument | None,
    own: Overlay | None,
    lent: Overlay | None,
    rules: Mapping[str, TimeRule],
) -> Compiled:
    """A version with what a country made of it (``own``), or of the law whose stages it sets off (``lent``)."""
    laws: dict[str, str] = {}
    for one in filter(None, (lent, own)):
        laws |= {stage.id: one.instrument[ENGLISH] for stage in (*one.stages, *one.duties)}
    if lending is not None and lent is not None:
        lending = lent.over(lending)
    if own is not None:
        # stages of its own go to those that it sets off
        lending = own.over(lending).model_copy(update={"article": lending.article}) if lending is not None else None
        instrument = own.over(instrument, with_stages=lending is None)
        instrument = instrument.model_copy(update={"status": own.status, "validity": own.validity})
    names = " ".join(one.id for one in (lent, own) if one is not None)
    return compile_instrument(instrument, rules, lending, overlay=names, laws=laws)


def compile_instrument(
    instrument: Instrument,
    rules: Mapping[str, TimeRule],
    stages_of: Instrument | None = None,
    overlay: str = "",
    laws: Mapping[str, str] | None = None,
) -> Compiled:
    """An instrument made ready; raises ConditionError, KeyError for an unknown rule of time.

    ``laws``: of stages that stand in another law than that of the instrument, its name.
    """
    base = stages_of or instrument
    trigger, rule = instrument.trigger, rules[instrument.time_rule]
    tests = () if trigger.when else trigger.tests
    chain = (instrument.validity, instrument.who, trigger, *tests)
    sure = weakest(*(one.confidence for one in chain))
    links = _Links(sure, rule.confidence)
    yields = (*instrument.yields_to, *(base.yields_to if stages_of else ()))
    law_of = {one.id: base.instrument[ENGLISH] for one in (*base.stages, *base.duties)} | dict(laws or {})
    own = tuple(_stage(one, instrument.id, law_of[one.id], links, duty=False) for one in base.stages)
    owed = tuple(_stage(one, instrument.id, law_of[one.id], links, duty=True) for one in base.duties)
    return Compiled(
        instrument=instrument,
        lender=base,
        overlay=overlay,
        who=parse(instrument.who.when),
        trigger=parse(trigger.when) if trigger.when else None,
        tests=tuple(parse(test.when) for test in tests),
        yields_to=tuple((one, parse(one.when)) for one in yields),
        stages=own + owed,
        rule=rule,
        confidence=sure,
        never=tuple(one.never for one in own),
        never_with_duties=tuple(one.never for one in own + owed),
    )


class _Links(NamedTuple):
    """How sure the links are that all stages of a regime hang on."""

    rule: Confidence
    time: Confidence


def _stage(stage: Stage, regime: str, law: str, links: _Links, *, duty: bool) -> CompiledStage:
    """A stage made ready; its confidence is that of the weakest link: rule, stage, rule of time where it counts."""
    counted = stage.due.mode in COUNTED
    never = Row(
        regime=regime,
        stage=stage.id,
        applies=False,
        due=None,
        mode=stage.due.mode.value,
        recipient=stage.recipient or stage.what or "",
        content=stage.content,
        citation=f"{law}, {stage.citation}",
        confidence=weakest(stage.confidence, links.rule, *((links.time,) if counted else ())),
        missing=(),
        waits_for=None,
        duty=duty,
        note=stage.note or "",
    )
    variants = tuple((parse(one.when), one.due, f"{law}, {one.citation or stage.citation}") for one in stage.variants)
    return CompiledStage(stage, parse(stage.when) if stage.when else None, variants, duty, never)
