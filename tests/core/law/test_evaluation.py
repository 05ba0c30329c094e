"""What always holds, whatever the law and the case: monotone in time, nothing without its article, nothing guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.law import small
from tutela.core.law.case import Case
from tutela.core.law.clock import Place
from tutela.core.law.evaluation import evaluate
from tutela.core.law.facts import Declaration, Type
from tutela.core.law.instrument import Confidence
from tutela.core.law.linter import load

if TYPE_CHECKING:
    from tutela.core.law.condition import Fact
    from tutela.core.law.library import Library
    from tutela.core.law.row import Row

START = datetime(2026, 11, 1, tzinfo=UTC)
LUXEMBOURG = Place("LU", ZoneInfo("Europe/Luxembourg"))
many = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def values(fact: Declaration) -> st.SearchStrategy[Fact]:
    if fact.type is Type.YES_NO:
        return st.booleans()
    if fact.type in {Type.CHOICE, Type.TEXT}:
        return st.sampled_from(fact.values or ("",))
    if fact.type is Type.INTEGER:
        return st.integers(0, 200_000_000)
    return st.floats(0, fact.maximum or 1e9)


def facts(library: Library) -> st.SearchStrategy[dict[str, Fact]]:
    return st.fixed_dictionaries({}, optional={name: values(fact) for name, fact in library.facts.items()})


def keyed(rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {(row.regime, row.stage): row for row in rows}


@many
@given(data=st.data())
def test_no_answer_without_its_article_and_none_is_guessed(library: Library, data: st.DataObject) -> None:
    given_ = data.draw(facts(library))
    case = Case(given_, {"aware": (START,)}, LUXEMBOURG)
    quick = keyed(evaluate(library, case, START, duties=True, explain=False))
    for key, row in keyed(evaluate(library, case, START, duties=True)).items():
        assert row.citation
        assert row.stage
        assert (row.applies is None) <= bool(row.missing)
        assert (row.due is None) or row.applies is True
        assert (row.applies, row.due, row.missing) == (quick[key].applies, quick[key].due, quick[key].missing)


@many
@given(data=st.data())
def test_what_is_decided_stays_decided(library: Library, data: st.DataObject) -> None:
    """More facts never turn an answer into another, unless they contradict what was known; then they are asked for."""
    known = data.draw(facts(library))
    more = {name: value for name, value in data.draw(facts(library)).items() if name not in known}
    events = {"aware": (START,), "discovered": (START,)}
    before = keyed(evaluate(library, Case(known, events, LUXEMBOURG), START))
    after = keyed(evaluate(library, Case(known | more, events, LUXEMBOURG), START))
    for key, row in before.items():
        other = after[key]
        if row.applies is not None and other.applies != row.applies:
            assert other.applies is None
            assert set(other.missing) & (known.keys() | more.keys() | {"inc.cn_grade", "inc.dora_thresholds_met"})


@many
@given(hours=st.floats(0, 10_000), later=st.floats(0, 10_000), data=st.data())
def test_a_later_event_is_never_due_earlier(library: Library, hours: float, later: float, data: st.DataObject) -> None:
    known = data.draw(facts(library))
    times = [START + timedelta(hours=hours), START + timedelta(hours=hours + later)]
    first, second = (
        keyed(evaluate(library, Case(known, dict.fromkeys(("discovered", "aware"), (time,)), LUXEMBOURG), START))
        for time in times
    )
    for key, row in first.items():
        other = second[key]
        if row.due and other.due:
            assert row.due <= other.due


def test_only_what_is_law_at_the_time_computes() -> None:
    old = small.LAW.replace("from: '2020-01-01'", "from: '2020-01-01', to: '2024-01-01'")
    new = (
        small.LAW.replace("version: 1", "version: 2")
        .replace("2020-01-01", "2024-01-01")
        .replace("24 hours", "12 hours")
    )
    library = load(small.files(law=old, new=new, coming=small.SPECIAL.replace("in force", "proposed")))
    facts_: dict[str, Fact] = {"org.bank": True, "inc.loss": 6.0, "org.kind": "a"}

    def first(at: datetime) -> tuple[bool | None, datetime | None]:
        row = keyed(evaluate(library, Case(facts_, {"aware": (at,)}, LUXEMBOURG), at))["xx.law", "first"]
        return row.applies, row.due and row.due.astimezone(UTC)

    before, after = datetime(2023, 12, 31, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)
    assert first(before) == (True, before + timedelta(hours=24))
    assert first(after) == (True, after + timedelta(hours=12))
    assert first(datetime(2019, 1, 1, tzinfo=UTC)) == (False, None)
    special = keyed(evaluate(library, Case(facts_, {"aware": (after,)}, LUXEMBOURG), after))["xx.special", "first"]
    assert special.applies is False
    assert "proposed" in str(special.because)


def test_the_weakest_link() -> None:
    library = load(small.files(law=small.LAW.replace("time_rule: plain", "time_rule: rolling")))
    rows = keyed(evaluate(library, Case({}, {}, LUXEMBOURG), START))
    assert rows["xx.law", "first"].confidence == Confidence.SECONDARY  # the rule of time
    assert rows["xx.law", "final"].confidence == Confidence.MEMORY  # the stage


def test_an_overlay_holds_in_its_country_alone() -> None:
    overlay = """
