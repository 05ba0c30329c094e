"""The most specific rule decides, and says why; every error of a file of rules is told with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import DefinitionErrors
from tutela.core.notices.rules import Rule, Rules, Subject, choose, load, schema

SHIPPED = Path(__file__).parents[3] / "src/tutela/content/notices/rules.yaml"
BANK = Subject(("authority", "group", "bank"), "finance", "infected-system", 3)


def rule(name: str, **more: Any) -> Rule:
    return Rule(name=name, **({"schedule": "daily"} | more))


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ([rule("all"), rule("group", organisation="group")], "group"),
        ([rule("bank", organisation="bank"), rule("group", organisation="group")], "bank"),
        ([rule("group", organisation="group"), rule("type", types=["infected-system"])], "group"),
        ([rule("type", types=["infected-system"]), rule("severe", severity="low")], "type"),
        ([rule("severe", severity="medium"), rule("less", severity="low")], "severe"),
        ([rule("severe", severity="low"), rule("sector", sector="finance")], "severe"),
        ([rule("sector", sector="finance"), rule("all")], "sector"),
        ([rule("first"), rule("second")], "first"),
        ([rule("clinic", organisation="clinic"), rule("high", severity="high"), rule("all")], "all"),
    ],
)
def test_the_most_specific_rule_that_fits_decides(rules: list[Rule], wanted: str) -> None:
    choice = choose(Rules(rules=tuple(rules)), BANK)
    assert choice.rule is not None
    assert choice.rule.name == wanted
    assert choice.because.startswith(f"rule {wanted}: ")


def test_where_no_rule_fits_nobody_is_told() -> None:
    choice = choose(Rules(rules=(rule("clinic", organisation="clinic"),)), BANK)
    assert (choice.rule, choice.is_told, choice.because) == (None, False, "no rule speaks of it")


def test_never_is_a_decision_too() -> None:
    choice = choose(Rules(rules=(rule("never", schedule="never"),)), BANK)
    assert choice.rule is not None
    assert not choice.is_told


def test_what_is_stricter_than_the_rule_lets_out_stays_in() -> None:
    rules = Rules(rules=(rule("all", tlp="GREEN"),))
    told = [choose(rules, Subject(BANK.path, "", "phishing", 1, tlp)).is_told for tlp in range(5)]
    assert told == [True, True, False, False, False]
    assert "TLP:AMBER is stricter" in choose(rules, Subject(BANK.path, "", "phishing", 1, 2)).because
    assert not choose(Rules(rules=(rule("all"),)), Subject(BANK.path, "", "phishing", 1, 4)).is_told


RULE = st.builds(
    lambda organisation, sector, types, severity: {
        "organisation": organisation,
        "sector": sector,
        "types": types,
        "severity": severity,
    },
    st.sampled_from(["", "authority", "group", "bank", "clinic"]),
    st.sampled_from(["", "finance", "health"]),
    st.sampled_from([(), ("phishing",), ("infected-system", "phishing")]),
    st.sampled_from(["", "low", "high"]),
)


@given(st.lists(RULE, min_size=1, max_size=8), st.integers(0, 5), st.sampled_from(["phishing", "scanner"]))
def test_the_order_of_rules_matters_to_those_alone_that_are_alike(
    parts: list[dict[str, Any]], severity: int, kind: str
) -> None:
    rules = tuple(rule(f"r{number}", **one) for number, one in enumerate(parts))
    subject = Subject(BANK.path, BANK.sector, kind, severity)
    one, other = (choose(Rules(rules=given_), subject).rule for given_ in (rules, tuple(reversed(rules))))
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        like = {"organisation", "severity", "sector"}
        assert one.model_dump(include=like) == other.model_dump(include=like)
        assert bool(one.types) == bool(other.types)
        assert not one.organisation or one.organisation in subject.path
        assert not one.types or kind in one.types


def test_all_errors_are_told_at_once_each_with_its_line() -> None:
    text = """digest:
  zone: Europe/Nowhere
  hour: 24
rules:
  - name: Not A Name
    schedule: hourly
  - name: b
    types: [virus]
    severity: awful
    colour: red
  - name: c
"""
    with pytest.raises(DefinitionErrors) as raised:
        load(text, "notices.yaml")
    told = [(one.line, one.what) for one in raised.value.problems]
    assert [line for line, _ in told] == [2, 3, 5, 6, 7, 8, 9, 10, 11] or {line for line, _ in told} >= {2, 3, 5, 6, 8}
    whole = str(raised.value)
    for part in ("Europe/Nowhere", "hour", "schedule", "virus", "awful", "colour"):
        assert part in whole


@pytest.mark.parametrize(
    "text", ["", "[]", "rules: []", "rules: 3", "a: &a [*a]", "rules:\n  - name: a\n", "\x00", "x: [" * 99]
)
def test_what_is_no_file_of_rules_is_told(text: str) -> None:
    with pytest.raises(DefinitionErrors):
        load(text, "notices.yaml")


def test_names_are_their_own() -> None:
    with pytest.raises(DefinitionErrors, match="several rules are called a"):
        load("rules: [{name: a, schedule: daily}, {name: a, schedule: never}]", "notices.yaml")


def test_what_ships_is_good_and_fits_the_schema() -> None:
    assert load(SHIPPED.read_bytes(), "rules.yaml").rules
    jsonschema.validate(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")), schema())
