"""A condition in SQL on single events, as ``--where`` takes it.

The text is read word by word, and only what speaks of one event is let through to the SQL of Polars: no aggregate and
no window (they would speak of other events), no subquery, no function that reads or makes anything, nothing that fails
at some value of some row. What is left is tried on events without meaning, so that a wrong condition is told before
the lake is read.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

from tutela.core.errors import WrongUse
from tutela.lake.columns import LAKE_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_CHARACTERS: Final = 4000
_TOLD: Final = 200
FUNCTIONS: Final = ("ABS", "COALESCE", "ENDS_WITH", "EXTRACT", "LENGTH", "LOWER", "STARTS_WITH", "STRPOS", "UPPER")
_KEYWORDS: Final = frozenset(
    "AND OR NOT IN IS NULL TRUE FALSE LIKE ILIKE RLIKE REGEXP BETWEEN DISTINCT FROM CASE WHEN THEN ELSE END DATE "
    "YEAR QUARTER MONTH WEEK DAY ISODOW HOUR MINUTE SECOND".split()
)
_BEFORE_BRACKET: Final = frozenset({*FUNCTIONS, *"AND OR NOT IN WHEN THEN ELSE CASE BETWEEN FROM".split()})
_PATTERNS: Final = frozenset({"LIKE", "ILIKE", "RLIKE", "REGEXP", "~", "~*", "!~", "!~*"})
_NEVER: Final = frozenset({"--", "/*", "()"})  # comments; a function of nothing
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<field>"[^"]*")
      | (?P<number>[0-9]+(?:[.][0-9]*)?(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>!~\*|!~|~\*|~|<>|!=|<=|>=|[=<>(),%*/+-])
    )""",
    re.VERBOSE,
)
_REMEDY: Final = f"""Write it as SQL with field names in double quotes: "source.port" = 23 AND "malware.name" LIKE \
'mirai%'. Functions: {", ".join(FUNCTIONS)}."""


def condition(text: str) -> pl.Expr:
    """The condition as an expression over the columns of ``LAKE_SCHEMA``. Raises WrongUse."""
    if len(text) > MAXIMUM_CHARACTERS:
        raise _refusal(f"is longer than {MAXIMUM_CHARACTERS} characters")
    tokens = list(_tokens(text))
    for token in tokens:
        _check(*token)
    for before, after in pairwise([*tokens, ("end", "")]):
        _check_pair(before, after)
    return _tried(text)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of kind and spelling; words in capitals."""
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise _refusal(f"cannot be understood at {text[position : position + 20].strip()!r}")
        kind = found.lastgroup or ""
        yield kind, found[kind].upper() if kind == "word" else found[kind]
        position = found.end()


def _check(kind: str, token: str) -> None:
    if kind == "word" and not (token in _KEYWORDS or token in FUNCTIONS or token.lower() in LAKE_SCHEMA):
        raise _refusal(f"may not use {token}: it is asked of each event alone, of its fields and values")
    if kind == "field" and token[1:-1] not in LAKE_SCHEMA:
        raise _refusal(f"asks for {token}, and there is no such field")


def _check_pair(before: tuple[str, str], after: tuple[str, str]) -> None:
    kind, token = before
    if kind == "word" and after == ("sign", "(") and token not in _BEFORE_BRACKET:
        raise _refusal(f"may not use {token} as a function")
    if (before[1] + after[1]) in _NEVER:
        raise _refusal(f"may not hold {before[1] + after[1]}")
    if token in _PATTERNS and kind in {"word", "sign"} and after[0] != "text":
        raise _refusal(f"needs a text in single quotes after {token}")


def _tried(text: str) -> pl.Expr:
    """The expression, after an event without any value and two with all values went through it."""
    values = pl.Series([None, 0, 1])
    events = pl.DataFrame([values.cast(kind).alias(name) for name, kind in LAKE_SCHEMA.items()])
    try:
        expression = pl.sql_expr(text)
        events.filter(expression)
        events.lazy().filter(expression).collect(engine="streaming")  # as the lake is read
    except (PolarsError, PanicException) as error:
        message = str(error).partition("\n")[0].partition("; valid columns")[0].rstrip(".: ")
        raise _refusal(f"cannot be understood: {message[:_TOLD]}") from error
    return expression


def _refusal(what: str) -> WrongUse:
    return WrongUse(f"the condition {what}.", where="--where", remedy=_REMEDY)
