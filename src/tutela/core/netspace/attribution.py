"""Whose a batch of events is: every row answered by a few searches in sorted tables, no loop over rows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.netspace.addresses import MAPPED_FIRST, MAPPED_LAST, numbers, span
from tutela.core.netspace.domains import reversed_names, url_hosts
from tutela.core.netspace.holdings import NETWORK

if TYPE_CHECKING:
    from collections.abc import Callable

EVIDENCE: Final = ("source.ip", "source.network", "source.fqdn", "source.url", "source.asn")
"""The IDF fields that say whom an event concerns, in the order in which they count."""

ANSWER_COLUMNS: Final = ("kind", "key", "organisation", "shared")
"""What answers are made of, of each holding."""

_NOBODY: Final = pl.UInt32()
_BY: Final = " by "


def evidence_of(attribution: str) -> str:
    """The IDF field by which an event was attributed, from the sentence that its ``attribution`` is."""
    return attribution.rpartition(_BY)[2]


class Lookup:
    """The searched tables of one snapshot: holdings in rank order; disjoint ranges, names and AS numbers over them.

    Every search takes a Series of one IDF field and gives a Series of holding numbers (UInt32, null: nobody) of its
    length.
    """

    def __init__(
        self,
        answers: pl.DataFrame,
        ranges: pl.DataFrame,
        names: pl.DataFrame,
        as_numbers: pl.DataFrame,
        *,
        whole: Callable[[], pl.DataFrame],
    ) -> None:
        self.answers = answers
        self.ranges = ranges
        self.names = names
        self.numbers = as_numbers
        self._whole = whole

    def attribute(self, events: pl.DataFrame, *, several: bool) -> pl.DataFrame:
        """Events with ``organisation`` and ``attribution`` (and ``organisations``) added or replaced."""
        found, evidence = self.find(events)
        organisation = self.answers["organisation"].gather(found).alias("organisation")
        events = events.with_columns(organisation, self._sentences(found, evidence).alias("attribution"))
        return events.with_columns(self._sharers(found, organisation)) if several else events

    def _sentences(self, found: pl.Series, evidence: pl.Series) -> pl.Series:
        """``<kind> <key> by <field>`` for each event; its first two words are made once for each holding."""
        words = self._words.gather(found)
        said = evidence.drop_nulls().unique()
        if len(said) == 1:  # one field has answered for all, as it mostly does
            return words + f"{_BY}{said[0]}"
        return pl.DataFrame([words, evidence]).select(pl.concat_str("words", pl.lit(_BY), "by")).to_series()

    @cached_property
    def _words(self) -> pl.Series:
        words = pl.concat_str("kind", pl.lit(" "), "key").alias("words")
        return self.answers.select(words).to_series()

    def find(self, events: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """The number of the holding that each event is attributed by, and the field that said so (String)."""
        found = pl.Series("holding", [None], dtype=_NOBODY).new_from_index(0, events.height)
        evidence = pl.Series("by", [None], dtype=pl.String).new_from_index(0, events.height)
        for name, search in self._searches():
            if name not in events.columns:
                continue
            values = events[name]
            places = (found.is_null() & values.is_not_null()).arg_true()
            if not len(places):
                continue
            hits = search(values.gather(places))
            hit = hits.is_not_null()
            if not hit.any():
                continue
            places, hits = places.filter(hit), hits.filter(hit)
            found = found.scatter(places, hits)
            evidence = evidence.scatter(places, name)
        return found, evidence

    def by_address(self, text: pl.Series) -> pl.Series:
        """Addresses of either family."""
        return self._at(numbers(text))

    def by_network(self, text: pl.Series) -> pl.Series:
        """Networks: the smallest range that contains the whole of each."""
        distinct = text.cast(pl.String).drop_nulls().unique()
        spans = [_span_or_none(value) for value in distinct]
        known = [(value, *found) for value, found in zip(distinct, spans, strict=True) if found]
        asked = pl.DataFrame(known, schema={"text": pl.String, "from": pl.UInt128, "to": pl.UInt128}, orient="row")
        held = self._whole().with_row_index("holding").filter(pl.col("kind") == NETWORK)
        ipv4 = pl.col("from").is_between(MAPPED_FIRST, MAPPED_LAST)
        answers = (
            asked.join_where(
                held.select("first", "last", "holding"),
                pl.col("first") <= pl.col("from"),
                pl.col("last") >= pl.col("to"),
            )
            .filter(~ipv4 | (pl.col("first") >= MAPPED_FIRST))
            .group_by("text")
            .agg(pl.col("holding").min())
        )
        return text.replace_strict(answers["text"], answers["holding"], default=None, return_dtype=_NOBODY)

    def by_name(self, text: pl.Series) -> pl.Series:
        """Domain names, by their longest suffix that is held."""
        places = reversed_names(text)
        row, inside = _search(self.names["start"], places)
        inside &= places < self.names["end"].gather(row)
        return self.names["holding"].gather(row).set(~inside.fill_null(value=False), None)

    def by_url(self, text: pl.Series) -> pl.Series:
        """URLs, by their host: an address or a name."""
        hosts = url_hosts(text)
        by_address = self._at(numbers(hosts)) if self.ranges.height else _nobody(len(text))
        by_name = self.by_name(hosts) if self.names.height else _nobody(len(text))
        return by_address.zip_with(by_address.is_not_null(), by_name)

    def by_as_number(self, value: pl.Series) -> pl.Series:
        """AS numbers."""
        return value.cast(pl.Int64).replace_strict(
            self.numbers["number"], self.numbers["holding"], default=None, return_dtype=_NOBODY
        )

    def _searches(self) -> list[tuple[str, Callable[[pl.Series], pl.Series]]]:
        """The evidence in order, each with its search; what nobody holds is not searched."""
        networks, names, as_numbers = self.ranges.height, self.names.height, self.numbers.height
        searches = (self.by_address, self.by_network, self.by_name, self.by_url, self.by_as_number)
        wanted = (networks, networks, names, networks or names, as_numbers)
        return [pair for pair, use in zip(zip(EVIDENCE, searches, strict=True), wanted, strict=True) if use]

    def _at(self, places: pl.Series) -> pl.Series:
        """The holdings at places of the line (UInt128)."""
        order = places.arg_sort()  # what is asked in order is found in half the time: its places are still in the cache
        asked = places.gather(order)
        row, inside = _search(self.ranges["first"], asked)
        inside &= asked <= self.ranges["last"].gather(row)
        found = self.ranges["holding"].gather(row).set(~inside.fill_null(value=False), None)
        return found.gather(order.arg_sort())

    def _sharers(self, found: pl.Series, organisation: pl.Series) -> pl.Series:
        """For each event the organisations concerned, the winner first (List of String)."""
        shared = self.answers.with_row_index("holding").filter("shared")
        groups = shared.group_by("kind", "key", maintain_order=True).agg("holding", "organisation")
        groups = groups.select("holding", pl.col("organisation").list.unique(maintain_order=True)).explode("holding")
        alone = organisation.to_frame("alone").select(
            pl.when(pl.col("alone").is_not_null()).then(pl.concat_list("alone"))
        )
        asked = found.rename("holding").to_frame()
        together = asked.join(groups, on="holding", how="left", maintain_order="left")["organisation"]
        return together.zip_with(together.is_not_null(), alone.to_series()).alias("organisations")


def _search(starts: pl.Series, places: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The row of the last start at or before each place, and whether there is one (``starts`` sorted, not empty)."""
    after = starts.search_sorted(places, side="right")
    inside = (after > 0) & places.is_not_null()
    return (after.clip(1) - 1).cast(pl.UInt32), inside


def _span_or_none(text: str) -> tuple[int, int] | None:
    try:
        return span(text)
    except ValueError:
        return None


def _nobody(length: int) -> pl.Series:
    return pl.Series([None], dtype=_NOBODY).new_from_index(0, length)
