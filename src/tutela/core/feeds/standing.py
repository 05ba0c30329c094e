"""Values that stand for whole reports: constants of the feed, defaults of the delivery, what follows from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tutela.core.errors import BadInput
from tutela.core.feeds.converters.arguments import as_text
from tutela.core.idf.fields import FIELDS, UTC_DATETIME
from tutela.core.idf.json_text import canonical_text
from tutela.core.idf.taxonomy import OTHER, UNDETERMINED, taxonomy_of
from tutela.core.idf.types import explain_invalid, sanitise_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutela.core.feeds.definition import FeedDefinition
    from tutela.core.feeds.report import ReportContext

OBSERVED = "time.observation"
TYPE = "classification.type"
TAXONOMY = "classification.taxonomy"


def standing_value(name: str, value: Any) -> pl.Series | None:
    """A literal as a typed series of one value; None when it is not valid for the field."""
    plain = as_text(value)
    text = plain if isinstance(plain, str) else canonical_text(plain)
    typed = sanitise_series(FIELDS[name], pl.Series(name, [text], dtype=pl.String))
    return None if typed.null_count() else typed


def standing_values(given: Mapping[str, Any], where: str) -> dict[str, pl.Series]:
    """The same for several IDF fields; raises BadInput for the first that is not valid."""
    values = {}
    for name, value in given.items():
        typed = standing_value(name, value) if name in FIELDS else None
        if typed is None:
            reason = explain_invalid(FIELDS[name]) if name in FIELDS else "no IDF field"
            raise BadInput(
                f"{name} is given as {value!r}, which is {reason}.",
                where=where,
                remedy="Mend the value or leave it out.",
            )
        values[name] = typed
    return values


def fill_standing(
    typed: pl.DataFrame,
    definition: FeedDefinition,
    constants: Mapping[str, pl.Series],
    report: ReportContext,
    *,
    enrich: bool,
) -> pl.DataFrame:
    """Fill what rows do not say: from the delivery, the constants, and (``enrich``) what follows from the type."""
    told = {name: value for name, value in report.defaults.items() if value is not None}
    defaults = standing_values(told, f"report {report.file_name or report.id[:12]}")
    for_feed = {name: value for name, value in defaults.items() if name.startswith("feed.")}
    standing = {**defaults, **constants, **for_feed}
    standing.setdefault(OBSERVED, pl.Series(OBSERVED, [report.observed], dtype=UTC_DATETIME))
    if enrich and definition.tlp is not None:
        standing.setdefault("tlp", pl.Series("tlp", [definition.tlp.value]))
    filled = typed.with_columns(_filled(typed, name, value) for name, value in standing.items())
    return _classified(filled) if enrich else filled


def _filled(typed: pl.DataFrame, name: str, value: pl.Series) -> pl.Series:
    if name not in typed.columns:
        return value.new_from_index(0, typed.height)
    if not typed[name].null_count():
        return typed[name]
    return typed[name].zip_with(typed[name].is_not_null(), value.new_from_index(0, typed.height))


def _classified(typed: pl.DataFrame) -> pl.DataFrame:
    """A type without a taxonomy gets its own; neither: other, undetermined; a taxonomy without a type: undetermined."""
    absent = pl.lit(None, dtype=pl.String)
    kind = pl.col(TYPE) if TYPE in typed.columns else absent
    taxonomy = pl.col(TAXONOMY) if TAXONOMY in typed.columns else absent
    filled = {
        TYPE: kind.fill_null(UNDETERMINED),
        TAXONOMY: pl.coalesce(taxonomy, taxonomy_of(kind), pl.lit(OTHER)),
    }
    open_ = (name for name in filled if name not in typed.columns or typed[name].null_count())
    return typed.with_columns(filled[name].alias(name) for name in open_)
