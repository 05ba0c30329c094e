"""Text made into typed fields, and the good told from the bad: invalid values, and rows for the quarantine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.feeds.formats.records import ROW
from tutela.core.idf.fields import FIELDS, IdfType
from tutela.core.idf.json_text import json_objects
from tutela.core.idf.types import explain_invalid, is_present, sanitise_series

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tutela.core.feeds.definition import FeedDefinition
    from tutela.core.feeds.expressions import Column
    from tutela.core.idf.repeats import Batch, Distinct

QUARANTINE_SCHEMA = pl.Schema({"row": pl.UInt32(), "reason": pl.String(), "detail": pl.String(), "record": pl.String()})


_JSON_TYPES = frozenset({IdfType.JSON, IdfType.JSON_DICT})


class Reason(StrEnum):
    """Why a record that could be read gives no event; these codes are stored and shown in the quarantine."""

    REQUIRED_MISSING = "required-missing"
    REQUIRED_INVALID = "required-invalid"


@dataclass(frozen=True, slots=True)
class Invalid:
    """The values of one field that are not valid: where (Boolean), which (String), and the column they came from."""

    where: pl.Series
    text: pl.Series
    source: str | None


@dataclass(frozen=True, slots=True)
class Sifted:
    """Typed fields of a batch, the invalid values among them, and which rows are ``good`` enough to be events."""

    frame: pl.DataFrame
    typed: pl.DataFrame
    invalid: dict[str, Invalid] = field(default_factory=dict)
    strict: tuple[str, ...] = ()
    good: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Boolean))

    def with_typed(self, typed: pl.DataFrame, required: Sequence[str]) -> Sifted:
        """The same with other typed columns; rows that lack a required field are not good."""
        good = pl.Series([True]).new_from_index(0, self.frame.height)
        for name in required:
            good &= typed[name].is_not_null() if name in typed.columns else ~good.is_not_null()
        for name in {*required, *self.strict} & set(self.invalid):
            good &= ~self.invalid[name].where
        return replace(self, typed=typed, good=good)

    def invalid_as_extra(self, fields: Sequence[str], taken: Collection[str]) -> dict[str, pl.Series]:
        """Source columns that are not ``taken`` by others, where their value is not valid for one of these fields."""
        made: dict[str, pl.Series] = {}
        for bad in (self.invalid[name] for name in fields if name in self.invalid):
            if bad.source is not None and bad.source not in made and bad.source not in taken:
                made[bad.source] = self.frame[bad.source].set(~bad.where, None)
        return made


def typed_fields(batch: Batch, fields: Mapping[str, Sequence[Column]], *, strict: Sequence[str]) -> Sifted:
    """Each field typed by the first of its alternatives that is valid; what is there and is not valid is told."""
    typed: list[pl.Series] = []
    invalid: dict[str, Invalid] = {}
    for name, columns in fields.items():
        distinct = batch.distinct(frozenset().union(*(column.reads() for column in columns)))
        found, bad = _typed(name, columns, distinct)
        typed.append(distinct.spread(found).rename(name))
        if bad is not None:
            where, text = map(distinct.spread, bad)
            invalid[name] = Invalid(where, text, source=columns[-1].origin)
    row = batch.frame[ROW].alias("row")
    return Sifted(batch.frame, pl.DataFrame([row, *typed]), invalid, tuple(strict))


def _text(name: str, column: Column, distinct: Distinct) -> pl.Series:
    as_spelled = FIELDS[name].type in _JSON_TYPES
    return distinct.table({"text": column.expression if as_spelled else column.text()}).to_series()


def _typed(
    name: str, columns: Sequence[Column], distinct: Distinct
) -> tuple[pl.Series, tuple[pl.Series, pl.Series] | None]:
    last = _text(name, columns[0], distinct)
    found = sanitise_series(FIELDS[name], last)
    for column in columns[1:]:
        if not found.null_count():
            break
        text = _text(name, column, distinct)
        if last.null_count() == len(last):  # the alternative before says nothing in this batch
            found, last = sanitise_series(FIELDS[name], text), text
            continue
        found = found.zip_with(found.is_not_null(), sanitise_series(FIELDS[name], text))
        last = text.zip_with(_is_present(text), last)
    if found.null_count() == last.null_count():
        return found, None
    bad = found.is_null() & _is_present(last)
    return found, (bad, last) if bad.any() else None


def _is_present(text: pl.Series) -> pl.Series:
    return text.to_frame("text").select(is_present(pl.col("text"))).to_series()


def invalid_json(sifted: Sifted) -> pl.Series:
    """For each row a JSON object from field to the invalid value and the reason (String, null where all are valid)."""
    height = sifted.frame.height
    if not sifted.invalid:
        return pl.Series("invalid", [None], dtype=pl.String).new_from_index(0, height)
    anywhere = pl.DataFrame([bad.where.alias(name) for name, bad in sifted.invalid.items()])
    places = anywhere.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    members = []
    for name in sorted(sifted.invalid):
        bad = sifted.invalid[name]
        value = bad.text.gather(places)
        reason = pl.Series([explain_invalid(FIELDS[name])]).new_from_index(0, len(places))
        told = json_objects(pl.DataFrame({"reason": reason, "value": value}))
        members.append(told.set(~bad.where.gather(places), None).alias(name))
    told_all = json_objects(pl.DataFrame(members), list(sifted.invalid))
    empty = pl.Series("invalid", [None], dtype=pl.String).new_from_index(0, height)
    return empty.scatter(places, told_all)


def quarantine(
    definition: FeedDefinition, sifted: Sifted, source: Sequence[str], json_columns: Collection[str]
) -> pl.DataFrame:
    """The rows that are not good, each with the first reason (in the order of the definition) and the whole record."""
    places = (~sifted.good).arg_true()
    if not len(places):
        return QUARANTINE_SCHEMA.to_frame()
    reason = pl.Series([None], dtype=pl.String).new_from_index(0, len(places))
    detail = reason.clone()
    for name in dict.fromkeys((*definition.required, *definition.strict)):
        for code, where, sentence in _faults(name, sifted, required=name in definition.required):
            there = where.gather(places) & reason.is_null()
            reason = reason.zip_with(~there, pl.Series([code.value]).new_from_index(0, len(places)))
            detail = detail.zip_with(~there, sentence.gather(places))
    kept = [name for name in source if name in sifted.frame.columns]
    record = json_objects(sifted.frame[places].select(kept), json_columns) if kept else detail.clear()
    row = sifted.frame[ROW].gather(places)
    return pl.DataFrame({"row": row, "reason": reason, "detail": detail, "record": record}, schema=QUARANTINE_SCHEMA)


def _faults(name: str, sifted: Sifted, *, required: bool) -> list[tuple[Reason, pl.Series, pl.Series]]:
    faults = []
    bad = sifted.invalid.get(name)
    if bad is not None:
        told = pl.lit(f"{name} is “") + pl.col("text") + pl.lit(f"”, {explain_invalid(FIELDS[name])}.")
        sentence = bad.text.to_frame("text").select(told).to_series()
        faults.append((Reason.REQUIRED_INVALID, bad.where, sentence))
    if required:
        height = sifted.frame.height
        there = sifted.typed[name] if name in sifted.typed.columns else pl.Series([None]).new_from_index(0, height)
        sentence = pl.Series([f"{name} is missing."]).new_from_index(0, height)
        faults.append((Reason.REQUIRED_MISSING, there.is_null(), sentence))
    return faults
