"""Columns that a report has not by itself: facts of the delivery, settings, parts of a column, opened objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tutela.core.feeds.converters.arguments import as_text
from tutela.core.feeds.converters.structures import parsed, spelled
from tutela.core.feeds.expressions import Columns
from tutela.core.feeds.formats.limits import bear
from tutela.core.feeds.formats.records import INTERNAL
from tutela.core.idf.json_text import canonical_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.core.feeds.definition import Each, FeedDefinition
    from tutela.core.feeds.formats.records import Records
    from tutela.core.feeds.report import ReportContext

REPORT = "report."
SETTING = "setting."


def spread(records: Records, definition: FeedDefinition, report: ReportContext) -> Records:
    """The records with the ``report.*`` and ``setting.*`` columns that the definition reads, one row for each part."""
    frame = records.frame.with_columns(
        pl.lit(text, dtype=pl.String).alias(name) for name, text in _told(definition, report, records.columns)
    )
    json = records.json_columns
    if definition.each is not None:
        frame = _each(frame, definition.each, Columns(frozenset(frame.columns) - INTERNAL, json))
        json = json - {definition.each.into or definition.each.column}
    return replace(records, frame=frame, json_columns=json)


def names_read(definition: FeedDefinition) -> set[str]:
    """All columns that a definition reads, also in its conditions."""
    names: set[str] = set()
    for _place, value in definition.values():
        names.update(value.source)
        if value.when is not None:
            names.update(value.when.columns())
    for question in definition.skip:
        names.update(question.columns())
    return names


def _told(definition: FeedDefinition, report: ReportContext, columns: list[str]) -> Iterator[tuple[str, str | None]]:
    facts: dict[str, Any] = {"file_name": report.file_name or None, **report.facts, **report.defaults}
    for name in sorted(names_read(definition) - set(columns)):
        if name.startswith(REPORT):
            yield name, _text(facts.get(name.removeprefix(REPORT)))
        elif name.startswith(SETTING):
            yield name, _text(definition.settings.get(name.removeprefix(SETTING)))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    plain = as_text(value)
    return plain if isinstance(plain, str) else canonical_text(plain)


def _each(frame: pl.DataFrame, each: Each, columns: Columns) -> pl.DataFrame:
    into = each.into or each.column
    if each.values:
        bear(frame.height * len(each.values), frame.width)
        parts = pl.lit(pl.Series([list(each.values)]), dtype=pl.List(pl.String)).first()
        return frame.with_columns(parts.alias(into)).explode(into)
    text = columns.text(each.column)
    if each.separator is None:
        several = text.map_batches(_elements, return_dtype=pl.List(pl.String))
    else:
        parts = text.str.split(each.separator).list.eval(pl.element().str.strip_chars())
        filled = parts.list.eval(pl.element().filter(pl.element() != ""))
        several = pl.when(filled.list.len() > 0).then(filled)
    taken = frame.with_columns(several.alias(into))
    bear(taken.select(pl.col(into).list.len().sum()).item(), taken.width)
    return taken.explode(into)


def _elements(texts: pl.Series) -> pl.Series:
    """JSON arrays as lists of text; what is no array is a list of itself, an empty array has no value."""
    found: list[list[str | None] | None] = []
    for text in texts.to_list():
        value = None if text is None else parsed(text)
        if isinstance(value, list):
            found.append([None if item is None else spelled(item) for item in value] or None)
        else:
            found.append(None if text is None else [text])
    return pl.Series(texts.name, found, dtype=pl.List(pl.String))


def expand(
    frame: pl.DataFrame, json_columns: frozenset[str], definition: FeedDefinition
) -> tuple[pl.DataFrame, frozenset[str]]:
    """JSON objects taken apart: one column (of JSON) for each key that occurs, after ``prefix``."""
    json = set(json_columns)
    for one in definition.expand:
        if one.column not in frame.columns:
            continue
        found: dict[str, list[str | None]] = {}
        text = frame.select(Columns(frozenset(frame.columns), frozenset(json)).text(one.column).alias("t")).to_series()
        for place, value in enumerate(text.to_list()):
            content = None if value is None else parsed(value)
            for key, item in content.items() if isinstance(content, dict) else ():
                name = f"{one.prefix}{key}"
                if name not in found:
                    bear(frame.height, len(found) + 1)
                    found[name] = [None] * frame.height
                found[name][place] = None if item is None else canonical_text(item)
        frame = frame.with_columns(pl.Series(name, column, dtype=pl.String) for name, column in found.items())
        json.update(found)
    return frame, frozenset(json)
