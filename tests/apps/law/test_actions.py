"""Facts of organisations are stated and never changed; facts of law are confirmed by a legal officer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.law.conftest import ANALYST, of
from tutela.apps.law import actions, queries
from tutela.apps.law.models import Confirmation, Statement
from tutela.apps.ledger.models import LedgerEntry
from tutela.core.errors import Conflict, NotAllowed, WrongUse
from tutela.core.law.links import links
from tutela.core.rights import Role

if TYPE_CHECKING:
    from tutela.apps.constituency.models import Organisation
    from tutela.core.law.links import Link


def _state(ground: dict[str, Any], **facts: str) -> list[Statement]:
    named = {name if name == "timezone" else f"org.{name}": text for name, text in facts.items()}
    return actions.state(organisation="bank", facts=named, evidence="their statute", **ground)


def test_what_is_stated_last_counts_and_what_was_before_stays(bank: Organisation, ground: dict[str, Any]) -> None:
    _state(ground, nis2_class="essential", controller="yes")
    _state(ground, nis2_class="important")
    said = queries.statements_of(bank, ground["viewer"])["org.nis2_class"]
    assert [one.value for one in said] == ["important", "essential"]
    assert queries.profile(bank, ground["viewer"]) == {
        "organisation": {"nis2_class": "important", "controller": True},
        "country": "LU",
    }
    assert LedgerEntry.objects.filter(action="law.state").count() == 2


def test_what_is_so_already_is_not_stated_again(bank: Organisation, ground: dict[str, Any]) -> None:
    _state(ground, controller="yes")
    assert _state(ground, controller="yes") == []
    assert LedgerEntry.objects.filter(action="law.state").count() == 1


def test_a_fact_is_taken_back_by_saying_that_nobody_knows_it(bank: Organisation, ground: dict[str, Any]) -> None:
    _state(ground, controller="yes")
    _state(ground, controller="unknown")
    assert queries.profile(bank, ground["viewer"])["organisation"] == {"controller": None}


def test_where_limits_are_counted_is_stated_too(bank: Organisation, ground: dict[str, Any]) -> None:
    _state(ground, timezone="Europe/Luxembourg")
    assert queries.profile(bank, ground["viewer"])["timezone"] == "Europe/Luxembourg"


def test_one_wrong_fact_and_none_is_stated(bank: Organisation, ground: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="nis2_class"):
        _state(ground, controller="yes", nis2_class="huge")
    assert not Statement.objects.exists()


@pytest.mark.parametrize("name", ["inc.ongoing", "event.aware", "name", "org.nothing"])
def test_what_is_no_fact_of_an_organisation_is_refused(name: str, bank: Organisation, ground: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        actions.state(organisation="bank", facts={name: "yes"}, evidence="", **ground)


def test_a_manager_states_what_their_organisation_is_and_no_other(bank: Organisation, ground: dict[str, Any]) -> None:
    _state(ground | {"viewer": of("bank")}, controller="yes")
    with pytest.raises(Conflict):
        _state(ground | {"viewer": of("clinic")}, controller="yes")
    with pytest.raises(NotAllowed):
        _state(ground | {"viewer": of("bank", role=Role.CONTACT)}, controller="yes")
    assert queries.statements_of(bank, of("clinic")) == {}


def _a_link() -> Link:
    law = queries.library()
    return next(link for one in law.newest() for link in links(one) if link.confidence == "M")


@pytest.mark.django_db
def test_a_legal_officer_confirms_what_they_read(ground: dict[str, Any]) -> None:
    link = _a_link()
    actions.confirm(regime=link.regime, digest=link.digest, source="the Official Journal, page 3", **ground)
    assert queries.confirmed() == {link.digest}
    assert queries.confirmations_of(link.regime)[link.digest].part == link.part
    assert LedgerEntry.objects.get(action="law.confirm").leaf.count(link.digest) == 1
    with pytest.raises(Conflict):
        actions.confirm(regime=link.regime, digest=link.digest, source="again", **ground)


@pytest.mark.django_db
def test_nothing_is_confirmed_that_the_library_does_not_say(ground: dict[str, Any]) -> None:
    link = _a_link()
    with pytest.raises(WrongUse):
        actions.confirm(regime=link.regime, digest="0" * 64, source="a book", **ground)
    with pytest.raises(WrongUse):
        actions.confirm(regime=link.regime, digest=link.digest, source=" ", **ground)
    with pytest.raises(NotAllowed):
        actions.confirm(regime=link.regime, digest=link.digest, source="a book", **ground | {"viewer": ANALYST})
    assert not Confirmation.objects.exists()
