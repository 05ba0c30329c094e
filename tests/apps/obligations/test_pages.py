"""The pages of obligations, as people use them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.apps.obligations.conftest import ANALYST, MANAGER, as_
from tutela.apps.incidents import actions as incidents
from tutela.apps.incidents.models import Fact
from tutela.apps.obligations import actions, queries
from tutela.apps.obligations.assessment import assess, questions
from tutela.apps.obligations.models import Obligation
from tutela.apps.people import actions as people
from tutela.core.rights import Right, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tutela.apps.incidents.models import Incident
    from tutela.apps.people.models import User

DORA = "eu.dora.art19"
pytestmark = [pytest.mark.usefixtures("pages", "all_read"), pytest.mark.django_db]


@pytest.fixture
def enter(client: Client, ground: dict[str, Any]) -> Callable[..., Client]:
    """Sign somebody in."""

    def run(role: Role, *organisations: str) -> Client:
        said = {"email": f"{role.value}@example.org", "name": "", "role": role, "organisations": organisations}
        given = {name: ground[name] for name in ("by", "basis", "now")}
        client.force_login(people.add_person(**said, **given))
        return client

    return run


@pytest.fixture
def now_is(monkeypatch: pytest.MonkeyPatch, ground: dict[str, Any]) -> None:
    """The night of the incident, also for the pages."""
    monkeypatch.setattr(timezone, "now", lambda: ground["now"])


def _start(incident: Incident, ground: dict[str, Any], stage: str = "initial") -> Obligation:
    return actions.start(incident=incident.pk, organisation="bank", regime=DORA, stage=stage, **ground)


def _page(incident: Incident) -> str:
    return f"{reverse('incident-obligations', args=[incident.pk])}?organisation=bank"


@pytest.mark.usefixtures("now_is")
def test_the_page_says_what_must_be_reported_and_why(incident: Incident, enter: Any) -> None:
    text = enter(Role.LEGAL_OFFICER).get(_page(incident)).content.decode()
    assert "Initial notification" in text
    assert "2026-12-19 08:30 CET" in text
    assert "they report under DORA alone" in text
    assert "yields to" in text


@pytest.mark.usefixtures("now_is")
def test_a_clock_is_started_by_the_authority_and_by_nobody_else(incident: Incident, enter: Any) -> None:
    said = {"act": "start", "regime": DORA, "stage": "initial"}
    client = enter(Role.MANAGER, "bank")
    assert "Start the clock" not in client.get(_page(incident)).content.decode()
    client.post(_page(incident), said)
    assert not Obligation.objects.exists()
    client = enter(Role.ANALYST)
    assert "Start the clock" in client.get(_page(incident)).content.decode()
    assert client.post(_page(incident), said).status_code == 302
    assert Obligation.objects.get().stage == "initial"


@pytest.mark.usefixtures("now_is")
def test_answers_show_at_once_what_they_change(incident: Incident, enter: Any, ground: dict[str, Any]) -> None:
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "", "organisation": "bank", **ground}
    incidents.state_fact(name="inc.high_risk", text="unknown", **said)
    client = enter(Role.LEGAL_OFFICER)
    asked = client.get(_page(incident)).context["form"]
    given = {"act": "answer", "inc.high_risk": "no", "evidence": "their assessment"}
    assert "inc.high_risk" in asked.fields
    told = client.post(_page(incident), given, follow=True).content.decode()
    assert "It changes nothing of what must be reported." in told
    again = {"act": "answer", **dict.fromkeys(asked.fields, "")}
    assert client.post(_page(incident), again).status_code == 302
    text = client.get(_page(incident)).content.decode()
    assert "their assessment" in text


@pytest.mark.usefixtures("now_is")
def test_what_contradicts_itself_is_asked_back_on_the_page(
    incident: Incident, enter: Any, ground: dict[str, Any]
) -> None:
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "", "organisation": "bank", **ground}
    incidents.state_fact(name="event.aware", text="2026-12-18 20:00", **said)
    text = enter(Role.LEGAL_OFFICER).get(_page(incident)).content.decode()
    assert "Nothing is computed before this is put right" in text
    assert "Which of the two times is right?" in text


@pytest.mark.usefixtures("now_is")
def test_what_is_known_is_stated_anew_where_it_is_shown(incident: Incident, enter: Any, ground: dict[str, Any]) -> None:
    """Also where nothing is computed because of it: who mistyped a time puts it right."""
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "", "organisation": "bank", **ground}
    incidents.state_fact(name="event.aware", text="2026-12-18 20:00", **said)
    client = enter(Role.CONTACT, "bank")
    text = client.get(_page(incident)).content.decode()
    assert "only=event.aware" in text
    assert "only=org." not in text, "facts of the organisation are stated by its manager"
    asked = client.get(_page(incident), {"only": "event.aware"}).content.decode()
    assert 'name="only" value="event.aware"' in asked
    assert 'name="only"' not in client.get(_page(incident), {"only": "org.nis2_class"}).content.decode()
    client.post(_page(incident), {"act": "answer", "only": "event.aware", "event.aware": "2026-12-18T22:45"})
    text = client.get(_page(incident)).content.decode()
    assert "Nothing is computed before this is put right" not in text
    client.post(_page(incident), {"act": "unknown", "only": "event.aware"})
    last = incident.facts.filter(organisation="bank", name="event.aware").order_by("id").last()
    assert last is not None
    assert last.value is None


def test_the_report_goes_to_this_authority_where_it_takes_it(
    incident: Incident, enter: Any, ground: dict[str, Any], settings: Any
) -> None:
    one = _start(incident, ground)
    client, place = enter(Role.CONTACT, "bank"), reverse("obligation", args=[one.pk])
    assert 'value="hand-in"' not in client.get(place).content.decode()
    settings.TUTELA = settings.TUTELA.model_copy(update={"receives": "*"})
    text = client.get(place).content.decode()
    assert 'value="hand-in" disabled' in text
    assert "Write the draft first" in text


@pytest.mark.usefixtures("now_is")
def test_what_was_said_to_be_handed_in_is_taken_back_on_its_page(
    incident: Incident, enter: Any, ground: dict[str, Any]
) -> None:
    one = _start(incident, ground)
    client, place = enter(Role.CONTACT, "bank"), reverse("obligation", args=[one.pk])
    actions.submit(obligation=one.pk, at=ground["now"], proof="4711", **as_(ANALYST, ground))
    assert 'value="take-back"' in client.get(place).content.decode()
    client.post(place, {"act": "take-back", "reason": "It was another report."})
    one.refresh_from_db()
    assert one.state == "running"
    incident_page = client.get(reverse("incident", args=[incident.pk])).content.decode()
    assert "It was another report." in incident_page


def test_people_of_an_organisation_see_a_clock_that_rests_on_what_they_do_not_see(
    incident: Incident, enter: Any, ground: dict[str, Any]
) -> None:
    one = _start(incident, ground)
    Fact.objects.filter(incident=incident, organisation="bank").delete()
    client = enter(Role.CONTACT, "bank")
    text = client.get(_page(incident)).content.decode()
    assert str(one.pk) in text
    assert "does not ask for it" not in client.get(reverse("obligation", args=[one.pk])).content.decode()


@pytest.mark.usefixtures("now_is")
def test_the_way_of_a_report_from_draft_to_submission(incident: Incident, enter: Any, ground: dict[str, Any]) -> None:
    one = _start(incident, ground)
    place = reverse("obligation", args=[one.pk])
    client = enter(Role.CONTACT, "bank")
    assert "The payments stand still" in client.get(place).content.decode()  # the draft begins with what is known
    texts = {f"text-{number}": f"point {number}" for number in range(len(one.content))}
    client.post(place, {"act": "draft", **texts, "remarks": "<script>alert(1)</script>"})
    text = client.get(place).content.decode()
    assert "point 0" in text
    assert "<script>alert" not in text
    printed = client.get(reverse("report-of-obligation", args=[one.pk]))
    assert "point 0" in printed.content.decode()
    told = json.loads(client.get(reverse("report-of-obligation", args=[one.pk]), {"format": "json"}).content)
    assert (told["regime"], told["version"], told["points"][0]["text"]) == (DORA, 1, "point 0")
    client.post(place, {"act": "submit", "at": "2026-12-19T03:30", "proof": "receipt 4711"})
    one.refresh_from_db()
    assert (one.state, one.proof) == ("submitted", "receipt 4711")
    assert "receipt 4711" in client.get(place).content.decode()


@pytest.mark.usefixtures("now_is")
def test_a_clock_that_runs_otherwise_is_shown_and_set_by_hand(
    incident: Incident, enter: Any, ground: dict[str, Any]
) -> None:
    one = _start(incident, ground)
    said: dict[str, Any] = {"incident": incident.pk, "evidence": "", "organisation": "bank", **ground}
    incidents.state_fact(name="event.determined", text="2026-12-19T04:00:00+01:00", **said)
    client = enter(Role.ANALYST)
    assert "the clock runs otherwise" in client.get(_page(incident)).content.decode()
    place = reverse("obligation", args=[one.pk])
    assert "By what is known now it would be due" in client.get(place).content.decode()
    client.post(place, {"act": "set"})
    assert "By what is known now it would be due" not in client.get(place).content.decode()


def test_the_list_is_narrowed_down_by_when_it_is_due(incident: Incident, enter: Any, ground: dict[str, Any]) -> None:
    one = _start(incident, ground)
    client = enter(Role.ANALYST)
    for days, found in ((-1, {"overdue"}), (0.5, {"day", "week"}), (3, {"week"}), (9, set())):
        Obligation.objects.update(due=timezone.now() + timedelta(days=days))
        for when in ("overdue", "day", "week"):
            shown = client.get(reverse("obligations"), {"when": when}).content.decode()
            assert (str(one.pk) in shown) is (when in found), (days, when)


def test_a_calendar_is_for_a_token_that_may_see_obligations_and_no_more(
    incident: Incident, enter: Any, ground: dict[str, Any]
) -> None:
    one = _start(incident, ground)
    client = enter(Role.MANAGER, "bank")
    user: User = client.get(reverse("obligations")).wsgi_request.user
    place: dict[str, Any] = {name: ground[name] for name in ("by", "basis")} | {"now": timezone.now()}
    made: dict[str, Any] = {"user": user, "name": "calendar", "holds": timedelta(days=1), **place}
    good = people.issue_token(scopes=[Right.SEE_OBLIGATIONS], **made)
    more = people.issue_token(scopes=[Right.SEE_OBLIGATIONS, Right.SEE_FINDINGS], **made)
    client.logout()
    answer = client.get(reverse("calendar", args=[good]))
    text = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"].startswith("text/calendar")
    assert "DTEND:20261219T073000Z" in text
    assert f"UID:{one.pk}@tutela" in text
    assert "SUMMARY:Initial notification: The bank" in text
    for secret in (more, "nobody-made-this"):
        assert client.get(reverse("calendar", args=[secret])).status_code == 404


@pytest.mark.usefixtures("now_is")
def test_programs_can_do_all_that_the_pages_can(incident: Incident, enter: Any) -> None:
    client = enter(Role.HEAD)
    base = "/api/v1/obligations"
    told = client.get(f"{base}/incidents/{incident.pk}", {"organisation": "bank"}).json()
    row = next(one for one in told["rows"] if (one["regime"], one["stage"]) == (DORA, "initial"))
    assert row["due"] == "2026-12-19T08:30:00+01:00"

    def post(place: str, **values: Any) -> Any:
        return client.post(f"{base}{place}", json.dumps(values), content_type="application/json")

    facts = post(f"/incidents/{incident.pk}/facts", organisation="bank", facts={"inc.users": "7"}, evidence="a call")
    assert facts.status_code == 200
    wrong = post(f"/incidents/{incident.pk}/facts", organisation="bank", facts={"inc.users": "many"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong-use")
    started = post("", incident=str(incident.pk), organisation="bank", regime=DORA, stage="initial")
    assert started.status_code == 201
    one = started.json()
    assert post("", incident=str(incident.pk), organisation="bank", regime=DORA, stage="initial").status_code == 409
    assert post(f"/{one['id']}/drafts", texts=["x"] * len(one["content"])).status_code == 201
    assert post(f"/{one['id']}/approve", number=1).status_code == 403
    assert post(f"/{one['id']}/set").status_code == 409
    assert post(f"/{one['id']}/submit", proof="receipt").json()["state"] == "submitted"
    assert post(f"/{one['id']}/stop", reason="late").status_code == 409
    assert [item["stage"] for item in client.get(base).json()["items"]] == ["initial"]


def test_questions_that_somebody_may_not_answer_are_not_asked(incident: Incident, ground: dict[str, Any]) -> None:
    del ground
    bank = queries.organisations_in(incident, ANALYST)[0]
    found = assess(incident, bank, MANAGER, as_(ANALYST, {})["now"])
    contact = MANAGER.__class__(MANAGER.actor, ("bank",), Role.CONTACT)
    assert any(name.startswith("org.") for name in questions(found, MANAGER))
    assert not any(name.startswith("org.") for name in questions(found, contact))
