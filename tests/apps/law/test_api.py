"""Programs read the law, state what an organisation is, and confirm what somebody read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.law.test_pages import a_link, signed_in
from tutela.apps.law import queries
from tutela.apps.law.models import Confirmation, Statement

if TYPE_CHECKING:
    from django.test import Client

    from tutela.apps.constituency.models import Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]


@pytest.fixture
def officer() -> Client:
    return signed_in("legal-officer")


def _post(client: Client, place: str, body: dict[str, Any]) -> Any:
    return client.post(f"/api/v1/{place}", body, content_type="application/json")


def test_the_list_is_that_of_the_page(officer: Client) -> None:
    found = officer.get("/api/v1/laws?jurisdiction=CN&status=in force").json()
    assert [one["key"] for one in found["items"]] == [
        name for name in queries.library().versions if name.startswith("cn.")
    ]
    assert found["items"][0]["confidence"] in "PSM"
    assert officer.get("/api/v1/laws?confidence=X").status_code == 422
    assert officer.get("/api/v1/laws?colour=red").status_code == 422


def test_one_law_is_told_as_its_file_says_it(officer: Client) -> None:
    found = officer.get("/api/v1/laws/eu.dora.art19").json()
    assert found["versions"][0]["stages"][0]["id"] == "initial"
    assert found["goes_before"] == ["eu.nis2.art23", "eu.nis2.ir2024_2690"]
    assert {one["part"] for one in found["parts"]} >= {"who", "trigger", "validity", "time_rule", "stage.initial"}
    assert officer.get("/api/v1/laws/no.such").status_code == 404


def test_what_was_read_is_confirmed_once(officer: Client) -> None:
    link = a_link()
    body = {"digest": link.digest, "source": "OJ L 119"}
    answer = _post(officer, "laws/eu.led.art30/confirmations", body)
    assert answer.status_code == 201
    part = next(one for one in answer.json()["parts"] if one["digest"] == link.digest)
    assert (part["unverified"], part["confirmation"]["source"]) == (False, "OJ L 119")
    assert _post(officer, "laws/eu.led.art30/confirmations", body).status_code == 409
    assert _post(signed_in("head"), "laws/eu.led.art30/confirmations", body).status_code == 403
    assert Confirmation.objects.count() == 1


def test_what_is_stated_says_what_binds(bank: Organisation, officer: Client) -> None:
    place = f"organisations/{bank.pk}/statements"
    facts = {"org.nis2_class": "essential", "org.dora_financial_entity": True, "org.au_turnover_aud": 3_000_000}
    answer = _post(officer, place, {"facts": facts, "evidence": "register"})
    assert answer.status_code == 201
    regimes = {one["regime"]: one for one in answer.json()["regimes"]}
    assert (regimes["eu.dora.art19"]["binds"], regimes["eu.nis2.art23"]["binds"]) == ("yes", "yields")
    assert regimes["eu.nis2.art23"]["before"][0]["regime"] == "eu.dora.art19"
    assert {one["name"]: one["value"] for one in answer.json()["statements"]} == facts
    again = _post(officer, place, {"facts": {"org.nis2_class": None}}).json()
    assert "org.nis2_class" in {one["fact"] for one in again["questions"]}
    assert again == officer.get(f"/api/v1/organisations/{bank.pk}/law").json()


@pytest.mark.parametrize(
    "facts", [{}, {"org.nothing": True}, {"org.controller": "perhaps"}, {"org.au_turnover_aud": 1e300}]
)
def test_what_cannot_be_is_refused(bank: Organisation, officer: Client, facts: dict[str, Any]) -> None:
    answer = _post(officer, f"organisations/{bank.pk}/statements", {"facts": facts})
    assert answer.status_code == 422
    assert not Statement.objects.exists()
