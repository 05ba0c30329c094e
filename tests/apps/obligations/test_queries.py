"""What the law asks in an incident, by what each may see of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.obligations.conftest import ANALYST, CONTACT, MANAGER, NOW, OFFICER, STRANGER, as_, person
from tests.core.law.test_bank import DUE
from tutela.apps.constituency.models import Organisation
from tutela.apps.incidents import actions as incidents
from tutela.apps.incidents.models import Involved
from tutela.apps.law import actions as law
from tutela.apps.obligations import actions, queries
from tutela.apps.obligations.assessment import assess
from tutela.apps.obligations.models import Obligation
from tutela.apps.people import actions as people
from tutela.apps.people.models import Membership, User
from tutela.core.rights import Role

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.apps.incidents.models import Incident
    from tutela.apps.obligations.assessment import Assessment
    from tutela.core.actor import Viewer


def _assess(incident: Incident, bank: Organisation, viewer: Viewer = ANALYST) -> Assessment:
    return assess(incident, bank, viewer, NOW)


def test_the_bank_on_a_friday_night_is_told_the_same_in_the_desk(incident: Incident, bank: Organisation) -> None:
    found = _assess(incident, bank)
    for (regime, stage), due in DUE.items():
        row = found.row(regime, stage)
        assert row is not None
        assert row.due is not None, (regime, stage)
        assert row.due.isoformat() == due
    displaced = found.row("eu.nis2.art23", "early_warning")
    assert displaced is not None
    assert displaced.applies is False


def test_an_organisation_is_told_its_own_side_and_no_duties_of_the_authority(
    incident: Incident, bank: Organisation
) -> None:
    ours, theirs = _assess(incident, bank), _assess(incident, bank, MANAGER)
    assert [row for row in ours.rows if row.duty]
    assert [(row.regime, row.stage, row.due) for row in theirs.rows] == [
        (row.regime, row.stage, row.due) for row in ours.rows if not row.duty
    ]


def test_what_was_stated_of_the_whole_incident_stays_with_the_authority(
    incident: Incident, bank: Organisation, ground: dict[str, Any]
) -> None:
    incidents.state_fact(incident=incident.pk, name="inc.persons", text="12", evidence="", **ground)
    known = queries.facts_for(incident, "bank", ANALYST), queries.facts_for(incident, "bank", MANAGER)
    assert ["inc.persons" in one for one in known] == [True, False]


def test_who_does_not_see_the_incident_is_told_nothing(incident: Incident, bank: Organisation) -> None:
    assert queries.organisations_in(incident, STRANGER) == []
    assert [one.global_id for one in queries.organisations_in(incident, MANAGER)] == ["bank"]


def test_what_contradicts_itself_ends_in_a_question_and_never_in_a_clock(
    incident: Incident, bank: Organisation, ground: dict[str, Any]
) -> None:
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "", "organisation": "bank", **ground}
    incidents.state_fact(name="event.aware", text="2026-12-18 20:00", **said)
    found = _assess(incident, bank)
    assert not found.rows
    assert "aware" in found.faults[0]
    assert "Which of the two times is right?" in found.faults[0]


def test_a_moment_in_the_future_is_asked_back(incident: Incident, bank: Organisation, ground: dict[str, Any]) -> None:
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "", "organisation": "bank", **ground}
    incidents.state_fact(name="event.handled", text="2027-01-01", **said)
    assert "in the future" in _assess(incident, bank).faults[0]


def test_a_fact_that_is_taken_back_is_asked_for_again(
    incident: Incident, bank: Organisation, ground: dict[str, Any]
) -> None:
    law.state(organisation="bank", facts={"org.dora_financial_entity": "unknown"}, evidence="", **ground)
    row = _assess(incident, bank).row("eu.dora.art19", "initial")
    assert row is not None
    assert (row.applies, row.missing) == (None, ("org.dora_financial_entity",))


@pytest.mark.parametrize(
    ("pattern", "wanted"), [("*.final", True), ("none", False), ("*", True), ("us.* *.final", True)]
)
def test_which_reports_a_second_person_must_approve_is_set(
    pattern: str,
    wanted: bool,
    settings: Any,
) -> None:
    settings.TUTELA = settings.TUTELA.model_copy(update={"review": pattern})
    one = queries.Obligation(regime="eu.dora.art19", stage="final")
    assert queries.must_be_approved(one) is wanted
    assert as_(ANALYST, {})["now"] == NOW


@pytest.mark.usefixtures("all_read")
def test_people_are_reminded_before_a_report_is_due_and_once_each_time(
    incident: Incident, ground: dict[str, Any]
) -> None:
    one = actions.start(incident=incident.pk, organisation="bank", regime="eu.dora.art19", stage="initial", **ground)
    place = {"by": ground["by"], "basis": ground["basis"], "now": NOW}
    for role, organisations in (
        (Role.LEGAL_OFFICER, []),
        (Role.ANALYST, []),
        (Role.AUDITOR, []),
        (Role.CONTACT, ["bank"]),
    ):
        address = f"{role.value}@people.example"
        people.add_person(email=address, name="", role=role, organisations=organisations, **place)
    people.add_person(email="stranger@people.example", name="", role=Role.CONTACT, organisations=["clinic"], **place)

    def told(at: datetime) -> set[str]:
        found = queries.to_remind(at)
        if found:
            ids = {each.pk for each in next(iter(found.values()))}
            actions.note_reminded(obligations=ids, **place | {"now": at})
        return {person.email.partition("@")[0] for person in found}

    everybody = {"legal-officer", "analyst", "organisation-contact"}
    due = one.due or NOW
    assert told(due - timedelta(days=2)) == set()
    assert told(due - timedelta(hours=3)) == everybody
    assert told(due - timedelta(hours=2)) == set()
    assert told(due + timedelta(minutes=1)) == everybody
    assert told(due + timedelta(days=3)) == set()


def _clock(incident: Incident, ground: dict[str, Any], **more: Any) -> Obligation:
    law = {"regime": "eu.dora.art19", "stage": "initial"}
    return actions.start(incident=incident.pk, organisation="bank", **law | more, **ground)


@pytest.mark.usefixtures("all_read")
def test_clocks_are_seen_in_incidents_that_were_shared_alone(incident: Incident, ground: dict[str, Any]) -> None:
    """And nobody of an organisation is reminded of what they do not see."""
    one = _clock(incident, ground)
    for viewer in (MANAGER, CONTACT):
        assert queries.obligation_by(one.pk, viewer) == one
    assert queries.obligation_by(one.pk, STRANGER) is None
    Involved.objects.filter(incident=incident, organisation="bank").update(shared=None)
    for viewer in (MANAGER, CONTACT):
        assert queries.obligation_by(one.pk, viewer) is None
        assert not queries.drafts_of(one, viewer)
    User.objects.create(email="kim@bank.example", role=CONTACT.role)
    Membership.objects.create(user=User.objects.get(email="kim@bank.example"), organisation="bank")
    assert not queries.to_remind(one.due - timedelta(hours=1))  # type: ignore[operator]
    Involved.objects.filter(incident=incident, organisation="bank").update(shared=NOW)
    assert [user.email for user in queries.to_remind(one.due - timedelta(hours=1))] == ["kim@bank.example"]  # type: ignore[operator]


@pytest.mark.usefixtures("all_read")
def test_who_is_above_sees_no_clock_of_those_below_with_whom_it_was_not_shared(
    incident: Incident, ground: dict[str, Any]
) -> None:
    """The incident is shared with the group; that the bank below it is in it too is the authority's business yet."""
    group = Organisation.objects.create(
        global_id="group", names={"en": "The group"}, path="/group/", source="test", imported=NOW
    )
    Organisation.objects.filter(global_id="bank").update(path="/group/bank/", parent_id=group.global_id)
    one = _clock(incident, ground)
    Involved.objects.filter(incident=incident, organisation="bank").update(shared=None)
    Involved.objects.create(incident=incident, organisation="group", part="affected", shared=NOW)
    above = person(Role.MANAGER, "group")
    assert queries.obligation_by(one.pk, above) is None
    Involved.objects.filter(incident=incident, organisation="bank").update(shared=NOW)
    assert queries.obligation_by(one.pk, above) == one


