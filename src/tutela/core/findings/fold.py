"""How events fold to findings: one row for each condition on one asset of one organisation.

A sighting (an event seen again in another delivery) moves *last seen*; only a new event adds to the *count*.
*Last reported* is when the last report that shows it came in, whatever time its events have: closing stands on it.
Folding is associative and commutative: any split of the events, in any order, folds to the same rows.
"""

from __future__ import annotations

import polars as pl

from tutela.core.findings.fingerprint import asset_key, asset_type
from tutela.core.idf.fields import UTC_DATETIME
from tutela.core.idf.repeats import is_constant

KEY = ("organisation", "fingerprint")

SEVERITIES = ("undefined", "info", "low", "medium", "high", "critical")
"""IDF severities, least first; a finding has the highest of its events."""

TLP_LEVELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""TLP 2.0, most permissive first; a finding has the strictest of its events."""

DESCRIBING = (
    "observer",
    "asset_type",
    "asset_key",
    "classification.taxonomy",
    "classification.type",
    "classification.identifier",
    "malware.name",
    "product.vulnerabilities",
)
"""Columns that describe a finding; where events differ, the first by alphabet stands, so order never matters."""

_FIXED = frozenset({"asset_type", "asset_key"})
"""Columns that are the same wherever the fingerprint is the same, for it is made of them."""

_DESCRIBED = (*DESCRIBING, "severity", "tlp")

FOLD_SCHEMA = pl.Schema(
    {
        "organisation": pl.String(),
        "fingerprint": pl.UInt128(),
        **dict.fromkeys(DESCRIBING, pl.String()),
        "first_seen": UTC_DATETIME,
        "last_seen": UTC_DATETIME,
        "last_reported": UTC_DATETIME,
        "last_observer": pl.String(),
        "events": pl.Int64(),
        "severity": pl.Int8(),
        "tlp": pl.Int8(),
    }
)


def fold(events: pl.DataFrame) -> pl.DataFrame:
    """Fold events (``fresh`` Boolean says which are new) into rows of ``FOLD_SCHEMA``; those of nobody fold to nothing.

    Needs the columns organisation, fingerprint, asset, fresh, seen and reported (UTC datetimes) and observer; others
    may be absent.
    """
    known = events.filter(pl.col("organisation").is_not_null() & pl.col("fingerprint").is_not_null())
    known = known.with_columns(asset_type=asset_type(), asset_key=asset_key(known))
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in _DESCRIBED if name not in known.columns]
    known = known.with_columns(missing)
    varying, constant = _described(known)
    folded = known.group_by(KEY).agg(
        *varying,
        first_seen=pl.col("seen").min(),
        last_seen=pl.col("seen").max(),
        last_reported=pl.col("reported").max(),
        last_observer=_last("observer", "reported", known),
        events=pl.col("fresh").sum().cast(pl.Int64),
        severity=_rank("severity", SEVERITIES).max(),
        tlp=_rank("tlp", TLP_LEVELS).max(),
    )
    return folded.with_columns(constant).select(FOLD_SCHEMA.names()).cast(FOLD_SCHEMA).sort(KEY)


def merge(folds: pl.DataFrame) -> pl.DataFrame:
    """Fold rows of ``FOLD_SCHEMA`` again, so that each key stands once."""
    varying, constant = _described(folds)
    merged = folds.group_by(KEY).agg(
        *varying,
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
        pl.col("last_reported").max(),
        _last("last_observer", "last_reported", folds),
        pl.col("events").sum(),
        pl.col("severity").max(),
        pl.col("tlp").max(),
    )
    return merged.with_columns(constant).select(FOLD_SCHEMA.names()).sort(KEY)


def _described(rows: pl.DataFrame) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """The columns that describe: those to be looked for in each group, and those with one value throughout (most)."""
    same = {name: rows[name][0] for name in DESCRIBING if is_constant(rows[name])}
    varying = [
        pl.col(name).first() if name in _FIXED else pl.col(name).min() for name in DESCRIBING if name not in same
    ]
    return varying, [pl.lit(value, dtype=pl.String).alias(name) for name, value in same.items()]


def _last(column: str, time: str, rows: pl.DataFrame) -> pl.Expr:
    """Of a column the value with the latest time, the first by alphabet of several; most often all are the same."""
    if is_constant(rows[column]):
        return pl.col(column).first()
    return pl.col(column).filter(pl.col(time) == pl.col(time).max()).min()


def _rank(column: str, levels: tuple[str, ...]) -> pl.Expr:
    ranks = {level: number for number, level in enumerate(levels)}
    return pl.col(column).replace_strict(ranks, default=0, return_dtype=pl.Int8)
