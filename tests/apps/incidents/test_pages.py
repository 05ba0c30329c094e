"""The pages of incidents: from chosen findings to a closed case, and what strangers write is text."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.apps.incidents.conftest import ANALYST
from tutela.apps.incidents import queries
from tutela.apps.incidents.models import Attachment, Entry, Incident
from tutela.apps.people.models import Membership, User
from tutela.core.incidents.attachments import LARGEST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]

HOSTILE = "<script>alert(1)</script>"


def signed_in(role: str) -> Client:
    browser = Client()
    browser.force_login(User.objects.create(email=f"{role}@example.org", role=role))
    return browser


@pytest.fixture
def analyst() -> Client:
    return signed_in("analyst")


def place(incident: Incident) -> str:
    return f"/incidents/{incident.pk}/"


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_findings_that_were_chosen_become_an_incident(found: Any, analyst: Client) -> None:
    chosen = [str(found("bank", severity=5).pk), str(found("clinic").pk)]
    asked = text_of(analyst.post("/incidents/new/", {"chosen": [*chosen, "no id"]}))
    assert 'value="5" selected' in asked, "the worst of them says how severe it is"
    assert not Incident.objects.exists()
    said = {
        "title": "Two machines",
        "type": "infected-system",
        "severity": "5",
        "tlp": "2",
        "text": "",
        "chosen": chosen,
    }
    answer = analyst.post("/incidents/new/", said)
    incident = Incident.objects.get()
    assert answer["Location"] == place(incident)
    assert queries.findings_of(incident, ANALYST).count() == 2


def test_findings_are_added_to_an_incident_that_is_open(found: Any, begin: Any, analyst: Client) -> None:
    incident = begin()
    one = found("bank")
    assert incident.reference in text_of(analyst.post("/incidents/new/", {"chosen": [str(one.pk)]}))
    answer = analyst.post("/incidents/new/", {"chosen": [str(one.pk)], "incident": str(incident.pk)})
    assert answer["Location"] == place(incident)
    assert queries.findings_of(incident, ANALYST).get() == one


def test_a_form_that_lacks_something_says_what(analyst: Client) -> None:
    said = {"title": "", "type": "infected-system", "severity": "9", "tlp": "2", "text": ""}
    page = text_of(analyst.post("/incidents/new/", said))
    assert page.count('class="error"') == 2
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("act", "values", "told"),
    [
        ("write", {"text": " "}, "Text"),
        ("state-fact", {"name": "inc.users", "text": "many"}, "no number"),
        ("unlink", {}, "Choose some first"),
        ("involve", {"organisation": "nobody", "part": "helper"}, "no organisation"),
        ("finish-task", {"task": "no id"}, "Task"),
        ("open", {}, "no such step"),
        ("drop-table", {}, "no such step"),
        (
            "change",
            {"title": "x", "type": "other", "severity": "3", "tlp": "2", "owner": "a@example.org"},
            "Handled by",
        ),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    act: str, values: dict[str, str], told: str, begin: Any, analyst: Client
) -> None:
    incident = begin()
    page = text_of(analyst.post(place(incident), {"act": act, **values}, follow=True))
    assert told in page
    assert Entry.objects.count() == 1


def test_who_only_reads_is_offered_nothing_and_can_do_nothing(begin: Any) -> None:
    incident = begin()
    auditor = signed_in("auditor")
    assert 'name="act"' not in text_of(auditor.get(place(incident)))
    page = text_of(auditor.post(place(incident), {"act": "write", "text": "x"}, follow=True))
    assert "not allowed" in page.lower() or "incidents.change" in page
    assert Entry.objects.count() == 1


def test_what_people_write_is_text(begin: Any, analyst: Client) -> None:
    incident = begin(title=HOSTILE, text=HOSTILE)
    for act, values in (
        ("write", {"text": HOSTILE}),
        ("state-fact", {"name": "inc.cause", "text": HOSTILE, "evidence": HOSTILE}),
        ("add-task", {"text": HOSTILE}),
    ):
        analyst.post(place(incident), {"act": act, **values})
    page = text_of(analyst.get(place(incident)))
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") >= 8
    assert HOSTILE not in text_of(analyst.get("/incidents/"))


def test_a_file_is_saved_and_never_shown(begin: Any, analyst: Client) -> None:
    incident = begin()
    file = SimpleUploadedFile("../page.txt", HOSTILE.encode(), content_type="text/html")
    analyst.post(place(incident), {"act": "attach", "file": file})
    answer = analyst.get(f"/incidents/files/{Attachment.objects.get().pk}/")
    assert b"".join(answer).decode() == HOSTILE
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="page.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_is_too_large_is_refused(begin: Any, analyst: Client) -> None:
    incident = begin()
    file = SimpleUploadedFile("large.zip", bytes(LARGEST + 1))
    assert "larger than 25 MiB" in text_of(analyst.post(place(incident), {"act": "attach", "file": file}, follow=True))
    assert not Attachment.objects.exists()


def test_the_reference_leads_from_the_search_to_the_incident(begin: Any, analyst: Client) -> None:
    incident = begin()
    assert analyst.get("/search/", {"q": incident.reference.lower()})["Location"] == place(incident)
    assert "Phones are silent" in text_of(analyst.get("/search/", {"q": "phones"}))


@pytest.mark.usefixtures("constituency")
def test_an_organisation_reports_and_talks_with_the_authority(ground: dict[str, Any]) -> None:
    contact, analyst = signed_in("organisation-contact"), signed_in("analyst")
    Membership.objects.create(user=User.objects.get(role="organisation-contact"), organisation="bank")
    del ground
    assert "Report an incident" in text_of(contact.get("/incidents/"))
    said = {"organisation": "bank", "title": "Phones are silent", "type": "other", "text": HOSTILE}
    assert "This field is required" in text_of(contact.post("/incidents/report/", said))
    where = contact.post("/incidents/report/", said | {"aware": "2026-03-02T08:00"})["Location"]
    contact.post(where, {"act": "write", "organisation": "bank", "text": "A second floor too."})
    contact.post(where, {"act": "attach", "organisation": "bank", "file": SimpleUploadedFile("log.txt", b"log")})
    contact.post(where, {"act": "close", "reason": "resolved"})
    text = text_of(contact.get(where))
    assert "A second floor too." in text
    assert "log.txt" in text
    assert HOSTILE not in text
    assert Incident.objects.get().state == "open"
    assert "waits for an answer since" in text_of(analyst.get(where))
    analyst.post(where, {"act": "write", "audience": "=bank", "text": "Which floors?"})
    assert "waits for an answer since" not in text_of(analyst.get(where))
    assert "Which floors?" in text_of(contact.get(where))
