"""``--where``: what speaks of one event is a condition; all else is refused with a sentence, and nothing gets away."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import WrongUse
from tutela.lake.columns import LAKE_SCHEMA
from tutela.lake.condition import FUNCTIONS, MAXIMUM_CHARACTERS, condition

EVENTS = pl.DataFrame(
    {
        "source.ip": ["192.0.2.1", "192.0.2.2", None],
        "source.port": [23, 80, None],
        "malware.name": ["mirai", "it's", None],
        "feed": ["a", "b", "a"],
        "row": [1, 2, 3],
    },
    schema_overrides={"source.port": pl.Int64, "row": pl.Int64},
)
EVENTS = pl.concat([pl.DataFrame(schema=LAKE_SCHEMA), EVENTS], how="diagonal")

GOOD = {
    '"source.port" = 23 AND "malware.name" LIKE \'mirai%\'': [1],
    "feed = 'a'": [1, 3],
    "\"malware.name\" = 'it''s'": [2],
    '"source.port" IN (80, 81) OR "source.ip" IS NULL': [2, 3],
    'NOT "source.port" BETWEEN 1 AND 50': [2],
    "\"malware.name\" ~ '^m.*i$'": [1],
    "UPPER(feed) = 'A' and row > 1": [3],
    "COALESCE(\"source.ip\", 'none') = 'none'": [3],
    "CASE WHEN feed = 'a' THEN row = 1 ELSE TRUE END": [1, 2],
    '"source.port" % 2 = 0': [2],
    "EXTRACT(year FROM \"time.source\") = 2026 OR date >= DATE '2026-03-01' OR row = 2": [2],
    "feed IS NOT DISTINCT FROM 'b'": [2],
}
OTHERS = """\
MAX("source.port") = 3 ┃ COUNT(*) > 3 ┃ SUM("source.port") OVER () > 3 ┃ row = MIN(row) ┃ UNNEST(feed) = 'a'
ROW_NUMBER() OVER (ORDER BY row) = 1 ┃ LAG(row) OVER (ORDER BY row) = 1 ┃ RANK() OVER (PARTITION BY feed) < 3
feed IN (SELECT feed FROM self) ┃ EXISTS (SELECT 1) ┃ feed = (SELECT 1) ┃ COLUMNS('.*') IS NOT NULL
read_csv('/etc/passwd') = 1 ┃ feed = 'a'; DROP TABLE x ┃ row = 1 -- ┃ row /* */ = 1 ┃ LPAD(feed, 20000, 'x') = 'x'
CAST(feed AS INT) = 1 ┃ DATE(feed) = 1 ┃ STRPTIME(feed, '%Y') IS NULL ┃ feed ~ '(' ┃ feed ~ feed ┃ feed LIKE feed
feed ~ '(a{1000}){1000}' ┃ feed || feed = 'aa' ┃ feed ┃ row ┃ NOT ┃ row = 'a' ┃ "no such field" = 1 ┃ source.port = 23
AND AND ┃ COALESCE() = 1 ┃ 'open ┃ "open ┃ row = ٣ ┃ ﬀ = 1 ┃ date = DATE 'x' ┃ "time.source" > '2026-03-01'\
""".replace("\n", " ┃ ").split(" ┃ ")


@pytest.mark.parametrize("text", GOOD)
def test_a_condition_on_single_events(text: str) -> None:
    assert EVENTS.filter(condition(text))["row"].to_list() == GOOD[text]


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(WrongUse) as told:
        condition(text)
    assert told.value.where == "--where"
    assert "\n" not in str(told.value)


def test_it_is_bounded() -> None:
    longest = " OR ".join(["row=1"] * 1000)[: MAXIMUM_CHARACTERS - 1]
    condition(longest[: longest.rindex(" OR")])
    with pytest.raises(WrongUse, match="longer"):
        condition("row = 1 OR " * 1000 + "row = 1")
    with pytest.raises(WrongUse):
        condition("(" * 1000 + "row = 1" + ")" * 1000)


@given(st.text())
def test_no_text_does_anything_else(text: str) -> None:
    try:
        condition(text)
    except WrongUse as refusal:
        assert refusal.remedy  # noqa: PT017 - what is right need not raise


OPERANDS = ["row", "feed", '"source.port"', '"malware.name"', "date", "'a'", "'23'", "0", "3", "1e3", "TRUE", "NULL"]
OPERATORS = ["=", "<>", "<", ">=", "AND", "OR", "IN", "LIKE", "~", "IS DISTINCT FROM", "+", "-", "*", "/", "%"]


def anything(chance: random.Random, depth: int) -> str:
    """A text of the words that are let through, put together more or less as SQL is."""
    if depth == 0:
        return chance.choice(OPERANDS)
    one, two = anything(chance, depth - 1), anything(chance, chance.randrange(depth))
    called = f"{chance.choice(FUNCTIONS)}({one}, {two})"
    other = [
        f"NOT {one}",
        f"{one} IS NULL",
        f"({one})",
        f"CASE WHEN {one} THEN {two} ELSE {one} END",
        f"-{one}",
        called,
    ]
    return chance.choice([f"{one} {chance.choice(OPERATORS)} {two}"] * 4 + other)


def test_what_is_let_through_asks_each_event_alone() -> None:
    """No error at any value, and the same answer for an event among others and alone."""
    chance = random.Random(0)  # noqa: S311 - the same words every time
    let_through = 0
    for _ in range(1500):
        text = anything(chance, chance.randrange(1, 4))
        try:
            asked = condition(text)
        except WrongUse:
            continue
        let_through += 1
        together = EVENTS.filter(asked)["row"].to_list()
        alone = [row for n in range(EVENTS.height) for row in EVENTS.slice(n, 1).filter(asked)["row"]]
        assert together == alone, text
    assert let_through > 100
