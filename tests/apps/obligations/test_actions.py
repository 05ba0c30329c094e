"""Clocks that people start, drafts that a second person reads, submissions from which the next clocks run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.obligations.conftest import (
    ANALYST,
    AUDITOR,
    CONTACT,
    HEAD,
    MANAGER,
    NOW,
    OFFICER,
    STRANGER,
    as_,
)
from tutela.apps.incidents import actions as incidents
from tutela.apps.incidents.queries import entries_of
from tutela.apps.law import actions as law
from tutela.apps.law.models import Confirmation
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.obligations import actions, queries
from tutela.apps.obligations.assessment import assess
from tutela.apps.obligations.models import Obligation
from tutela.core.actor import Actor, Viewer
from tutela.core.errors import Conflict, NotAllowed, WrongUse
from tutela.core.incidents.case import Reason

if TYPE_CHECKING:
    from tutela.apps.constituency.models import Organisation
    from tutela.apps.incidents.models import Incident

DORA = "eu.dora.art19"
pytestmark = pytest.mark.usefixtures("all_read")


def start(incident: Incident, ground: dict[str, Any], stage: str = "initial", regime: str = DORA) -> Obligation:
    return actions.start(incident=incident.pk, organisation="bank", regime=regime, stage=stage, **ground)


def draft(one: Obligation, ground: dict[str, Any], text: str = "what is known") -> Any:
    return actions.write_draft(obligation=one.pk, texts=[text] * max(1, len(one.content)), **ground)


def test_a_clock_runs_once_somebody_started_it(incident: Incident, ground: dict[str, Any]) -> None:
    assert not Obligation.objects.exists()
    one = start(incident, ground)
    assert one.due == datetime.fromisoformat("2026-12-19T08:30:00+01:00")
    assert (one.zone, one.state, one.confidence in "PSM", one.started_by) == (
        "Europe/Luxembourg",
        "running",
        True,
        "legal-officer@example.org",
    )
    assert one.because[-1]["step"] == "clock"
    entry = LedgerEntry.objects.get(action="obligations.start")
    assert "eu.dora.art19.initial" in entry.leaf
    assert entries_of(incident, MANAGER)[-1].act == "start-clock"
    with pytest.raises(Conflict, match="runs already"):
        start(incident, ground)


def test_no_clock_starts_that_the_law_does_not_ask_for(incident: Incident, ground: dict[str, Any]) -> None:
    for regime, stage in (("eu.nis2.art23", "early_warning"), ("eu.dora.art19", "never"), ("no.where", "initial")):
        with pytest.raises(Conflict, match="does not ask"):
            start(incident, ground, stage, regime)
    law.state(organisation="bank", facts={"org.dora_financial_entity": "unknown"}, evidence="", **ground)
    with pytest.raises(Conflict, match="does not ask"):
        start(incident, ground)


def test_no_clock_starts_on_what_nobody_has_read_in_the_law(incident: Incident, ground: dict[str, Any]) -> None:
    Confirmation.objects.all().delete()
    found = assess(incident, _bank(), OFFICER, NOW)
    doubtful = next(row for row in found.rows if found.links.get((row.regime, row.stage)))
    with pytest.raises(Conflict, match="nobody has read"):
        start(incident, ground, doubtful.stage, doubtful.regime)
    for link in found.links[doubtful.regime, doubtful.stage]:
        law.confirm(regime=link.regime, digest=link.digest, source="the Journal", **ground)
    assert start(incident, ground, doubtful.stage, doubtful.regime).state == "running"


def _bank() -> Organisation:
    return next(iter(queries.organisations_for(OFFICER).filter(global_id="bank")))


@pytest.mark.parametrize("viewer", [MANAGER, CONTACT, AUDITOR, STRANGER])
def test_only_people_of_the_authority_start_clocks(viewer: Any, incident: Incident, ground: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        start(incident, as_(viewer, ground))


def test_what_is_learned_later_moves_no_clock_by_itself(incident: Incident, ground: dict[str, Any]) -> None:
    one = start(incident, ground)
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "their log", "organisation": "bank", **ground}
    incidents.state_fact(name="event.determined", text="2026-12-19T04:00:00+01:00", **said)
    one.refresh_from_db()
    assert one.due == datetime.fromisoformat("2026-12-19T08:30:00+01:00")
    moved = actions.set_anew(obligation=one.pk, **ground)
    assert moved.due == datetime.fromisoformat("2026-12-19T08:00:00+01:00")
    last = entries_of(incident, MANAGER)[-1]
    assert last.act == "set-clock"
    assert "2026-12-19 08:30 CET → 2026-12-19 08:00 CET" in last.data["about"]
    with pytest.raises(Conflict, match="runs so already"):
        actions.set_anew(obligation=one.pk, **ground)


def test_the_next_clock_runs_from_the_submission(incident: Incident, ground: dict[str, Any]) -> None:
    one = start(incident, ground)
    waiting = start(incident, ground, "intermediate")
    assert (waiting.due, waiting.waits_for) == (None, "submitted.eu.dora.art19.initial")
    at = datetime(2026, 12, 19, 7, tzinfo=UTC)
    done = actions.submit(obligation=one.pk, at=at, proof="receipt 4711", **as_(MANAGER, ground, 4))
    assert (done.state, done.submitted, done.ended_by) == ("submitted", at, MANAGER.actor.name)
    assert LedgerEntry.objects.get(seq=done.entry).action == "obligations.submit"
    waiting.refresh_from_db()
    assert waiting.due == waiting.turn == at + timedelta(hours=72), "somebody started it, and somebody said from when"
    assert [one.act for one in incident.entries.order_by("sequence")][-1] == "set-clock"


def test_a_report_that_was_not_handed_in_is_taken_back(incident: Incident, ground: dict[str, Any]) -> None:
    one, waiting = start(incident, ground), start(incident, ground, "intermediate")
    said = {"obligation": one.pk, "at": NOW + timedelta(hours=1), "proof": "receipt 4711"}
    actions.submit(**said, **as_(MANAGER, ground, 2))
    with pytest.raises(WrongUse, match="why it is taken back"):
        actions.take_back(obligation=one.pk, reason=" ", **as_(MANAGER, ground, 3))
    back = actions.take_back(obligation=one.pk, reason="The wrong day.", **as_(MANAGER, ground, 3))
    assert (back.state, back.submitted, back.proof, back.turn) == ("running", None, "", back.due)
    row = assess(incident, _bank(), OFFICER, NOW + timedelta(hours=3)).row(waiting.regime, waiting.stage)
    assert row is not None
    assert row.due is None, "what ran from it waits again, by what is known"
    told = incident.entries.order_by("sequence").last()
    assert told is not None
    assert (told.act, told.text, told.organisation) == ("take-back", "The wrong day.", "bank")
    with pytest.raises(Conflict, match="running"):
        actions.take_back(obligation=one.pk, reason="Again.", **as_(MANAGER, ground, 3))
    actions.submit(**said, **as_(MANAGER, ground, 4))


def test_what_was_handed_in_here_is_taken_back_by_the_authority(incident: Incident, ground: dict[str, Any]) -> None:
    law.state(organisation="bank", facts={"org.dora_financial_entity": "no"}, evidence="", **ground)
    one = start(incident, ground, "early_warning", "eu.nis2.art23")
    draft(one, as_(CONTACT, ground))
    actions.submit(obligation=one.pk, at=NOW, proof="", here=True, **as_(CONTACT, ground))
    with pytest.raises(NotAllowed):
        actions.take_back(obligation=one.pk, reason="A mistake.", **as_(MANAGER, ground, 1))
    assert actions.take_back(obligation=one.pk, reason="A mistake.", **as_(OFFICER, ground, 1)).here is False


def test_a_report_is_handed_in_to_this_authority_where_it_is_the_one_that_takes_it(
    incident: Incident, ground: dict[str, Any]
) -> None:
    one = start(incident, ground)
    draft(one, as_(CONTACT, ground))
    with pytest.raises(Conflict, match="not this authority"):
        actions.submit(obligation=one.pk, at=NOW, proof="", here=True, **as_(CONTACT, ground))


@pytest.mark.parametrize("at", [NOW - timedelta(days=20), NOW + timedelta(hours=9)])
def test_a_report_was_not_handed_in_before_the_incident_nor_later_than_now(
    incident: Incident, ground: dict[str, Any], at: datetime
) -> None:
    one = start(incident, ground)
    with pytest.raises(WrongUse, match=r"lies (before the incident|in the future)"):
        actions.submit(obligation=one.pk, at=at, proof="receipt", **as_(MANAGER, ground, 1))
    assert not assess(incident, _bank(), OFFICER, NOW + timedelta(hours=1)).faults


def test_an_answer_that_contradicts_what_is_known_is_not_taken(incident: Incident, ground: dict[str, Any]) -> None:
    said: dict[str, Any] = {"incident": incident.pk, "organisation": "bank", "evidence": "", **ground}
    for text, fault in (("2026-12-18 19:00", "Which of the two"), ("2027-01-01 20:00", "in the future")):
        with pytest.raises(WrongUse, match=fault):
            actions.answer(facts={"event.aware": text, "event.determined": text.replace("20:", "21:")}, **said)
    earlier = dict.fromkeys(("event.occurred", "event.discovered", "event.aware"), "2026-12-18 20:00")
    actions.answer(facts=earlier, **said)


def test_a_report_handed_in_here_is_received_here(incident: Incident, ground: dict[str, Any]) -> None:
    law.state(organisation="bank", facts={"org.dora_financial_entity": "no"}, evidence="", **ground)
    nis = "eu.nis2.art23"
    one = start(incident, ground, "early_warning", nis)
    said = {"obligation": one.pk, "at": NOW + timedelta(hours=1), "proof": "", "here": True}
    with pytest.raises(Conflict, match="nothing to hand in"):
        actions.submit(**said, **as_(CONTACT, ground, 1))
    draft(one, as_(CONTACT, ground))
    actions.submit(**said, **as_(CONTACT, ground, 1))
    owed = assess(incident, _bank(), OFFICER, NOW + timedelta(hours=1)).row(nis, "csirt_response")
    assert owed is not None
    assert owed.due == NOW + timedelta(hours=25)
    ours = start(incident, as_(OFFICER, ground, 1), "csirt_response", nis)
    assert queries.obligation_by(ours.pk, MANAGER) is None
    assert queries.obligation_by(ours.pk, ANALYST) == ours


def test_what_was_submitted_outside_needs_its_proof_and_a_time_that_has_come(
    incident: Incident, ground: dict[str, Any]
) -> None:
    one = start(incident, ground)
    with pytest.raises(WrongUse, match="proves"):
        actions.submit(obligation=one.pk, at=NOW, proof=" ", **ground)
    with pytest.raises(WrongUse, match="future"):
        actions.submit(obligation=one.pk, at=NOW + timedelta(hours=1), proof="a receipt", **ground)
    assert queries.obligation_by(one.pk, OFFICER).state == "running"  # type: ignore[union-attr]


def test_a_second_person_reads_what_must_be_approved(incident: Incident, ground: dict[str, Any], settings: Any) -> None:
    settings.TUTELA = settings.TUTELA.model_copy(update={"review": "*"})
    one = start(incident, ground)
    said = {"obligation": one.pk, "at": NOW, "proof": "receipt"}
    first = draft(one, as_(ANALYST, ground))
    with pytest.raises(Conflict, match="second person"):
        actions.submit(**said, **ground)
    with pytest.raises(NotAllowed):
        actions.approve(obligation=one.pk, number=first.number, **as_(ANALYST, ground))
    with pytest.raises(NotAllowed):
        actions.approve(obligation=one.pk, number=first.number, **as_(CONTACT, ground))
    second = draft(one, as_(ANALYST, ground), "more is known")
    with pytest.raises(Conflict, match="another version"):
        actions.approve(obligation=one.pk, number=first.number, **as_(HEAD, ground))
    actions.approve(obligation=one.pk, number=second.number, **as_(HEAD, ground))
    assert actions.submit(**said, **ground).state == "submitted"


def test_every_version_of_a_draft_stays(incident: Incident, ground: dict[str, Any]) -> None:
    one = start(incident, ground)
    draft(one, as_(CONTACT, ground), "first")
    draft(one, as_(ANALYST, ground), "second")
    found = queries.drafts_of(one, MANAGER)
    assert [(version.number, version.texts[0], version.author) for version in found] == [
        (2, "second", ANALYST.actor.name),
        (1, "first", CONTACT.actor.name),
    ]
    assert queries.drafts_of(one, STRANGER) == []
    with pytest.raises(WrongUse, match="points"):
        actions.write_draft(obligation=one.pk, texts=["one"] * 99, **ground)
    with pytest.raises(Conflict):
        draft(one, as_(STRANGER, ground))


def test_a_clock_is_stopped_for_a_reason_and_may_run_again(incident: Incident, ground: dict[str, Any]) -> None:
    one = start(incident, ground)
    with pytest.raises(WrongUse):
        actions.stop(obligation=one.pk, reason="", **ground)
    actions.stop(obligation=one.pk, reason="It was a test of theirs.", **ground)
    with pytest.raises(Conflict, match="stopped"):
        actions.stop(obligation=one.pk, reason="again", **ground)
    assert start(incident, ground).pk != one.pk


def test_the_final_report_comes_after_the_incident_was_closed(incident: Incident, ground: dict[str, Any]) -> None:
    one = start(incident, ground)
    incidents.close(incident=incident.pk, reason=Reason.RESOLVED, text="", **ground)
    assert actions.submit(obligation=one.pk, at=NOW, proof="receipt", **ground).state == "submitted"


def test_what_was_asked_is_answered_in_one_go_or_not_at_all(incident: Incident, ground: dict[str, Any]) -> None:
    said: dict[str, Any] = {"incident": incident.pk, "organisation": "bank", "evidence": "a call"}
    assert actions.answer(**said, facts={"inc.users": "7", "org.controller": "no"}, **ground) == 2
    with pytest.raises(WrongUse):
        actions.answer(**said, facts={"inc.users": "8", "org.controller": "perhaps"}, **ground)
    assert queries.facts_for(incident, "bank", OFFICER)["inc.users"][0].value == 7
    with pytest.raises(NotAllowed):  # what an organisation is, its manager states
        actions.answer(**said, facts={"org.controller": "yes"}, **as_(CONTACT, ground))


def test_clocks_of_an_incident_that_goes_on_elsewhere_are_still_met(incident: Incident, ground: dict[str, Any]) -> None:
    one, other = start(incident, ground), start(incident, ground, "intermediate")
    said = {"title": "The same", "type": "other", "severity": 3, "tlp": 2}
    target = incidents.open_incident(**said, **as_(ANALYST, ground))
    incidents.merge(incident=incident.pk, into=target.pk, **as_(ANALYST, ground))
    actions.submit(obligation=one.pk, at=NOW, proof="receipt", **as_(MANAGER, ground, 1))
    actions.stop(obligation=other.pk, reason="It goes on in the other.", **as_(OFFICER, ground, 1))


def test_texts_stay_with_the_points_for_which_they_were_written(incident: Incident, ground: dict[str, Any]) -> None:
    one = start(incident, ground)
    written = draft(one, as_(CONTACT, ground))
    before = queries.content_of(written)
    Obligation.objects.filter(pk=one.pk).update(content=["What is asked for now"])
    written = queries.drafts_of(one, OFFICER)[0]
    assert queries.content_of(written) == before, "what a receipt is about does not change"
    assert [point for point, _ in written.answers] == one.content
    with pytest.raises(Conflict, match="other points"):
        actions.approve(obligation=one.pk, number=written.number, **as_(OFFICER, ground))
    with pytest.raises(Conflict, match="other points"):
        actions.submit(obligation=one.pk, at=NOW, proof="receipt", **as_(MANAGER, ground, 1))


def test_the_bytes_that_a_receipt_is_about(incident: Incident, ground: dict[str, Any]) -> None:
    """They stand in the ledger by their hash: another form would leave receipts of before without their text."""
    one = start(incident, ground)
    Obligation.objects.filter(pk=one.pk).update(content=["What happened", "How grave"])
    one.refresh_from_db()
    found = actions.write_draft(obligation=one.pk, texts=["A disk", ""], remarks="Soon more.", **as_(CONTACT, ground))
    assert queries.content_of(found).decode() == (
        f"{one.citation}\neu.dora.art19.initial\nbank\n{incident.pk}\nversion 1\n\n"
        "What happened\nA disk\n\nHow grave\n\n\nSoon more."
    )


def test_what_the_authority_owes_is_its_own_business(incident: Incident, ground: dict[str, Any], settings: Any) -> None:
    """Its clock is told to nobody else, and it is not handed in to itself."""
    settings.TUTELA = settings.TUTELA.model_copy(update={"receives": "*"})
    law.state(organisation="bank", facts={"org.dora_financial_entity": "no"}, evidence="", **ground)
    one = start(incident, ground, "early_warning", "eu.nis2.art23")
    actions.submit(obligation=one.pk, at=NOW, proof="by telephone", **as_(OFFICER, ground))
    incidents.state_fact(
        incident=incident.pk,
        organisation="bank",
        evidence="",
        text=NOW.isoformat(),
        name="event.received.eu.nis2.art23.early_warning",
        **ground,
    )
    ours = start(incident, ground, "csirt_response", "eu.nis2.art23")
    assert ours.duty
    assert incident.entries.order_by("sequence").last().organisation == ""  # type: ignore[union-attr]
    draft(ours, ground)
    with pytest.raises(Conflict, match="not this authority"):
        actions.submit(obligation=ours.pk, at=NOW, proof="", here=True, **ground)


def test_nobody_approves_their_own_words_nor_twice(incident: Incident, ground: dict[str, Any]) -> None:
    one = start(incident, ground)
    written = draft(one, as_(OFFICER, ground))
    loud = Viewer(Actor("person", OFFICER.actor.name.upper()), None, OFFICER.role)
    with pytest.raises(NotAllowed, match="who wrote"):
        actions.approve(obligation=one.pk, number=written.number, **as_(loud, ground))
    actions.approve(obligation=one.pk, number=written.number, **as_(HEAD, ground))
    with pytest.raises(Conflict, match="approved before"):
        actions.approve(obligation=one.pk, number=written.number, **as_(HEAD, ground))


def test_without_a_draft_nothing_is_approved_nor_handed_in(
    incident: Incident, ground: dict[str, Any], settings: Any
) -> None:
    settings.TUTELA = settings.TUTELA.model_copy(update={"review": "*", "receives": "*"})
    one = start(incident, ground)
    said: dict[str, Any] = {"obligation": one.pk, "at": NOW, "proof": "receipt"}
    with pytest.raises(Conflict, match="second person"):
        actions.submit(**said, **as_(MANAGER, ground))
    draft(one, as_(CONTACT, ground), text="")
    with pytest.raises(Conflict, match="nothing to hand in"):
        actions.submit(**said | {"proof": ""}, here=True, **as_(CONTACT, ground))


@pytest.mark.parametrize("event", ["submitted", "received"])
def test_an_organisation_says_that_it_reported_with_the_report_alone(
    incident: Incident, ground: dict[str, Any], event: str
) -> None:
    """Else it could let clocks run from a report that nobody saw, past the second person who must approve it."""
    name = f"event.{event}.eu.dora.art19.initial"
    said: dict[str, Any] = {"incident": incident.pk, "organisation": "bank", "evidence": ""}
    for viewer in (MANAGER, CONTACT):
        with pytest.raises(WrongUse, match="with the report itself"):
            actions.answer(facts={name: NOW.isoformat()}, **said, **as_(viewer, ground))
        with pytest.raises(WrongUse, match="with the report itself"):
            incidents.state_fact(name=name, text="unknown", **said, **as_(viewer, ground))
    actions.answer(facts={name: NOW.isoformat()}, **said, **as_(ANALYST, ground))


def test_what_is_handed_in_here_is_handed_in_now(incident: Incident, ground: dict[str, Any]) -> None:
    """Whatever the sender says: a late report is not made punctual."""
    law.state(organisation="bank", facts={"org.dora_financial_entity": "no"}, evidence="", **ground)
    one = start(incident, ground, "early_warning", "eu.nis2.art23")
    draft(one, as_(CONTACT, ground))
    late = as_(CONTACT, ground, 90)
    done = actions.submit(obligation=one.pk, at=NOW, proof="", here=True, **late)
    assert done.submitted == late["now"]


def test_who_may_state_nothing_sets_no_clock(incident: Incident, ground: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        actions.answer(incident=incident.pk, organisation="bank", facts={}, evidence="", **as_(AUDITOR, ground))
