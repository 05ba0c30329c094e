"""A feed definition made to run: records of text become typed IDF events, a whole batch at a time.

Each record gives events, or is skipped by a rule of the definition, or goes to quarantine with the reason; nothing is
lost in between. A value that is not valid for its field is kept beside the event in ``invalid``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tutela.core.errors import BadInput
from tutela.core.feeds.converters import CONVERTERS
from tutela.core.feeds.expressions import Column, Columns, alternatives, compiled, condition
from tutela.core.feeds.extra import extra, with_default
from tutela.core.feeds.formats.records import RAW, ROW
from tutela.core.feeds.rest import unread
from tutela.core.feeds.sifting import Sifted, invalid_json, quarantine, typed_fields
from tutela.core.feeds.spread import expand, spread
from tutela.core.feeds.standing import fill_standing, standing_values
from tutela.core.idf.fields import EXTRA_PREFIX, FIELDS
from tutela.core.idf.repeats import Batch

if TYPE_CHECKING:
    from tutela.core.feeds.definition import FeedDefinition
    from tutela.core.feeds.formats.records import Records
    from tutela.core.feeds.report import ReportContext

TEMPORARY = "\x1f"
"""Begins the names of columns that exist only while a batch is worked on; no source column can have it."""

_PLANS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Harmonised:
    """What a batch of records gave.

    ``events``: ``row`` (UInt32), a typed column for each IDF field, ``extra`` (String, a JSON object), ``invalid``
    (String, a JSON object from field to value and reason), ``raw`` (String, Base64) when the records have it.
    ``quarantine``: ``row`` (UInt32), ``reason`` (code), ``detail`` (a sentence), ``record`` (String, the source columns
    as a JSON object). ``left_out`` (UInt32): the records that a rule of the definition skips, whole. A record made into
    several can be in both of the others.
    """

    events: pl.DataFrame
    quarantine: pl.DataFrame
    left_out: pl.Series

    @property
    def skipped(self) -> int:
        """How many records are skipped."""
        return len(self.left_out)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How batches with one set of columns are read."""

    fields: dict[str, list[Column]]
    extra: dict[str, Column]


@dataclass(frozen=True, slots=True)
class CompiledFeed:
    """A feed that is ready to read records; ``enrich`` fills classification and TLP where the report says nothing."""

    definition: FeedDefinition
    enrich: bool = True
    standing: dict[str, pl.Series] = field(default_factory=dict, repr=False)
    _plans: dict[Any, _Plan] = field(default_factory=dict, repr=False, compare=False)

    def harmonise(self, records: Records, report: ReportContext) -> Harmonised:
        """Turn records into events; raises BadInput when a default of the report is not valid."""
        source = records.columns
        records = spread(records, self.definition, report)
        frame, columns = self._derive(records)
        frame, left_out = self._skip(frame, columns)
        columns = Columns(frozenset(frame.columns) - {ROW, RAW}, columns.json)
        plan = self._plan(columns, source)
        batch = Batch(frame)
        sifted = self._sift(batch, plan, report)
        bad = quarantine(self.definition, sifted, source, columns.json)
        events = self._finish(batch, plan, sifted).filter(sifted.good)
        return Harmonised(events, bad, left_out)

    def _derive(self, records: Records) -> tuple[pl.DataFrame, Columns]:
        frame, json = records.frame, set(records.json_columns)
        for name, value in self.definition.columns.items():
            columns = Columns(frozenset(frame.columns), frozenset(json))
            made = compiled(value, columns) or Column(pl.lit(None, dtype=pl.String))
            frame = frame.with_columns(made.expression.alias(name))
            json = json | {name} if made.is_json else json - {name}
        frame, json_columns = expand(frame, frozenset(json), self.definition)
        return frame, Columns(frozenset(frame.columns), json_columns)

    def _skip(self, frame: pl.DataFrame, columns: Columns) -> tuple[pl.DataFrame, pl.Series]:
        """What no rule leaves out, and the numbers of the records of which nothing is left."""
        kept = frame
        for question in self.definition.skip:
            kept = kept.filter(condition(question, columns).not_())
        if kept.height == frame.height:
            return frame, frame[ROW].clear()
        rows = frame[ROW].unique(maintain_order=True)
        return kept, rows.filter(~rows.is_in(kept[ROW].implode()))

    def _plan(self, columns: Columns, source: list[str]) -> _Plan:
        key = (columns.names, columns.json)
        if key not in self._plans:
            if len(self._plans) >= _PLANS_KEPT:
                self._plans.clear()
            self._plans[key] = self._make_plan(columns, source)
        return self._plans[key]

    def _make_plan(self, columns: Columns, source: list[str]) -> _Plan:
        fields: dict[str, list[Column]] = {}
        others: dict[str, Column] = {}
        for name, value in self.definition.fields.items():
            if name.startswith(EXTRA_PREFIX):
                made = compiled(value, columns)
                if made is not None:
                    others[name.removeprefix(EXTRA_PREFIX)] = made
            elif several := alternatives(value, columns):
                fields[name] = several
        made_by_expand = {one.prefix for one in self.definition.expand}
        more = sorted(name for name in columns.names if made_by_expand and name.startswith(tuple(made_by_expand)))
        left = [*source, *(name for name in more if name not in source)]
        for name, column in unread(self.definition, [one for one in left if one in columns.names]).items():
            there = columns.get(column)
            if there is not None and name.startswith(EXTRA_PREFIX):
                others.setdefault(name.removeprefix(EXTRA_PREFIX), there)
            elif there is not None:
                fields[name] = [there]
        for name, constant in self.definition.constants.items():
            if name.startswith(EXTRA_PREFIX):
                key = name.removeprefix(EXTRA_PREFIX)
                others[key] = with_default(others.get(key), constant)
        return _Plan(fields, others)

    def _sift(self, batch: Batch, plan: _Plan, report: ReportContext) -> Sifted:
        sifted = typed_fields(batch, plan.fields, strict=self.definition.strict)
        typed = fill_standing(sifted.typed, self.definition, self.standing, report, enrich=self.enrich)
        return sifted.with_typed(typed, self.definition.required)

    def _finish(self, batch: Batch, plan: _Plan, sifted: Sifted) -> pl.DataFrame:
        invalid = sifted.invalid_as_extra(self.definition.keep_invalid, plan.extra)
        batch.add(text.alias(f"{TEMPORARY}{key}") for key, text in invalid.items())
        members = plan.extra | {key: Column(pl.col(f"{TEMPORARY}{key}")) for key in invalid}
        kept = [name.removeprefix(EXTRA_PREFIX) for name in self.definition.keep_empty]
        more = [extra(batch, members, kept), invalid_json(sifted)]
        if RAW in batch.frame.columns:
            more.append(batch.frame[RAW].str.encode("base64").alias("raw"))
        return sifted.typed.with_columns(more)


def compile_feed(definition: FeedDefinition, *, enrich: bool = True) -> CompiledFeed:
    """Make a definition run; raises BadInput when a converter or a constant of it is wrong.

    ``enrich``: fill ``classification.type``, ``classification.taxonomy`` and ``tlp`` where the report tells them not.
    """
    for place, value in definition.values():
        for step in value.steps:
            known = CONVERTERS.get(step.name)
            wrong = known.wrong_argument(step.argument) if known else f"there is no converter “{step.name}”"
            if wrong:
                raise BadInput(f"{place}: {wrong}.", where=f"feed {definition.name}", remedy="Run tutela feeds lint.")
    constants = {name: value for name, value in definition.constants.items() if name in FIELDS}
    return CompiledFeed(definition, enrich, standing_values(constants, f"feed {definition.name}"))
