"""The ``extra`` of events: the JSON object of all that a report says and no IDF field takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tutela.core.feeds.expressions import Column
from tutela.core.idf.fields import EXTRA
from tutela.core.idf.json_text import braced, canonical_text, loads
from tutela.core.idf.wire import extra_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutela.core.idf.repeats import Batch, Distinct


def with_default(column: Column | None, value: Any) -> Column:
    """A member of ``extra`` that has ``value`` where the report says nothing."""
    text = pl.lit(canonical_text(value), dtype=pl.String)
    return Column(text if column is None else pl.coalesce(column.json(), text), is_json=True)


def extra(batch: Batch, columns: Mapping[str, Column], kept: Iterable[str]) -> pl.Series:
    """The JSON text of ``extra`` (String, null where there is nothing to say) from its members by their keys.

    ``kept``: keys that have an empty text where they have no value.
    """
    if not columns:
        return pl.Series(EXTRA, [None], dtype=pl.String).new_from_index(0, batch.frame.height)
    parts: list[tuple[Distinct, pl.Series]] = []
    for keys in _groups(batch, columns):
        distinct = batch.distinct(_reads(columns, keys))
        table = distinct.table({key: columns[key].expression for key in keys})
        parts.append((distinct, extra_members(table, {key for key in keys if columns[key].is_json})))
    if len(parts) == 1:
        whole = parts[0][0].spread(braced(parts[0][1]))
    else:
        spread = [distinct.spread(members).alias(str(number)) for number, (distinct, members) in enumerate(parts)]
        whole = braced(pl.DataFrame(spread).select(pl.concat_str(pl.all())).to_series())
    texts = [_values(batch, columns, key) for key in kept if key in columns]
    return _with_empty(whole.alias(EXTRA), texts)


def _groups(batch: Batch, columns: Mapping[str, Column]) -> list[list[str]]:
    """The keys in order, those together that have few different values together, or that all have many."""
    groups: list[list[str]] = []
    for key in sorted(columns):
        before = _reads(columns, groups[-1]) if groups else frozenset()
        mine = columns[key].reads()
        if groups and batch.has_few(before) == batch.has_few(mine) == batch.has_few(before | mine):
            groups[-1].append(key)
        else:
            groups.append([key])
    return groups


def _reads(columns: Mapping[str, Column], keys: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*(columns[key].reads() for key in keys))


def _values(batch: Batch, columns: Mapping[str, Column], key: str) -> pl.Series:
    distinct = batch.distinct(columns[key].reads())
    return distinct.spread(distinct.table({key: columns[key].expression}).to_series())


def _with_empty(extra: pl.Series, texts: Iterable[pl.Series]) -> pl.Series:
    """``extra`` with an empty text for each key of ``texts`` that has no value; few rows of few reports need it."""
    for text in texts:
        places = text.is_null().arg_true()
        mended = [canonical_text({text.name: "", **loads(one or "{}")}) for one in extra.gather(places).to_list()]
        extra = extra.scatter(places, pl.Series(mended, dtype=pl.String)) if mended else extra
    return extra
