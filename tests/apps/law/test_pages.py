"""The pages of the law: anybody reads it, a legal officer confirms it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tutela.apps.constituency.models import Organisation
from tutela.apps.law import queries, telling
from tutela.apps.law.models import Confirmation, Statement
from tutela.apps.people.models import User
from tutela.core.law.links import links

if TYPE_CHECKING:
    from pathlib import Path

    from tutela.core.law.links import Link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]

HOSTILE = "<script>alert(1)</script>"


def signed_in(role: str) -> Client:
    browser = Client()
    browser.force_login(User.objects.create(email=f"{role}@example.org", role=role))
    return browser


@pytest.fixture
def analyst() -> Client:
    return signed_in("analyst")


@pytest.fixture
def officer() -> Client:
    return signed_in("legal-officer")


def text_of(answer: Any) -> str:
    return str((b"".join(answer) if answer.streaming else answer.content).decode())


def a_link(regime: str = "eu.led.art30") -> Link:
    versions = queries.versions_of(regime)
    return next(one for one in links(versions[-1]) if one.confidence == "M")


def test_the_list_shows_all_and_can_be_narrowed_down(analyst: Client) -> None:
    regimes = set(queries.library().versions)
    assert all(f"/laws/{name}/" in text_of(analyst.get("/laws/")) for name in regimes)
    found = text_of(analyst.get("/laws/?jurisdiction=EU&text=nis 2"))
    assert "/laws/eu.nis2.art23/" in found
    assert "/laws/cn.mlps/" not in found
    assert "/laws/uk.csr_bill/" in text_of(analyst.get("/laws/?status=proposed"))
    assert "/laws/eu.dora.art19/" not in text_of(analyst.get("/laws/?confidence=M"))
    assert "none of the choices" in text_of(analyst.get("/laws/?confidence=X"))


def test_the_list_is_a_file_too(analyst: Client) -> None:
    lines = text_of(analyst.get("/laws/?format=csv&jurisdiction=CN")).splitlines()
    assert lines[0] == "instrument,regime,jurisdiction,status,from,stages,confidence,unverified"
    assert len(lines) == 1 + sum(name.startswith("cn.") for name in queries.library().versions)


def test_every_regime_has_a_page_that_says_what_it_is(analyst: Client) -> None:
    for versions in queries.library().versions.values():
        law = versions[-1].instrument
        answer = analyst.get(f"/laws/{law.id}/")
        assert answer.status_code == 200, law.id
        assert law.id in text_of(answer)
        assert 'class="chart course"' in text_of(answer), law.id


def test_a_page_draws_its_course_and_says_which_law_goes_before_it(analyst: Client) -> None:
    text = text_of(analyst.get("/laws/eu.nis2.art23/"))
    assert "1 month after: submitted · Incident notification" in text
    assert 'href="/laws/eu.dora.art19/"' in text
    assert "It goes before" in text_of(analyst.get("/laws/eu.dora.art19/"))


def test_what_is_known_from_memory_is_unverified_until_an_officer_has_read_it(analyst: Client, officer: Client) -> None:
    link = a_link()
    place = "/laws/eu.led.art30/"
    assert "unverified" in text_of(analyst.get(place))
    assert link.digest not in text_of(analyst.get(place)), "only who may confirm is asked to"
    assert link.digest in text_of(officer.get(place))
    answer = officer.post(place, {"digest": link.digest, "source": f"OJ L 119, {HOSTILE}"})
    assert answer["Location"] == place
    assert Confirmation.objects.get().part == link.part
    after = text_of(analyst.get(place))
    assert "unverified" not in after
    assert "legal-officer@example.org" in after
    assert HOSTILE not in after
    listed = queries.regime_by("eu.led.art30", Confirmation.objects.get().confirmed.date())
    assert listed is not None
    assert listed.unverified == 0


def test_who_is_no_legal_officer_confirms_nothing(analyst: Client) -> None:
    analyst.post("/laws/eu.led.art30/", {"digest": a_link().digest, "source": "OJ"})
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize("given", [{}, {"digest": "0" * 64}, {"digest": "x", "source": "OJ"}])
def test_a_confirmation_says_what_was_read_and_where(officer: Client, given: dict[str, str]) -> None:
    assert "Say where you read it" in text_of(officer.post("/laws/eu.led.art30/", given, follow=True))
    told = text_of(officer.post("/laws/eu.led.art30/", {"digest": "0" * 64, "source": "OJ"}, follow=True))
    assert "the library does not say this" in told
    assert not Confirmation.objects.exists()


def test_what_changes_has_a_page(analyst: Client) -> None:
    assert "/laws/us.circia/" in text_of(analyst.get("/laws/changes/"))


@pytest.mark.parametrize(
    ("day", "place"), [(date(2027, 5, 12), "coming"), (date(2027, 5, 13), "was"), (date(2028, 2, 29), "was")]
)
def test_what_is_to_come_has_been_once_its_day_is_there(day: date, place: str) -> None:
    assert "in.dpdp.rule7" in {one["regime"] for one in telling.dates(day)[place]}
    assert "in.dpdp.rule7" not in {one["regime"] for one in telling.dates(date(2030, 1, 1))["was"]}


def test_no_such_law(analyst: Client) -> None:
    assert analyst.get("/laws/no.such/").status_code == 404


def test_in_chinese_names_are_chinese_and_texts_are_marked_as_english(analyst: Client) -> None:
    text = text_of(analyst.get("/laws/eu.nis2.art23/", headers={"accept-language": "zh-hans"}))
    assert "号指令（NIS 2）" in text
    assert "24 小时" in text
    assert '<p lang="en">Entities that are essential' in text


def _place(bank: Organisation) -> str:
    return f"/organisations/{bank.pk}/law/"


def test_what_is_known_of_an_organisation_says_what_binds_it(bank: Organisation, officer: Client) -> None:
    assert "Nothing yet, as far as is known" in text_of(officer.get(_place(bank)))
    said = {"org.nis2_class": "essential", "org.dora_financial_entity": "yes", "evidence": f"register {HOSTILE}"}
    answer = officer.post(_place(bank), said, follow=True)
    text = text_of(answer)
    assert "2 facts were stated." in text
    assert [one["law"].id for one in answer.context["groups"]["binds"]] == ["eu.dora.art19", "eu.nis2.art23"]
    assert "Goes before it:" in text
    assert HOSTILE not in text
    asked = {one["name"] for one in [*answer.context["asked"], *answer.context["asked_later"]]}
    assert not asked & set(said)


def test_a_fact_is_stated_anew_and_what_was_before_stays_visible(bank: Organisation, officer: Client) -> None:
    for text in ("essential", "none"):
        officer.post(_place(bank), {"name": "org.nis2_class", "text": text, "evidence": ""})
    answer = officer.get(_place(bank))
    assert [[one["value"] for one in each] for each in answer.context["stated"]] == [["none", "essential"]]
    assert "eu.nis2.art23" in [one["law"].id for one in answer.context["groups"]["no"]]


def test_what_is_wrong_is_said_and_what_was_written_is_kept(bank: Organisation, officer: Client) -> None:
    answer = officer.post(_place(bank), {"org.au_turnover_aud": "much", "evidence": "their report"})
    text = text_of(answer)
    assert "is no number" in text
    assert 'value="their report"' in text
    assert 'value="much"' in text
    assert "Nothing was answered" in text_of(officer.post(_place(bank), {}))
    assert not Statement.objects.exists()


def test_an_empty_choice_is_an_answer_and_an_empty_field_is_none(bank: Organisation, officer: Client) -> None:
    officer.post(_place(bank), {"org.ir2690_type": "-", "org.nis2_class": ""})
    assert list(Statement.objects.values_list("name", "value")) == [("org.ir2690_type", "")]


def test_what_rests_on_memory_is_unverified_here_too(bank: Organisation, officer: Client) -> None:
    answer = officer.post(_place(bank), {"org.za_responsible_party": "yes"}, follow=True)
    assert [one["is_unverified"] for one in answer.context["groups"]["binds"]] == [True]
    for link in links(queries.versions_of("za.popia.22")[-1]):
        if link.confidence == "M":
            officer.post("/laws/za.popia.22/", {"digest": link.digest, "source": "the Act"})
    assert [one["is_unverified"] for one in officer.get(_place(bank)).context["groups"]["binds"]] == [False]


def test_where_the_country_is_not_known_it_is_asked_first(bank: Organisation, officer: Client) -> None:
    Organisation.objects.update(jurisdiction="XX")
    assert officer.get(_place(bank)).context["asked"][0]["name"] == "country"
    officer.post(_place(bank), {"country": "CN"})
    answer = officer.get(_place(bank))
    assert answer.context["asked"][0]["regimes"][0]["id"].startswith("cn.")
    assert {one["law"].jurisdiction for one in answer.context["groups"]["near"]} == {"CN"}


def test_an_auditor_reads_and_states_nothing(bank: Organisation) -> None:
    auditor = signed_in("auditor")
    assert 'type="radio"' not in text_of(auditor.get(_place(bank)))
    auditor.post(_place(bank), {"org.controller": "yes"})
    assert not Statement.objects.exists()


def test_the_page_of_an_organisation_leads_here(bank: Organisation, analyst: Client) -> None:
    assert f'href="{_place(bank)}"' in text_of(analyst.get(f"/organisations/{bank.pk}/"))


OVERLAY = """
id: lu.nis2
version: 1
overlays: eu.nis2.art23
country: LU
instrument: {en: The law that brings NIS 2 into the law of the country}
article: Article 14
status: in force
validity: {from: '2026-01-01', citation: Article 30, confidence: S, sources: [memory]}
knowledge: '2026-11-22'
stages:
- id: early_warning
  title: {en: Early warning}
  due: {within: 12 hours, from: aware}
  recipient: The national CSIRT
  citation: Article 14(1)
  confidence: M
  sources: [memory]
