"""What an import changes among holdings: rows that begin, rows that end, rows that are so already.

A row of an import speaks for its key (one range, AS number or name). Whoever else held the key, alone or without
being named as a sharer, holds it no longer from the moment at which the new row begins: the old row keeps its
provenance and gets an end. Several rows for one key in one import are a tie and all stand. A row without
``valid_from`` means ever since where nobody held the key, and from now on where somebody did. Planning what was
applied gives no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import polars as pl

from tutela.core.netspace.holdings import UTC_DATETIME
from tutela.core.netspace.imports.wanted import WANTED_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

STORED_SCHEMA: Final = pl.Schema(
    {
        "id": pl.Int64(),
        "kind": pl.String(),
        "key": pl.String(),
        "organisation": pl.String(),
        "shared": pl.Boolean(),
        "valid_from": UTC_DATETIME,
        "valid_to": UTC_DATETIME,
        "source": pl.String(),
    }
)
ENDED_SCHEMA: Final = pl.Schema(
    {"id": pl.Int64(), "kind": pl.String(), "key": pl.String(), "organisation": pl.String(), "valid_to": UTC_DATETIME}
)

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of a row that never should have been and has no beginning."""

_KEY: Final = ("kind", "key")
_FACT: Final = ("kind", "key", "organisation", "shared")


@dataclass(frozen=True, slots=True)
class HoldingChanges:
    """``added``: ``WANTED_SCHEMA``. ``ended``: ``ENDED_SCHEMA``, stored rows with a new end. ``unchanged``: rows."""

    added: pl.DataFrame
    ended: pl.DataFrame
    unchanged: int


def plan_holdings(stored: pl.DataFrame, wanted: pl.DataFrame, now: datetime) -> HoldingChanges:
    """What must change among ``stored`` (``STORED_SCHEMA``) for ``wanted`` (``WANTED_SCHEMA``) to hold at ``now``."""
    wanted = wanted.unique([*_FACT, "valid_from", "valid_to"], keep="first", maintain_order=True)
    begun = pl.col("valid_from").is_null() | pl.col("valid_to").is_null()
    live = stored.filter(begun | (pl.col("valid_from") < pl.col("valid_to")))
    if not live.height:
        return HoldingChanges(wanted, ENDED_SCHEMA.to_frame(), 0)
    wanted = wanted.with_row_index("row")
    pairs = _same_fact(wanted, live, now)
    closing = pairs.filter(~pl.col("same")).select("id", *_KEY, "organisation", "valid_to")
    added = _beginning(wanted.join(pairs, on="row", how="anti").drop("row"), live, now)
    replaced = _replaced(added, live.join(pairs, on="id", how="anti"))
    ended = pl.concat([closing.select(ENDED_SCHEMA.names()), _ends(replaced)]).unique("id", keep="first")
    added = pl.concat([added, _remainders(replaced)])
    return HoldingChanges(added, ended.sort("id"), int(pairs["same"].sum()))


def _same_fact(wanted: pl.DataFrame, live: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """For each wanted row at most one stored row that says the same, or the same but for its end (``same`` false)."""
    pairs = wanted.join(live, on=_FACT, how="inner", suffix="_stored")
    is_open = pl.col("valid_to_stored").is_null() | (pl.col("valid_to_stored") > now)
    from_now = pl.col("valid_from").is_null()
    same_from = from_now | pl.col("valid_from").eq_missing(pl.col("valid_from_stored"))
    same_to = pl.col("valid_to").eq_missing(pl.col("valid_to_stored")) | (pl.col("valid_to").is_null() & is_open)
    same = same_from & same_to
    close = same_from & pl.col("valid_to").is_not_null() & (is_open | ~from_now)
    close &= pl.col("valid_from_stored").is_null() | (pl.col("valid_from_stored") < pl.col("valid_to"))
    pairs = pairs.with_columns(same=same, open=is_open).filter(pl.col("same") | close)
    order: Sequence[str] = ("row", "same", "open", "valid_from_stored", "id")
    return pairs.sort(order, descending=[False, True, True, True, False]).unique(
        "row", keep="first", maintain_order=True
    )


def _beginning(added: pl.DataFrame, live: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Rows without a beginning begin now where the key is known already, unless they say that they have ended."""
    known = live.select(_KEY).unique().with_columns(known=pl.lit(value=True))
    over = pl.col("valid_to").is_not_null() & (pl.col("valid_to") <= now)
    begins = pl.col("valid_from").is_null() & pl.col("known") & ~over
    moment = pl.when(begins).then(pl.lit(now).cast(UTC_DATETIME)).otherwise("valid_from")
    joined = added.join(known, on=_KEY, how="left", maintain_order="left")
    return joined.with_columns(moment.alias("valid_from")).select(WANTED_SCHEMA.names())


def _replaced(added: pl.DataFrame, live: pl.DataFrame) -> pl.DataFrame:
    """Stored rows that the added ones contradict, each once, with the first beginning and the last end of those."""
    pairs = live.join(added, on=_KEY, how="inner", suffix="_new")
    together = pl.col("shared") & pl.col("shared_new") & (pl.col("organisation") != pl.col("organisation_new"))
    overlap = _before("valid_from", "valid_to_new") & _before("valid_from_new", "valid_to")
    pairs = pairs.filter(~together & overlap)
    return pairs.group_by("id", *_KEY, "organisation", "shared", "valid_from", "valid_to", "source").agg(
        pl.col("first", "last").first(),
        pl.when(pl.col("valid_from_new").null_count() == 0).then(pl.col("valid_from_new").min()).alias("begins"),
        pl.when(pl.col("valid_to_new").null_count() == 0).then(pl.col("valid_to_new").max()).alias("ends"),
        pl.col("file", "line").first(),
    )


def _ends(replaced: pl.DataFrame) -> pl.DataFrame:
    end = pl.coalesce(pl.max_horizontal("valid_from", "begins"), pl.lit(NEVER).cast(UTC_DATETIME))
    return replaced.with_columns(end.alias("valid_to")).select(ENDED_SCHEMA.names())


def _remainders(replaced: pl.DataFrame) -> pl.DataFrame:
    """What is left of replaced rows after those that replace them have ended: it goes on as before."""
    left = replaced.filter(pl.col("ends").is_not_null() & _before("ends", "valid_to"))
    return left.with_columns(pl.col("ends").alias("valid_from")).select(WANTED_SCHEMA.names())


def _before(start: str, end: str) -> pl.Expr:
    """Whether a beginning lies before an end; null is ever before and ever after."""
    return pl.col(start).is_null() | pl.col(end).is_null() | (pl.col(start) < pl.col(end))
