"""What binds an organisation and why, what would settle the rest, and what changes on which day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tutela.core.errors import DefinitionErrors
from tutela.core.law.binding import Binding, Binds, bound, changes, is_near, questions

if TYPE_CHECKING:
    from tutela.core.law.library import Library

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _of(library: Library, country: str = "LU", at: datetime = AT, **facts: Any) -> dict[str, Binding]:
    return {one.compiled.id: one for one in bound(library, {"organisation": facts, "country": country}, at)}


def test_of_an_organisation_of_which_nothing_is_known_everything_is_open(library: Library) -> None:
    found = _of(library)
    assert len(found) == len(library.versions)
    assert {one.binds for one in found.values()} == {Binds.OPEN, Binds.LATER}
    assert all(one.missing for one in found.values())


def test_what_binds_says_on_which_facts_that_rests(library: Library) -> None:
    one = _of(library, controller=True, processor=False)["eu.gdpr.art33_34"]
    assert (one.binds, one.missing) == (Binds.YES, ())
    assert one.facts == {"org.controller": True, "org.processor": False}
    assert all(test.value is not None for test in one.checked)


def test_what_does_not_bind_asks_nothing_more(library: Library) -> None:
    one = _of(library, nis2_class="none")["eu.nis2.art23"]
    assert (one.binds, one.missing) == (Binds.NO, ())


@pytest.mark.parametrize(("entity", "wanted"), [(True, Binds.YIELDS), (False, Binds.YES), (None, Binds.YES)])
def test_the_special_law_goes_before_the_general_one(library: Library, entity: bool | None, wanted: Binds) -> None:
    one = _of(library, nis2_class="essential", dora_financial_entity=entity)["eu.nis2.art23"]
    assert one.binds is wanted
    assert [(before.rule.regime, before.value) for before in one.before] == [("eu.dora.art19", entity)]
    assert one.missing == (() if entity is not None else ("org.dora_financial_entity",))


def test_what_is_law_later_binds_later_and_what_is_proposed_too(library: Library) -> None:
    found = _of(library, in_data_fiduciary=True, uk_csr_scope=True)
    assert {found[name].binds for name in ("in.dpdp.rule7", "uk.csr_bill")} == {Binds.LATER}
    later = _of(library, at=datetime(2027, 6, 1, tzinfo=UTC), in_data_fiduciary=True)
    assert later["in.dpdp.rule7"].binds is Binds.YES


def test_the_most_decisive_question_of_the_own_country_comes_first(library: Library) -> None:
    asked = questions(_of(library, "LU").values())
    assert asked[0].name.startswith("org.")
    hanging = [sum(regime.startswith("eu.") for regime in one.regimes) for one in asked]
    assert hanging == sorted(hanging, reverse=True)
    assert questions(_of(library, "CN").values())[0].regimes[0].startswith("cn.")
    assert {name for one in asked for name in one.regimes} == set(library.versions)


def test_an_answer_takes_its_question_away(library: Library) -> None:
    first = questions(_of(library).values())[0]
    again = questions(_of(library, **{first.name.removeprefix("org."): _some(library, first.name)}).values())
    assert first.name not in {one.name for one in again}


def _some(library: Library, name: str) -> Any:
    return library.facts[name].samples()[-1]


@pytest.mark.parametrize(
    ("jurisdiction", "country", "near"),
    [
        ("EU", "LU", True),
        ("EU", "CH", False),
        ("UK", "GB", True),
        ("US-NY", "US", True),
        ("CN", "LU", False),
        ("CN", None, False),
    ],
)
def test_near_is_the_law_of_the_own_country_and_of_its_union(
    jurisdiction: str, country: str | None, near: bool
) -> None:
    assert is_near(jurisdiction, country) is near


def test_what_changes_stands_in_the_order_of_days(library: Library) -> None:
    found = changes(library)
    days = [one.day for one in found if one.day]
    assert days == sorted(days)
    assert date(2027, 5, 13) in days
    assert {one.compiled.id for one in found if one.day is None} == {"uk.csr_bill", "us.circia"}
    assert [one.compiled.id for one in changes(library, ["eu.dora.art19"])] == ["eu.dora.art19"]


def test_what_is_wrong_in_a_profile_is_told(library: Library) -> None:
    with pytest.raises(DefinitionErrors, match="nis2_class"):
        _of(library, nis2_class="huge")
