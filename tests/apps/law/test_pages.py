"""The pages of the law: anybody reads it, a legal officer confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tutela.apps.law import queries
from tutela.apps.law.models import Confirmation
from tutela.apps.people.models import User
from tutela.core.law.links import links

if TYPE_CHECKING:
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
    text = text_of(analyst.get("/laws/changes/"))
    assert "2027-05-13" in text
    assert "/laws/us.circia/" in text


def test_no_such_law(analyst: Client) -> None:
    assert analyst.get("/laws/no.such/").status_code == 404


def test_in_chinese_names_are_chinese_and_texts_are_marked_as_english(analyst: Client) -> None:
    text = text_of(analyst.get("/laws/eu.nis2.art23/", headers={"accept-language": "zh-hans"}))
    assert "号指令（NIS 2）" in text
    assert "24 小时" in text
    assert '<p lang="en">Entities that are essential' in text