id: lu.law
version: 1
overlays: xx.law
country: LU
instrument: {en: The national law}
article: Article 1
status: in force
validity: {from: '2025-01-01', citation: Article 1, confidence: P, sources: [s]}
knowledge: '2026-01-01'
stages:
- id: first
  title: {en: First}
  due: {within: 6 hours, from: aware}
  citation: Article 2
  confidence: P
  sources: [s]
"""
    library = load(small.files(overlay=overlay))
    facts_: dict[str, Fact] = {"org.bank": True, "inc.loss": 6.0}
    hours = {}
    for country in ("LU", "DE"):
        case = Case(facts_, {"aware": (START,)}, Place(country, ZoneInfo("UTC")))
        row = keyed(evaluate(library, case, START))["xx.law", "first"]
        assert row.due is not None
        hours[country] = (row.due - START).total_seconds() / 3600
    assert hours == {"LU": 6, "DE": 24}


def test_what_ends_on_a_day_needs_a_country_and_a_zone() -> None:
    library = load(small.files(law=small.LAW.replace("time_rule: plain", "time_rule: rolling")))
    facts_: dict[str, Fact] = {"org.bank": True, "inc.loss": 6.0}
    events = {"aware": (START,), "submitted.xx.law.first": (START,)}
    row = keyed(evaluate(library, Case(facts_, events, Place(None, None)), START))["xx.law", "final"]
    assert (row.applies, row.due, row.missing) == (True, None, ("timezone", "country"))


def test_noon_for_those_who_have_it() -> None:
    library = load(
        small.files(
            law=small.LAW.replace("time_rule: plain", "time_rule: noon").replace("when: org.bank,", "when: 'true',")
        )
    )
    saturday = datetime(2026, 12, 19, 9, 0, tzinfo=UTC)
    due = {}
    for bank in (True, False, None):
        facts_: dict[str, Fact] = {"inc.loss": 6.0} | ({} if bank is None else {"org.bank": bank})
        case = Case(facts_, {"aware": (saturday - timedelta(hours=24),)}, LUXEMBOURG)
        row = keyed(evaluate(library, case, saturday))["xx.law", "first"]
        due[bank] = row.due
    assert due[True] == saturday
    assert due[None] == saturday  # strict where it is not known
    assert due[False] == datetime(2026, 12, 21, 12, 0, tzinfo=ZoneInfo("Europe/Luxembourg"))


def test_the_versions_of_a_day_are_found_again() -> None:
    library = load(small.files())
    assert library.regimes("LU", date(2026, 1, 1)) is library.regimes("LU", date(2026, 1, 1))
