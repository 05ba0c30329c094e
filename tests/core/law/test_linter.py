"""Files of law that are wrong: every error told, with file, line and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from tests.core.law import small
from tutela.core.errors import DefinitionErrors
from tutela.core.law.linter import lint, load, schema
from tutela.core.yaml_text import read_yaml
from tutela.engine.law import BUILT_IN

if TYPE_CHECKING:
    from tutela.core.law.library import Library

YIELDS = """yields_to:
- {{regime: {}, when: org.bank, text: It goes before., citation: Article 1, confidence: P, sources: [s]}}
time_rule: plain"""


def faults(**more: str) -> list[str]:
    return [str(one) for one in lint(small.files(**more))]


def test_what_is_right_has_no_faults() -> None:
    assert faults(special=small.SPECIAL) == []
    assert load(small.files()).versions.keys() == {"xx.law"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("when: org.bank", "when: org.bnak", "there is no fact org.bnak. Is it org.bank"),
        ("when: org.bank", "when: org.bank &&", "the condition cannot be read"),
        ("when: org.bank", "when: org.kind == 'c'", "“c” is no value of org.kind"),
        ("inc.loss > 5.0", "inc.loss > '5'", "does not fit the types"),
        ("inc.persons > 3", "inc.minor > 3", "does not fit the types"),
        ("inc.persons > 3", "inc.persons", "does not fit the types"),
        ("  citation: Article 3\n", "", "citation is missing"),
        ("sources: [s]}\nknowledge", "sources: [t]}\nknowledge", "there is no source t"),
        ("within: 24 hours", "within: 24 days and a bit", "is no period"),
        ("within: 24 hours", "within: 9000 days", "is no limit that a law sets"),
        ("within: 24 hours, from: aware", "within: 24 hours", "has both within and from"),
        ("of: first", "of: frist", "runs from submitted of frist, which is no stage here. Is it first?"),
        ("from: submitted, of: first", "from: submitted", "submitted and received are of a stage"),
        ("from: submitted, of: first", "from: submitted, of: final", "final waits for itself"),
        ("time_rule: plain", "time_rule: plane", "there is no rule of time plane. Is it plain?"),
        ("from: '2020-01-01'", "from: '2020-13-01'", "validity.from"),
        ("from: '2020-01-01'", "from: '2020-01-01', to: '2019-01-01'", "it ends before it begins"),
        ("from: '2020-01-01'", "from: null", "what is law has a day from which it is"),
        ("status: in force", "status: inforce", "status"),
        ("id: final", "id: first", "first stands twice"),
        ("article: Article 1", "article: Article 1\ncolour: red", "colour is no key"),
        ("time_rule: plain", "time_rule: plain\ncalendar: {country: QQ, timezone: Mars/Base}", "no holidays are known"),
        ("time_rule: plain", "time_rule: plain\ncalendar: {country: LU, timezone: Mars/Base}", "there is no time zone"),
        ("time_rule: plain", YIELDS.format("xx.nothing"), "there is no regime xx.nothing"),
        ("status: in force", "status: in force\nstatus: proposed", "stands twice"),
    ],
)
def test_a_fault_is_told_with_its_line(before: str, after: str, told: str) -> None:
    assert before in small.LAW
    found = faults(law=small.LAW.replace(before, after, 1))
    assert any(told in one for one in found), found
    assert all(one.startswith("law.yaml:") for one in found)


def test_all_faults_at_once() -> None:
    broken = small.LAW.replace("org.bank", "org.bnak").replace("time_rule: plain", "time_rule: plane")
    found = faults(law=broken, sources="sources: []\n", special=small.SPECIAL.replace("Article 3", ""))
    assert len(found) > 3


def test_a_circle_is_told() -> None:
    law = small.LAW.replace("time_rule: plain", YIELDS.format("xx.special"))
    special = small.SPECIAL.replace("time_rule: plain", YIELDS.format("xx.law"))
    found = faults(law=law, special=special)
    assert any("xx.law → xx.special → xx.law" in one for one in found)


def test_versions_do_not_overlap() -> None:
    second = small.LAW.replace("version: 1", "version: 2").replace("2020-01-01", "2024-01-01")
    assert any("are law at the same time" in one for one in faults(second=second))
    first = small.LAW.replace("from: '2020-01-01'", "from: '2020-01-01', to: '2024-01-01'")
    assert faults(law=first, second=second) == []
    assert any("stands twice" in one for one in faults(second=small.LAW))


def test_a_proposal_may_stand_beside_the_law() -> None:
    coming = small.LAW.replace("version: 1", "version: 2").replace("in force", "proposed")
    assert faults(coming=coming.replace("from: '2020-01-01'", "from: null")) == []


def test_a_table_is_checked() -> None:
    assert any(
        "is no value of inc.grade" in one for one in faults(table=small.TABLE.replace("result: high", "result: top"))
    )
    unique = """
id: xx.unique
title: {en: Unique}
result: outcome
policy: unique
inputs: {one: [true, false], two: [a, b]}
rows:
- {one: true, two: a, result: now}
- {one: true, two: b, result: now}
- {one: false, two: a, result: later}
- {one: false, two: a, result: never}
outcomes: {now: {en: Now, zh-hans: 现在, days: 3}, later: {en: Later, zh-hans: 以后}}
citation: Annex
confidence: P
sources: [s]
"""
    found = faults(unique=unique)
    assert any("0 rows for one=False, two=b" in one for one in found)
    assert any("2 rows for one=False, two=a" in one for one in found)
    assert any("the outcome never is not told" in one for one in found)


def test_an_overlay_is_checked() -> None:
    overlay = """
id: lu.law
version: 1
overlays: xx.lwa
country: LU
instrument: {en: Loi}
article: Article 1
status: in force
validity: {from: '2025-01-01', citation: Article 1, confidence: P, sources: [s]}
knowledge: '2026-01-01'
"""
    assert any("there is no regime xx.lwa. Is it xx.law?" in one for one in faults(overlay=overlay))
    assert faults(overlay=overlay.replace("xx.lwa", "xx.law")) == []


@pytest.mark.parametrize("text", ["", "- 1", "just words", "a: [", "id: x", "\x00", "facts: 3", "inputs: {}"])
def test_garbage_is_told_and_nothing_breaks(text: str) -> None:
    assert faults(garbage=text)
    with pytest.raises(DefinitionErrors):
        load(small.files(garbage=text))


def test_the_schema_knows_the_periods() -> None:
    assert "business day" in str(schema()["$defs"]["Limit"])


def test_what_ships_speaks_both_languages(library: Library) -> None:
    """Titles and questions are there for every reader of the console."""
    both = {"en", "zh-hans"}
    assert all(fact.question.keys() == fact.help.keys() == both for fact in library.facts.values())
    for one in library.newest():
        assert one.instrument.instrument.keys() == both
        assert all(stage.stage.title.keys() == both for stage in one.stages)


def test_what_ships_keeps_its_json_schema() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    for path in sorted((BUILT_IN / "instruments").glob("*.yaml")):
        assert list(validator.iter_errors(read_yaml(path.read_bytes()).data)) == []
