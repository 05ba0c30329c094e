"""What is done with incidents: each thing an entry that stays, each with its line in the ledger."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connections

from tests.apps.incidents.conftest import ANALYST, AUDITOR, NOW, of
from tutela.apps.incidents import actions, queries
from tutela.apps.incidents.models import Entry, Fact, Incident
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.people.models import User
from tutela.core.errors import BadInput, Conflict, NotAllowed, WrongUse
from tutela.core.incidents.case import Part, Reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutela.core.actor import Viewer

pytestmark = pytest.mark.django_db

Begin = Any
Found = Any


def acts(incident: Incident) -> list[str]:
    return [entry.act for entry in queries.entries_of(incident, ANALYST)]


def test_an_incident_begins_with_findings_whose_organisations_are_affected(begin: Begin, found: Found) -> None:
    incident = begin(found("bank"), found("clinic"), text="Seen by both.")
    assert (incident.reference, incident.state, incident.owner) == ("INC-2026-0001", "open", "analyst@example.org")
    assert {one.organisation: one.part for one in incident.organisations.all()} == {
        "bank": "affected",
        "clinic": "affected",
    }
    assert queries.findings_of(incident, ANALYST).count() == 2
    assert acts(incident) == ["open"]
    assert LedgerEntry.objects.get().action == "incidents.open"
    assert "Seen by both" not in LedgerEntry.objects.get().leaf


@pytest.mark.parametrize("wrong", [{"title": "  "}, {"type": "nothing"}])
def test_what_it_is_must_be_said(begin: Begin, wrong: dict[str, str]) -> None:
    with pytest.raises(WrongUse):
        begin(**wrong)
    assert not Incident.objects.exists()


def test_who_may_not_change_incidents_changes_none(begin: Begin, ground: dict[str, Any]) -> None:
    incident = begin()
    for viewer in (AUDITOR, of("bank")):
        for do, more in (
            (actions.write, {"text": "x", "audience": None}),
            (actions.close, {"reason": Reason.RESOLVED, "text": ""}),
            (actions.change, {"severity": 1}),
        ):
            with pytest.raises((NotAllowed, Conflict)):  # what somebody does not see is not there
                do(incident=incident.pk, **ground | more | {"viewer": viewer})
        with pytest.raises(NotAllowed):
            begin(viewer=viewer)
    assert acts(incident) == ["open"]


def test_a_fact_that_is_stated_anew_leaves_the_old_one(begin: Begin, ground: dict[str, Any]) -> None:
    incident = begin()
    for text, evidence in (("1200", "first count"), ("1500", "second count")):
        actions.state_fact(incident=incident.pk, name="inc.users", text=text, evidence=evidence, **ground)
    stated = queries.facts_of(incident, ANALYST)["inc.users"]
    assert [(one.value, one.evidence) for one in stated] == [(1500, "second count"), (1200, "first count")]
    assert Fact.objects.count() == 2
    assert acts(incident) == ["open", "state-fact", "state-fact"]
    with pytest.raises(WrongUse, match="no number"):
        actions.state_fact(incident=incident.pk, name="inc.users", text="many", evidence="", **ground)


def test_a_change_tells_what_was_before(begin: Begin, ground: dict[str, Any]) -> None:
    User.objects.create(email="head@example.org", role="head")
    incident = begin()
    actions.change(incident=incident.pk, severity=5, title="Phones are silent", owner="head@example.org", **ground)
    entry = queries.entries_of(incident, ANALYST)[-1]
    assert entry.data == {"severity": [3, 5], "owner": ["analyst@example.org", "head@example.org"]}
    actions.change(incident=incident.pk, severity=5, **ground)
    assert len(acts(incident)) == 2, "nothing changed, nothing is written"
    with pytest.raises(WrongUse, match="cannot handle"):
        actions.change(incident=incident.pk, owner="nobody@example.org", **ground)


def test_findings_are_added_and_taken_out(begin: Begin, found: Found, ground: dict[str, Any]) -> None:
    first, second = found("bank"), found("clinic")
    incident = begin(first)
    actions.link(incident=incident.pk, findings=[first.pk, second.pk], **ground)
    assert {one.organisation for one in incident.organisations.all()} == {"bank", "clinic"}
    with pytest.raises(Conflict):
        actions.link(incident=incident.pk, findings=[first.pk, uuid4()], **ground)
    actions.unlink(incident=incident.pk, findings=[first.pk], **ground)
    assert [one.pk for one in queries.findings_of(incident, ANALYST)] == [second.pk]
    with pytest.raises(Conflict):
        actions.unlink(incident=incident.pk, findings=[first.pk], **ground)


def test_a_task_is_done_once(begin: Begin, ground: dict[str, Any]) -> None:
    incident = begin()
    actions.add_task(incident=incident.pk, text="Ask the clinic", due=NOW + timedelta(days=1), **ground)
    actions.add_task(incident=incident.pk, text="Write the report", due=None, **ground)
    first, second = queries.tasks_of(incident, ANALYST)
    actions.finish_task(incident=incident.pk, task=first.pk, **ground)
    with pytest.raises(Conflict, match="done already"):
        actions.finish_task(incident=incident.pk, task=first.pk, **ground)
    assert [(one.pk, one.finished) for one in queries.tasks_of(incident, ANALYST)] == [
        (second.pk, None),
        (first.pk, NOW),
    ]


def test_a_file_comes_back_as_it_came(begin: Begin, ground: dict[str, Any], home: Path) -> None:
    incident = begin()
    data = b"%PDF-1.7 \x00\xff" * 1000
    actions.attach(incident=incident.pk, file=io.BytesIO(data), name="../a report.pdf", **ground)
    (kept,) = queries.attachments_of(incident, ANALYST)
    assert (kept.name, kept.size) == ("a report.pdf", len(data))
    with queries.bytes_of(kept) as stream:
        assert stream.read() == data
    assert list((home / "attachments").rglob("*.zst"))
    with pytest.raises(BadInput, match="exe"):
        actions.attach(incident=incident.pk, file=io.BytesIO(b"MZ"), name="run.exe", **ground)
    with pytest.raises(BadInput, match="empty"):
        actions.attach(incident=incident.pk, file=io.BytesIO(), name="a.txt", **ground)


def test_what_is_closed_is_left_alone_until_it_is_opened_again(begin: Begin, ground: dict[str, Any]) -> None:
    incident = begin()
    actions.close(incident=incident.pk, reason=Reason.FALSE_ALARM, text="A drill.", **ground)
    incident.refresh_from_db()
    assert (incident.state, incident.reason, incident.closed) == ("closed", "false-alarm", NOW)
    for do, more in ((actions.write, {"text": "x", "audience": None}), (actions.close, {"reason": Reason.RESOLVED})):
        with pytest.raises(Conflict, match="closed"):
            do(incident=incident.pk, **{"text": "", **ground, **more})
    actions.reopen(incident=incident.pk, text="It was none.", **ground)
    incident.refresh_from_db()
    assert (incident.state, incident.reason, incident.closed) == ("open", "", None)
    assert acts(incident) == ["open", "close", "reopen"]


def test_a_merged_incident_gives_what_it_has_and_keeps_what_was_said(
    begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    shared = found("bank")
    source, target = begin(shared, found("clinic")), begin(shared)
    actions.add_task(incident=source.pk, text="Ask", due=None, **ground)
    actions.involve(incident=source.pk, organisation="branch", part=Part.REPORTER, **ground)
    actions.share(incident=source.pk, organisation="branch", **ground)
    actions.state_fact(incident=source.pk, name="inc.users", text="7", evidence="", **ground)
    actions.merge(incident=source.pk, into=target.pk, **ground)
    source.refresh_from_db()
    assert (source.state, source.merged_into) == ("merged", target)
    assert queries.findings_of(target, ANALYST).count() == 2
    assert queries.findings_of(source, ANALYST).count() == 0
    parts = {one.organisation: (one.part, one.shared) for one in target.organisations.all()}
    assert parts == {"bank": ("affected", None), "clinic": ("affected", None), "branch": ("reporter", None)}
    assert [task.text for task in queries.tasks_of(target, ANALYST)] == ["Ask"]
    assert queries.facts_of(source, ANALYST)
    assert (acts(source)[-1], acts(target)[-1]) == ("merge", "take-over")
    with pytest.raises(Conflict, match="merged"):
        actions.merge(incident=source.pk, into=target.pk, **ground)
    with pytest.raises(WrongUse, match="itself"):
        actions.merge(incident=target.pk, into=target.pk, **ground)


def test_a_case_of_their_own_takes_findings_along(begin: Begin, found: Found, ground: dict[str, Any]) -> None:
    stays, goes = found("bank"), found("clinic")
    incident = begin(stays, goes)
    new = actions.split(incident=incident.pk, findings=[goes.pk], title="The clinic alone", **ground)
    assert [one.pk for one in queries.findings_of(new, ANALYST)] == [goes.pk]
    assert [one.pk for one in queries.findings_of(incident, ANALYST)] == [stays.pk]
    assert [one.organisation for one in new.organisations.all()] == ["clinic"]
    assert acts(incident)[-1] == "split"


def test_what_is_red_is_shared_with_nobody(begin: Begin, found: Found, ground: dict[str, Any]) -> None:
    incident = begin(found("bank"), tlp=4)
    with pytest.raises(Conflict, match="TLP:RED"):
        actions.share(incident=incident.pk, organisation="bank", **ground)


def test_every_action_is_one_entry_of_the_ledger(begin: Begin, found: Found, ground: dict[str, Any]) -> None:
    incident = begin(found("bank"))
    actions.involve(incident=incident.pk, organisation="clinic", part=Part.HELPER, **ground)
    actions.share(incident=incident.pk, organisation="bank", **ground)
    actions.write(incident=incident.pk, text="Call us.", audience=Part.AFFECTED, **ground)
    actions.release(incident=incident.pk, organisation="clinic", **ground)
    actions.close(incident=incident.pk, reason=Reason.RESOLVED, text="", **ground)
    done = ["open", "involve", "share", "write", "release", "close"]
    assert acts(incident) == done
    assert [entry.action for entry in LedgerEntry.objects.order_by("seq")] == [f"incidents.{act}" for act in done]
    assert Entry.objects.order_by("sequence").last() == queries.entries_of(incident, ANALYST)[-1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_those_who_open_at_once_get_numbers_of_their_own(begin: Callable[..., Incident]) -> None:
    def run(_number: int) -> str:
        try:
            return begin().reference
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        references = list(pool.map(run, range(12)))
    assert sorted(references) == [f"INC-2026-{number:04d}" for number in range(1, 13)]


def test_what_is_stated_of_one_organisation_goes_before_what_is_stated_of_all(
    begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    incident = begin(found("bank"), found("clinic"))
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "", **ground}
    actions.state_fact(name="event.aware", text="2026-03-01 10:00", **said)
    actions.state_fact(name="event.aware", text="2026-03-01 14:00", organisation="bank", **said)

    def known(organisation: str, viewer: Viewer) -> list[Any]:
        return [one.value for one in queries.facts_for(incident, organisation, viewer).get("event.aware", [])]

    assert known("bank", ANALYST) == ["2026-03-01T14:00:00+00:00"]
    assert known("clinic", ANALYST) == ["2026-03-01T10:00:00+00:00"]
    actions.share(incident=incident.pk, organisation="bank", **ground)
    assert known("bank", of("bank")) == ["2026-03-01T14:00:00+00:00"]
    assert known("clinic", of("clinic")) == known("bank", of("clinic")) == []
    with pytest.raises(WrongUse):
        actions.state_fact(name="event.aware", text="2026-03-01 14:00", organisation="branch", **said)


def test_an_organisation_states_facts_of_itself_in_what_was_shared_with_it(
    begin: Begin, found: Found, ground: dict[str, Any]
) -> None:
    incident = begin(found("bank"), found("clinic"))
    actions.share(incident=incident.pk, organisation="bank", **ground)
    said: dict[str, Any] = {"incident": incident.pk, "name": "inc.users", "text": "7", "evidence": "", **ground}
    for organisation in ("", "clinic"):
        with pytest.raises(WrongUse):
            actions.state_fact(**said | {"viewer": of("bank"), "organisation": organisation})
    with pytest.raises(Conflict):
        actions.state_fact(**said | {"viewer": of("clinic"), "organisation": "clinic"})
    actions.state_fact(**said | {"viewer": of("bank"), "organisation": "bank"})
    assert [one.act for one in queries.entries_of(incident, of("bank"))] == ["state-fact"]
    actions.share(incident=incident.pk, organisation="clinic", **ground)
    assert queries.entries_of(incident, of("clinic")) == []


@pytest.mark.parametrize("year", [1, 9999])
def test_a_task_is_due_on_a_day_that_can_be_meant(begin: Begin, ground: dict[str, Any], year: int) -> None:
    """Such a day could not be shown in every zone: the page of the incident failed for good."""
    with pytest.raises(WrongUse, match="cannot be meant"):
        actions.add_task(incident=begin().pk, text="Ask", due=NOW.replace(year=year), **ground)
