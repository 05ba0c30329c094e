"""What passes between an organisation and the authority about an incident: reports, texts, files, and who waits."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from tests.apps.incidents.conftest import ANALYST, NOW, of
from tutela.apps.incidents import actions, limits, queries
from tutela.apps.incidents.models import Incident
from tutela.apps.incidents.queries import IncidentFilter
from tutela.apps.ledger.models import LedgerEntry
from tutela.core.actor import Actor, Viewer
from tutela.core.errors import BadInput, Conflict, NotAllowed, WrongUse
from tutela.core.incidents.case import Part, Reason
from tutela.core.ledger.canonical import digest
from tutela.core.rights import Role

pytestmark = pytest.mark.django_db

Begin = Any
Found = Any
BANK, CLINIC = of("bank"), of("clinic")
LATER = NOW + timedelta(hours=1)


def waits(incident: Incident) -> dict[str, datetime]:
    """Who waits for an answer, and since when."""
    return {one.organisation: one.waiting for one in queries.involved(incident, ANALYST) if one.waiting}


@pytest.fixture
def shared(begin: Begin, found: Found, ground: dict[str, Any]) -> Incident:
    """An incident that both the bank and the clinic see."""
    opened: Incident = begin(found("bank"), found("clinic"))
    for name in ("bank", "clinic"):
        actions.share(incident=opened.pk, organisation=name, **ground)
    return opened


def says(ground: dict[str, Any], incident: Incident, viewer: Viewer, organisation: str = "", **more: Any) -> None:
    said = {"text": "How do we go on?", **ground, "viewer": viewer, "by": viewer.actor}
    actions.write(incident=incident.pk, organisation=organisation, **said | more)


def _report(ground: dict[str, Any], viewer: Viewer | None = None, **more: Any) -> Incident:
    who = viewer or of("bank")
    said: dict[str, Any] = {
        "organisation": "bank",
        "title": "Phones are silent",
        "type": "other",
        "text": "Since noon.",
    }
    times = {"occurred": NOW - timedelta(hours=2), "aware": NOW - timedelta(hours=1)}
    return actions.report(**said | times | ground | {"viewer": who, "by": who.actor} | more)


@pytest.mark.usefixtures("constituency")
def test_an_organisation_reports_its_own_incident_and_sees_it_at_once(ground: dict[str, Any]) -> None:
    incident = _report(ground)
    assert (incident.severity, incident.tlp, incident.owner) == (0, 2, "")
    assert waits(incident) == {"bank": NOW}
    assert queries.incident_by(incident.pk, of("bank")) == incident
    assert queries.incident_by(incident.pk, of("clinic")) is None
    assert [one.act for one in queries.entries_of(incident, of("bank"))] == ["report", "state-fact", "state-fact"]
    aware = queries.facts_for(incident, "bank", ANALYST)["event.aware"][0]
    assert datetime.fromisoformat(aware.value) == NOW - timedelta(hours=1)
    assert LedgerEntry.objects.filter(action="incidents.report").count() == 1


@pytest.mark.usefixtures("constituency")
def test_nobody_reports_for_others(ground: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        _report(ground, of("clinic"))
    with pytest.raises(NotAllowed):
        _report(ground, ANALYST)
    assert _report(ground, of("bank"), organisation="branch").reference == "INC-2026-0001"


@pytest.mark.usefixtures("constituency")
def test_a_report_comes_with_its_file_or_not_at_all(ground: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="exe"):
        _report(ground, file=io.BytesIO(b"MZ"), file_name="run.exe")
    assert not Incident.objects.exists()
    incident = _report(ground, file=io.BytesIO(b"x"), file_name="log.txt")
    assert [one.name for one in queries.attachments_of(incident, BANK)] == ["log.txt"]


@pytest.mark.usefixtures("constituency")
def test_a_report_that_cannot_be_true_is_asked_back(ground: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="after you knew"):
        _report(ground, occurred=NOW, aware=NOW - timedelta(hours=1))
    with pytest.raises(WrongUse, match=r"when it began lies.*when you knew of it lies"):
        _report(ground, occurred=NOW + timedelta(days=365), aware=NOW + timedelta(days=366))
    assert not Incident.objects.exists()


@pytest.mark.usefixtures("constituency")
def test_nobody_buries_the_others_under_reports(ground: dict[str, Any]) -> None:
    for _ in range(20):
        _report(ground)
    with pytest.raises(Conflict, match="20 incidents"):
        _report(ground)
    _report(ground, of("clinic"), organisation="clinic")
    _report(ground, now=NOW + timedelta(days=1, minutes=1))


def test_both_sides_write_in_one_timeline_and_no_third_reads_it(
    begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    incident = begin(found("bank"), found("clinic"))
    for name in ("bank", "clinic"):
        actions.share(incident=incident.pk, organisation=name, **ground)
    bank, clinic = of("bank"), of("clinic")
    said: dict[str, Any] = {"incident": incident.pk, **ground}
    actions.write(text="We lost a disk.", organisation="bank", **said | {"viewer": bank, "by": bank.actor})
    actions.write(text="For us alone.", **said)
    actions.write(text="Keep it.", organisation="bank", **said)
    assert [one.text for one in queries.entries_of(incident, bank)] == ["We lost a disk.", "Keep it."]
    assert queries.entries_of(incident, clinic) == []
    for organisation in ("", "clinic"):
        with pytest.raises(WrongUse):
            actions.write(text="Hello", organisation=organisation, **said | {"viewer": bank})


def test_a_file_of_one_organisation_is_for_it_and_for_the_authority(
    begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    incident = begin(found("bank"), found("clinic"))
    for name in ("bank", "clinic"):
        actions.share(incident=incident.pk, organisation=name, **ground)
    said: dict[str, Any] = {"incident": incident.pk, "name": "log.txt", **ground}
    actions.attach(file=io.BytesIO(b"ours"), **said)
    actions.attach(file=io.BytesIO(b"theirs"), organisation="bank", **said | {"viewer": of("bank")})
    theirs = queries.attachments_of(incident, of("bank"))
    assert len(theirs) == 1
    with queries.bytes_of(theirs[0]) as stream:
        assert stream.read() == b"theirs"
    assert queries.attachments_of(incident, of("clinic")) == []
    assert queries.attachment_by(theirs[0].pk, of("clinic")) is None
    assert len(queries.attachments_of(incident, ANALYST)) == 2


def test_each_organisation_waits_for_an_answer_of_its_own(shared: Incident, ground: dict[str, Any]) -> None:
    says(ground, shared, BANK, "bank")
    says(ground, shared, CLINIC, "clinic", now=LATER)
    says(ground, shared, BANK, "bank", now=LATER)
    assert waits(shared) == {"bank": NOW, "clinic": LATER}
    assert queries.incidents_for(ANALYST).get().waiting == NOW
    says(ground, shared, ANALYST)
    assert len(waits(shared)) == 2, "what is for the authority alone answers nobody"
    says(ground, shared, ANALYST, "bank")
    assert waits(shared) == {"clinic": LATER}
    assert queries.incidents_for(ANALYST, IncidentFilter(waiting=True)).get().waiting == LATER
    says(ground, shared, ANALYST, audience=Part.AFFECTED)
    assert waits(shared) == {}
    assert not queries.incidents_for(ANALYST, IncidentFilter(waiting=True)).exists()
    assert queries.incidents_for(ANALYST, IncidentFilter(waiting=False)).get().waiting is None


def test_that_another_waits_is_told_to_nobody(shared: Incident, ground: dict[str, Any]) -> None:
    says(ground, shared, CLINIC, "clinic")
    assert queries.incidents_for(BANK).get().waiting is None
    assert not queries.incidents_for(BANK, IncidentFilter(waiting=True)).exists()
    assert queries.incidents_for(CLINIC, IncidentFilter(waiting=True)).get().waiting == NOW


def test_who_sends_a_file_waits_too(shared: Incident, ground: dict[str, Any]) -> None:
    actions.attach(
        incident=shared.pk, file=io.BytesIO(b"x"), name="a.txt", organisation="bank", **ground | {"viewer": BANK}
    )
    assert waits(shared) == {"bank": NOW}


def test_nobody_waits_in_what_is_closed(shared: Incident, ground: dict[str, Any]) -> None:
    says(ground, shared, BANK, "bank")
    actions.close(incident=shared.pk, reason=Reason.RESOLVED, text="", **ground)
    assert waits(shared) == {}


def test_who_waits_goes_on_waiting_where_the_incident_goes_on(
    shared: Incident, begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    target = begin(found("clinic"))
    actions.share(incident=target.pk, organisation="clinic", **ground)
    says(ground, target, CLINIC, "clinic", now=NOW)
    says(ground, shared, BANK, "bank")
    says(ground, shared, CLINIC, "clinic", now=LATER)
    actions.merge(incident=shared.pk, into=target.pk, **ground)
    assert (waits(shared), waits(target)) == ({}, {"bank": NOW, "clinic": NOW})
    says(ground, target, ANALYST, "bank", now=LATER)
    assert "bank" in waits(target), "the bank cannot read it yet"
    actions.share(incident=target.pk, organisation="bank", **ground)
    says(ground, target, ANALYST, "bank", now=LATER)
    assert waits(target) == {"clinic": NOW}


def test_who_is_above_writes_for_those_below_and_is_read_by_them(
    begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    incident = begin(found("branch"))
    actions.share(incident=incident.pk, organisation="branch", **ground)
    branch = of("branch")
    says(ground, incident, BANK, "branch", text="The head office helps.")
    says(ground, incident, branch, "branch", text="Thank you.")
    expected = ["The head office helps.", "Thank you."]
    assert [one.text for one in queries.entries_of(incident, BANK)] == expected
    assert [one.text for one in queries.entries_of(incident, branch)] == expected
    with pytest.raises(WrongUse):
        says(ground, incident, BANK, "bank")  # it is the branch that is in it


def test_who_is_below_reads_nothing_of_those_above(shared: Incident, ground: dict[str, Any]) -> None:
    says(ground, shared, BANK, "bank")
    assert queries.incident_by(shared.pk, of("branch")) is None
    with pytest.raises(Conflict):
        says(ground, shared, of("branch"), "bank")


def test_the_reporter_and_the_affected_never_read_each_other(
    begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    incident = begin(found("bank"))
    actions.involve(incident=incident.pk, organisation="clinic", part=Part.REPORTER, **ground)
    for name in ("bank", "clinic"):
        actions.share(incident=incident.pk, organisation=name, **ground)
    says(ground, incident, CLINIC, "clinic", text="We saw it.")
    says(ground, incident, BANK, "bank", text="We have it.")
    says(ground, incident, ANALYST, audience=Part.REPORTER, text="Thank you.")
    assert [one.text for one in queries.entries_of(incident, CLINIC)] == ["We saw it.", "Thank you."]
    assert [one.text for one in queries.entries_of(incident, BANK)] == ["We have it."]
    assert waits(incident) == {"bank": NOW}


@pytest.mark.parametrize("viewer", [ANALYST, BANK])
def test_a_text_is_for_one_or_for_all_of_a_part(shared: Incident, ground: dict[str, Any], viewer: Viewer) -> None:
    with pytest.raises(WrongUse, match="or for all of a part"):
        says(ground, shared, viewer, "bank", audience=Part.AFFECTED)


def test_nobody_buries_an_incident_under_what_they_send(
    shared: Incident, ground: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_SAID", 3)
    for _ in range(3):
        says(ground, shared, BANK, "bank")
    said: dict[str, Any] = {"incident": shared.pk, "organisation": "bank", **ground, "viewer": BANK, "by": BANK.actor}
    for send in (
        lambda: says(ground, shared, BANK, "bank"),
        lambda: actions.state_fact(name="inc.users", text="7", evidence="", **said),
        lambda: actions.attach(file=io.BytesIO(b"x"), name="a.txt", **said),
    ):
        with pytest.raises(Conflict, match="added 3 texts, facts and files"):
            send()
    says(ground, shared, CLINIC, "clinic")
    for _ in range(4):
        says(ground, shared, ANALYST, "bank")
    other = Viewer(Actor("person", "robin@bank.example"), ("bank",), Role.CONTACT)
    says(ground, shared, other, "bank")
    submitted = {"name": "event.submitted.eu.nis2.art23.early_warning", "text": NOW.isoformat(), "evidence": ""}
    actions.state_fact(**submitted, with_report=True, **said)  # what the law asks for is held up by no limit
    says(ground, shared, BANK, "bank", now=NOW + timedelta(days=1, minutes=1))


def test_the_files_of_one_leave_room_for_those_of_others(
    shared: Incident, ground: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 2)

    def send(viewer: Viewer, organisation: str) -> None:
        file = io.BytesIO(b"x")
        given = {**ground, "viewer": viewer}
        actions.attach(incident=shared.pk, file=file, name="a.txt", organisation=organisation, **given)

    for _ in range(2):
        send(BANK, "bank")
    with pytest.raises(Conflict, match="2 files already"):
        send(BANK, "bank")
    send(CLINIC, "clinic")
    send(ANALYST, "")


def test_whatever_was_said_is_in_the_hash_of_the_ledger(shared: Incident, ground: dict[str, Any]) -> None:
    """Two statements with the same evidence and other values have other hashes, which hold the value."""
    actions.state_fact(incident=shared.pk, name="inc.users", text="7", evidence="help desk", **ground)
    entry = shared.entries.order_by("sequence").last()
    assert entry is not None
    leaf = json.loads(LedgerEntry.objects.order_by("seq").last().leaf)  # type: ignore[union-attr]
    said = {"incident": shared.pk.hex, "entry": entry.pk.hex, "text": "help desk", "audience": "", "organisation": ""}
    data = {"fact": "inc.users", "value": 7}
    assert leaf["object"]["hash"] == digest(said | {"data": data})
    assert leaf["object"]["hash"] != digest(said | {"data": data | {"value": 8}})


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("constituency")
def test_those_who_report_at_once_are_not_all_the_last(ground: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_REPORTS", 3)

    def run(_number: int) -> bool:
        try:
            _report(ground)
        except Conflict:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(run, range(8)))
    assert (sum(taken), Incident.objects.count()) == (3, 3)
