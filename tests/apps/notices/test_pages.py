"""The pages of notices: names in the language of who reads, text as text, and links that ask first."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tutela.apps.constituency.models import Organisation
from tutela.apps.findings.models import Finding
from tutela.apps.notices.models import Notice
from tutela.apps.notices.queries import answer_token
from tutela.apps.people.models import User
from tutela.core.findings.life import Act

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]


@pytest.fixture
def analyst() -> Client:
    browser = Client()
    browser.force_login(User.objects.create(email="analyst@example.org", role="analyst"))
    return browser


def test_the_plan_names_organisations_in_the_language_of_its_reader(found: Any, analyst: Client) -> None:
    Organisation.objects.filter(global_id="bank").update(names={"en": "The bank", "zh-Hans": "某银行"})
    found()
    for language, name in (("en", "The bank"), ("zh-hans", "某银行")):
        page = analyst.get("/notices/preview/", headers={"Accept-Language": language}).content.decode()
        assert name in page


def test_what_a_feed_says_is_text_in_a_notice(found: Any, compose: Any, analyst: Client) -> None:
    found(asset_type="url", asset_key="https://bad.example/<script>alert(1)</script>")
    compose()
    page = analyst.get(f"/notices/{Notice.objects.get().pk}/").content.decode()
    assert "bad.example/&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_one_that_is_held_says_why_and_can_be_let_go_by_who_may(found: Any, compose: Any, analyst: Client) -> None:
    found()
    compose()
    notice = Notice.objects.get()
    Notice.objects.update(state="held", error="OpenPGP ABCD is revoked")
    page = analyst.get(f"/notices/{notice.pk}/").content.decode()
    assert "OpenPGP ABCD is revoked" in page
    assert "Send in clear" in page
    auditor = Client()
    auditor.force_login(User.objects.create(email="auditor@example.org", role="auditor"))
    assert "Send in clear" not in auditor.get(f"/notices/{notice.pk}/").content.decode()
    assert auditor.post(f"/notices/{notice.pk}/in-clear/").status_code == 403
    assert not Notice.objects.get().in_clear
    analyst.get(f"/notices/{notice.pk}/in-clear/")
    assert not Notice.objects.get().in_clear
    assert analyst.post(f"/notices/{notice.pk}/in-clear/").status_code == 302
    notice = Notice.objects.get()
    assert (notice.in_clear, notice.state) == (True, "queued")


def test_a_link_asks_before_it_does_anything(found: Any, compose: Any) -> None:
    one = found()
    compose()
    place = f"/notices/answer/{answer_token(Notice.objects.get().pk, Act.ACKNOWLEDGE)}/"
    stranger = Client()
    for method in (stranger.get, stranger.head, stranger.options):
        method(place)
        assert Finding.objects.get(pk=one.pk).state == "new"
    assert "1 finding took the step" in stranger.post(place).content.decode()
    assert Finding.objects.get(pk=one.pk).state == "acknowledged"
    assert "Nothing was left to do" in stranger.post(place).content.decode()
    assert stranger.get("/notices/answer/acknowledge/").status_code == 404