@pytest.mark.usefixtures("all_read")
def test_what_was_told_long_ago_keeps_nobody_from_being_reminded(
    incident: Incident, ground: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MOST_REMINDED", 1)
    old, new = _clock(incident, ground), _clock(incident, ground, stage="intermediate")
    Obligation.objects.filter(pk=old.pk).update(due=NOW - timedelta(days=9), turn=NOW - timedelta(days=9), warned=NOW)
    Obligation.objects.filter(pk=new.pk).update(due=NOW + timedelta(hours=1), turn=NOW + timedelta(hours=1))
    User.objects.create(email="officer@example.org", role=OFFICER.role)
    told = queries.to_remind(NOW)
    assert [[one.pk for one in found] for found in told.values()] == [[new.pk]]


@pytest.mark.parametrize(
    ("hours", "warned", "is_told"),
    [
        (25, None, False),
        (24, None, True),
        (23, 1, False),  # an hour ago: it was told of the day
        (4, 20, True),
        (3, 2, True),  # an hour ago four were left, and before that it was told last
        (3, 1, False),
        (0, 3, True),
        (0, 0, False),
    ],
)
@pytest.mark.usefixtures("all_read")
def test_of_each_report_people_are_reminded_three_times(
    incident: Incident, ground: dict[str, Any], hours: int, warned: int | None, is_told: bool
) -> None:
    one = _clock(incident, ground)
    due = NOW + timedelta(hours=hours)
    last = None if warned is None else NOW - timedelta(hours=warned)
    Obligation.objects.filter(pk=one.pk).update(due=due, turn=due, warned=last)
    User.objects.create(email="officer@example.org", role=OFFICER.role)
    assert bool(queries.to_remind(NOW)) is is_told
