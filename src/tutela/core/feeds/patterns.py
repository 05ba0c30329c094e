"""The one engine for the regular expressions of definitions: Rust's, as Polars has it.

Its time grows with the text, never with the ways in which the text could be matched, so no expression hangs an ingest.
The price is that it knows no look-around and no back reference; what it does not know is refused, with a remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
from pydantic import AfterValidator

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

REMEDY = "Write it in Rust's syntax, which has no look-around and no back references; see docs/feeds, Expressions."
MATCH = "__match"
"""The group around a whole expression; it tells an empty match from none."""

_ERROR = "error: "


class PatternError(ValueError):
    """An expression that cannot be used, with its remedy."""

    remedy = REMEDY


def problem(pattern: str) -> str | None:
    """What is wrong with a regular expression; None when it is sound."""
    try:
        _group_names(grouped(pattern))
    except pl.exceptions.ComputeError as error:
        lines = str(error).splitlines()
        reason = next((line for line in lines if line.startswith(_ERROR)), lines[0]).removeprefix(_ERROR)
        return f"the regular expression {pattern!r} does not compile: {reason.rstrip('.')}"
    return None


def grouped(pattern: str) -> str:
    """The expression with a group around the whole."""
    return f"(?P<{MATCH}>{pattern})"


def named_groups(pattern: str) -> list[str]:
    """The names of its groups, in their order."""
    return [name for name in _group_names(pattern) if not name.isdecimal()]


def group_count(pattern: str) -> int:
    """How many groups it has."""
    return len(_group_names(pattern))


def found_among(patterns: Collection[str], text: str) -> set[str]:
    """Those of some expressions that are found in a text."""
    asked = pl.DataFrame({"pattern": list(patterns)}, schema={"pattern": pl.String})
    found = asked.filter(pl.lit(text, dtype=pl.String).str.contains(pl.col("pattern")))
    return set(found["pattern"])


def first_group(pattern: str, text: str) -> str | None:
    """What the first group of an expression finds in a text; None for nothing."""
    return pl.Series([text]).str.extract(pattern)[0] or None


def split(pattern: str, texts: Sequence[str]) -> list[list[str]]:
    """Each text taken apart where the expression matches."""
    given = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return given.select(pl.col("text").str.split(pattern, literal=False)).to_series().to_list()


def _group_names(pattern: str) -> list[str]:
    kind = pl.Series([""]).str.extract_groups(pattern).dtype
    return [field.name for field in kind.fields] if isinstance(kind, pl.Struct) else []


def _sound(pattern: str) -> str:
    found = problem(pattern)
    if found:
        raise PatternError(found)
    return pattern


def _with_group(pattern: str) -> str:
    if not group_count(_sound(pattern)):
        raise PatternError("the regular expression needs a group ( ) around what is wanted")
    return pattern


def _with_one_group(pattern: str) -> str:
    if group_count(_sound(pattern)) != 1:
        raise PatternError(
            f"the regular expression {pattern!r} needs exactly one group; (?:…) makes one that does not count"
        )
    return pattern


Pattern = Annotated[str, AfterValidator(_sound)]
GroupPattern = Annotated[str, AfterValidator(_with_group)]
OneGroupPattern = Annotated[str, AfterValidator(_with_one_group)]