"""


def test_what_a_country_has_put_in_is_shown_and_confirmed_too(officer: Client, home: Path) -> None:
    place = "/laws/eu.nis2.art23/"
    assert 'id="source-' not in text_of(officer.get(place))
    (home / "laws").mkdir(parents=True)
    (home / "laws" / "lu.yaml").write_text(OVERLAY, encoding="utf-8")
    text = text_of(officer.get(place))
    assert "lu.nis2" in text
    link = next(one for one in queries.parts_of(queries.versions_of("eu.nis2.art23")[0]) if one.confidence == "M")
    assert link.digest in text
    officer.post(place, {"digest": link.digest, "source": "the gazette"})
    assert Confirmation.objects.get().part == "stage.early_warning"
    was = telling.dates(date(2026, 6, 1))["was"]
    assert ("eu.nis2.art23", "lu.nis2") in {(one["regime"], one["overlay"]) for one in was}


def test_a_value_that_the_library_does_not_take_any_more_is_a_question_again(
    bank: Organisation, officer: Client
) -> None:
    officer.post(_place(bank), {"org.nis2_class": "essential"})
    Statement.objects.update(value="huge")
    answer = officer.get(_place(bank))
    assert answer.status_code == 200
    assert "org.nis2_class" in {one["name"] for one in [*answer.context["asked"], *answer.context["asked_later"]]}
