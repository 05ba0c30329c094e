"""Reports repeat themselves: what follows from few different values is worked out once for each of them.

Many columns of a report say the same in all rows (the sinkhole that saw them) or one of a few things (a sector, a
country). A sample tells which columns these are. It decides only how fast a result comes, never what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FEWEST_ROWS = 4096
"""In fewer rows there is too little to gain."""
_SAMPLES = 16
_ROWS_OF_A_SAMPLE = 64  # beside each other: rows from all over would be fetched one by one, which takes longer
_FEW = _SAMPLES * _ROWS_OF_A_SAMPLE // 2
_INDEX = "\x1findex"
_COMPANION = "\x1fcompanion"


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different ``rows`` of some columns, and for each row of the batch the ``place`` (UInt32) of its own there.

    Without ``place``: the one row that stands for all, or all rows as they are.
    """

    rows: pl.DataFrame
    height: int
    place: pl.Series | None = None

    def table(self, expressions: Mapping[str, pl.Expr]) -> pl.DataFrame:
        """The expressions over ``rows``, also those that are literals only."""
        named = (expression.alias(name) for name, expression in expressions.items())
        return self.rows.select(pl.first().alias(_COMPANION), *named).drop(_COMPANION)

    def spread(self, values: pl.Series) -> pl.Series:
        """A value for each of ``rows`` as a value for each row of the batch."""
        if self.place is not None:
            return values.gather(self.place)
        return values if len(values) == self.height else values.new_from_index(0, self.height)


class Batch:
    """A frame, and which of its columns have few different values."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self._sample = _sample(frame) if frame.height >= _FEWEST_ROWS else frame.clear()
        different = self._sample.select(pl.all().n_unique())
        self._few = {one.name for one in different if 0 < one.item() <= _FEW}
        self._constant = constants(frame, (one.name for one in different if one.item() == 1))
        self._few_together: dict[frozenset[str], bool] = {}
        self._first_rows: dict[frozenset[str], pl.Series] = {}
        self._distinct: dict[frozenset[str], Distinct] = {}

    def add(self, columns: Iterable[pl.Series]) -> None:
        """More columns, taken to have many values."""
        self.frame = self.frame.with_columns(columns)

    def has_few(self, names: frozenset[str]) -> bool:
        """Whether these columns together seem to have few different rows."""
        if names not in self._few_together:
            varying = list(names - self._constant)
            few = bool(self._few) and self._few >= names
            self._few_together[names] = few and (len(varying) <= 1 or self._sample.n_unique(varying) <= _FEW)
        return self._few_together[names]

    def distinct(self, names: frozenset[str]) -> Distinct:
        """The different rows of these columns where they have few; else all rows."""
        if not self.has_few(names):
            return Distinct(self.frame, self.frame.height)
        if names not in self._distinct:
            self._distinct[names] = self._made(names)
        return self._distinct[names]

    def _made(self, names: frozenset[str]) -> Distinct:
        varying = names - self._constant
        if not varying:
            return Distinct(self.frame.head(1), self.frame.height)
        first = self._first(varying)
        is_first = first == pl.int_range(self.frame.height, dtype=pl.UInt32, eager=True)
        place = (is_first.cum_sum() - 1).gather(first)
        return Distinct(self.frame.select(names).filter(is_first), self.frame.height, place)

    def _first(self, names: frozenset[str]) -> pl.Series:
        """For each row the first one (UInt32) that is the same in these columns."""
        if names not in self._first_rows:
            table = self.frame.select(names)
            if len(names) > 1:  # first rows are compared in place of texts: that is twice as fast
                table = pl.DataFrame({name: self._first(frozenset([name])) for name in names})
            first = pl.col(_INDEX).first().over(names)
            self._first_rows[names] = table.with_row_index(_INDEX).select(first).to_series()
        return self._first_rows[names]


def constants(frame: pl.DataFrame, among: Iterable[str]) -> frozenset[str]:
    """Columns in which all rows are the same, also those without any value."""
    whole, empty = [], []
    for name in among:
        values = frame[name]
        if values.null_count() == len(values):
            empty.append(name)
        elif not values.null_count() and values[0] == values[-1]:  # a glance that saves most of the long looks
            whole.append(name)
    same = frame.select((pl.col(name) == pl.col(name).first()).all() for name in whole)
    return frozenset([*empty, *(name for name in whole if same[name].item())])


def is_constant(series: pl.Series) -> bool:
    """Whether a column that is not empty says the same in all rows, be it nothing."""
    if series.null_count():
        return series.null_count() == series.len()
    # a glance at both ends saves most of the long looks
    return series.len() > 0 and series[0] == series[-1] and bool((series == series[0]).all())


def _sample(frame: pl.DataFrame) -> pl.DataFrame:
    step = (frame.height - _ROWS_OF_A_SAMPLE) // (_SAMPLES - 1)
    return pl.concat([frame.slice(number * step, _ROWS_OF_A_SAMPLE) for number in range(_SAMPLES)])
