"""Programs do with incidents what people do on their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.apps.incidents.conftest import ANALYST
from tutela.apps.incidents import queries
from tutela.apps.people.models import Membership, User

if TYPE_CHECKING:
    from tutela.apps.incidents.models import Incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]


def signed_in(role: str, *organisations: str) -> Client:
    user = User.objects.create(email=f"{role}@example.org", role=role)
    for one in organisations:
        Membership.objects.create(user=user, organisation=one)
    client = Client()
    client.force_login(user)
    return client


def step(client: Client, incident: Incident, **said: Any) -> Any:
    return client.post(f"/api/v1/incidents/{incident.pk}/steps", said, content_type="application/json")


def test_a_case_is_handled_from_its_beginning_to_its_end(begin: Any, found: Any) -> None:
    client = signed_in("analyst")
    first, second = found("bank"), found("clinic")
    incident, other = begin(first), begin()
    for said in (
        {"act": "change", "severity": 5, "title": "Phones and mail are silent"},
        {"act": "state-fact", "name": "inc.users", "text": "40", "evidence": "help desk"},
        {"act": "link", "findings": [str(second.pk)]},
        {"act": "involve", "organisation": "branch", "part": "helper"},
        {"act": "share", "organisation": "bank"},
        {"act": "release", "organisation": "branch"},
        {"act": "add-task", "text": "Ask them", "due": "2026-03-03T00:00:00Z"},
        {"act": "unlink", "findings": [str(second.pk)]},
    ):
        answer = step(client, incident, **said)
        assert answer.status_code == 200, (said, answer.content)
    told = answer.json()
    assert (told["severity"], told["title"]) == ("critical", "Phones and mail are silent")
    assert told["facts"][0]["value"] == 40
    assert [(one["organisation"], one["part"], bool(one["shared"])) for one in told["organisations"]] == [
        ("bank", "affected", True),
        ("clinic", "affected", False),
    ]
    task = queries.tasks_of(incident, ANALYST)[0]
    assert step(client, incident, act="finish-task", task=str(task.pk)).status_code == 200
    assert step(client, incident, act="finish-task", task=str(task.pk)).status_code == 409
    split = step(client, incident, act="split", findings=[str(first.pk)], title="The bank alone").json()
    assert split["title"] == "The bank alone"
    assert step(client, incident, act="close", reason="resolved", text="A cable.").json()["state"] == "closed"
    assert step(client, incident, act="reopen", text="Another cable.").json()["state"] == "open"
    assert step(client, incident, act="merge", into=str(other.pk)).json()["id"] == str(other.pk)
    assert step(client, incident, act="close", reason="resolved").status_code == 409


@pytest.mark.parametrize(
    "said",
    [
        {"act": "drop-table"},
        {"act": "close"},
        {"act": "close", "reason": "tired"},
        {"act": "change", "severity": 9},
        {"act": "link", "findings": []},
        {"act": "share", "organisation": "bank", "more": 1},
        {"act": "state-fact", "name": "inc.users", "text": "many"},
    ],
)
def test_what_cannot_be_done_is_told(begin: Any, said: dict[str, Any]) -> None:
    answer = step(signed_in("analyst"), begin(), **said)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_an_organisation_states_facts_of_its_own_and_does_nothing_else(begin: Any, found: Any) -> None:
    analyst, contact = signed_in("analyst"), signed_in("organisation-contact", "bank")
    incident = begin(found("bank"))
    assert step(contact, incident, act="close", reason="resolved").status_code == 404  # nothing was shared yet
    step(analyst, incident, act="share", organisation="bank")
    fact = {"act": "state-fact", "name": "inc.users", "text": "7"}
    assert step(contact, incident, **fact, organisation="bank").status_code == 200
    assert step(contact, incident, **fact).status_code == 422
    assert step(contact, incident, act="close", reason="resolved").status_code == 403
    assert step(contact, incident, act="share", organisation="clinic").status_code == 403
    assert step(signed_in("auditor"), incident, **fact).status_code == 403


def test_an_organisation_reports_writes_and_is_answered(begin: Any, found: Any) -> None:
    analyst, contact = signed_in("analyst"), signed_in("organisation-contact", "bank")
    given = {"organisation": "bank", "title": "Phones are silent", "text": "Since noon.", "aware": "2026-03-02T09:00Z"}
    sent = contact.post("/api/v1/incidents/reports", given, content_type="application/json")
    assert sent.status_code == 201, sent.content
    told = sent.json()
    assert [(one["act"], one["organisation"]) for one in told["entries"]] == [
        ("report", "bank"),
        ("state-fact", "bank"),
    ]
    assert [(one["name"], one["organisation"]) for one in told["facts"]] == [("event.aware", "bank")]
    assert told["organisations"][0]["waiting"]

    def write(client: Client, **said: Any) -> Any:
        return client.post(f"/api/v1/incidents/{told['id']}/entries", said, content_type="application/json")

    answered = write(analyst, text="Keep the disk.", organisation="bank")
    assert answered.status_code == 201
    assert answered.json()["organisations"][0]["waiting"] is None
    written = write(contact, text="We do.", organisation="bank").json()
    assert [one["text"] for one in written["entries"]][-2:] == ["Keep the disk.", "We do."]
    for wrong in ({"organisation": "clinic"}, {}, {"organisation": "bank", "audience": "affected"}):
        assert write(contact, text="Hello", **wrong).status_code == 422, wrong
    assert write(analyst, text="Hello", organisation="bank", audience="affected").status_code == 422
    assert write(signed_in("organisation-manager", "clinic"), text="Hello", organisation="clinic").status_code == 404
    wrong_report = contact.post(
        "/api/v1/incidents/reports", given | {"organisation": "clinic"}, content_type="application/json"
    )
    assert wrong_report.status_code == 422
    assert analyst.post("/api/v1/incidents/reports", given, content_type="application/json").status_code == 403
