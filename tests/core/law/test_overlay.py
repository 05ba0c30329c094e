"""What one country has made of an instrument: laid over the version that is law on the day, with its own sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.core.law import small
from tutela.core.errors import DefinitionErrors
from tutela.core.law.case import Case
from tutela.core.law.clock import Place
from tutela.core.law.evaluation import evaluate
from tutela.core.law.linter import load

if TYPE_CHECKING:
    from tutela.core.law.condition import Fact
    from tutela.core.law.row import Row

START = datetime(2026, 11, 1, tzinfo=UTC)
FACTS: dict[str, Fact] = {"org.bank": True, "org.kind": "b", "inc.loss": 6.0}
NATIONAL = """
id: lu.law
version: 1
overlays: xx.law
country: LU
instrument: {en: The National Law}
article: Article 14
status: in force
validity: {from: '2025-01-01', citation: Article 1, confidence: P, sources: [s]}
knowledge: '2026-01-01'
stages:
- id: first
  title: {en: First}
  due: {within: 12 hours, from: aware}
  citation: Article 14(1)
  confidence: P
  sources: [s]
"""
LATER = (
    small.LAW.replace("version: 1", "version: 2").replace("2020-01-01", "2027-01-01").replace("24 hours", "48 hours")
)
ENDED = small.LAW.replace("from: '2020-01-01'", "from: '2020-01-01', to: '2027-01-01'")
BORROWER = """
id: xx.borrower
version: 1
jurisdiction: XX
instrument: {en: The Borrowing Law}
article: Article 1
status: in force
validity: {from: '2020-01-01', citation: Article 9, confidence: P, sources: [s]}
knowledge: '2026-01-01'
who: {text: All., when: org.kind != '', citation: Article 1, confidence: P, sources: [s]}
trigger: {text: A loss., when: inc.loss > 5.0, citation: Article 2, confidence: P, sources: [s]}
uses_stages_of: xx.law
time_rule: plain
"""


def rows(country: str, at: datetime = START, **files: str) -> dict[tuple[str, str], Row]:
    case = Case(FACTS, {"aware": (at,)}, Place(country, ZoneInfo("UTC")))
    return {(row.regime, row.stage): row for row in evaluate(load(small.files(**files)), case, at)}


def hours(row: Row, at: datetime = START) -> float:
    assert row.due is not None
    return (row.due - at).total_seconds() / 3600


def test_a_row_tells_the_law_in_which_it_stands() -> None:
    found = rows("LU", overlay=NATIONAL)
    assert found["xx.law", "first"].citation == "The National Law, Article 14(1)"
    assert found["xx.law", "final"].citation == "The Law, Article 4"
    assert rows("DE", overlay=NATIONAL)["xx.law", "first"].citation == "The Law, Article 3"


@pytest.mark.parametrize(("year", "country", "expected"), [(2026, "LU", 12), (2026, "DE", 24), (2028, "DE", 48)])
def test_it_is_laid_over_the_version_of_the_day(year: int, country: str, expected: float) -> None:
    at = START.replace(year=year)
    found = rows(country, at, law=ENDED, later=LATER, overlay=NATIONAL)
    assert hours(found["xx.law", "first"], at) == expected


def test_a_law_that_sets_off_the_stages_of_another_has_them_as_they_are_on_the_day() -> None:
    for country, at, expected in (("DE", START, 24), ("DE", START.replace(year=2028), 48), ("LU", START, 12)):
        found = rows(country, at, law=ENDED, later=LATER, overlay=NATIONAL, borrower=BORROWER)
        assert hours(found["xx.borrower", "first"], at) == expected
        assert {stage for regime, stage in found if regime == "xx.borrower"} == {"first", "final"}


def test_an_overlay_of_a_law_that_borrows_its_stages_keeps_the_others() -> None:
    own = NATIONAL.replace("xx.law", "xx.borrower").replace("12 hours", "6 hours")
    found = rows("LU", borrower=BORROWER, overlay=own)
    assert hours(found["xx.borrower", "first"]) == 6
    assert found["xx.borrower", "final"].citation == "The Law, Article 4"
    assert hours(found["xx.law", "first"]) == 24, "the lender is as it was"


def test_what_is_not_law_yet_changes_nothing() -> None:
    assert hours(rows("LU", overlay=NATIONAL.replace("2025-01-01", "2027-01-01"))["xx.law", "first"]) == 24
    assert hours(rows("LU", overlay=NATIONAL.replace("in force", "proposed"))["xx.law", "first"]) == 24


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"overlay": NATIONAL, "other": NATIONAL.replace("lu.law", "lu.other")}, "change xx.law in LU at once"),
        ({"overlay": NATIONAL, "other": NATIONAL}, "version 1 of lu.law stands twice"),
        ({"overlay": NATIONAL.replace("country: LU", "country: XX")}, "XX is no country"),
        (
            {"overlay": NATIONAL.replace("12 hours, from: aware", "12 hours, from: submitted, of: final")},
            "first waits for itself",
        ),
    ],
)
def test_what_cannot_be_meant_is_told(files: dict[str, str], fault: str) -> None:
    with pytest.raises(DefinitionErrors, match=fault):
        load(small.files(**files))


def test_one_country_may_change_its_law() -> None:
    old = NATIONAL.replace("from: '2025-01-01'", "from: '2025-01-01', to: '2026-06-01'")
    new = (
        NATIONAL.replace("2025-01-01", "2026-06-01").replace("version: 1", "version: 2").replace("12 hours", "8 hours")
    )
    assert hours(rows("LU", old=old, new=new)["xx.law", "first"]) == 8
    at = START.replace(month=3)
    assert hours(rows("LU", at, old=old, new=new)["xx.law", "first"], at) == 12
