"""The pages of findings: what a feed says is text, and steps are taken by those who may."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest
from django.test import Client

from tests.making import a_finding
from tutela.apps.constituency.models import Organisation
from tutela.apps.findings.models import Finding
from tutela.apps.people.models import Membership, User

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = UUID("a0000000-0000-4000-a000-000000000001")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def world(pages: None) -> None:
    for name in ("bank", "clinic"):
        Organisation.objects.create(
            global_id=name, names={"en": HOSTILE}, path=f"/{name}/", sector=HOSTILE, words=HOSTILE, imported=DAY
        )
    a_finding(
        "bank",
        seen=DAY,
        feed=HOSTILE,
        id=FIRST,
        asset_type="url",
        asset_key=HOSTILE,
        classification_type="phishing",
        malware_name=HOSTILE,
    ).save()


def client(role: str, *organisations: str) -> Client:
    user = User.objects.create(email=f"{role}{len(organisations)}@example.org", role=role)
    Membership.objects.bulk_create([Membership(user=user, organisation=one) for one in organisations])
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize(
    "address",
    [
        "/findings/",
        f"/findings/{FIRST}/",
        "/organisations/",
        f"/search/?q={HOSTILE}",
        f"/findings/?text={HOSTILE}&below={HOSTILE}",
        f"/findings/?network={HOSTILE}&sort={HOSTILE}&cursor={HOSTILE}",
    ],
)
def test_what_comes_from_outside_is_text_and_nothing_else(address: str) -> None:
    elements = Elements()
    elements.feed(client("head").get(address).content.decode())
    assert elements.found
    assert [
        name for name, given in elements.found if name == "script" and not given.get("src", "").startswith("/")
    ] == []
    assert [given for _, given in elements.found if any(name == "style" or name[:2] == "on" for name in given)] == []
    assert [given for name, given in elements.found if name == "img"] == []


class Elements(HTMLParser):
    """The elements of a page with what is given for them, as a browser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def test_a_step_is_taken_on_the_page_and_told() -> None:
    browser = client("analyst")
    answer = browser.post(f"/findings/{FIRST}/", {"act": "acknowledge"}, follow=True)
    assert "1 finding took the step." in answer.content.decode()
    assert Finding.objects.get().state == "acknowledged"
    refused = browser.post(f"/findings/{FIRST}/", {"act": "dispute"}, follow=True).content.decode()
    assert "needs end and reason" in refused
    wrong = browser.post("/findings/step/", {"act": "close", "chosen": [str(FIRST)]}, follow=True)
    assert wrong.status_code == 200
    assert Finding.objects.get().state == "acknowledged"


def test_an_organisation_that_nobody_knows_gives_an_empty_list_and_a_sentence() -> None:
    page = client("analyst").get("/findings/?below=nobody&state=open").content.decode()
    assert "there is no organisation &#x27;nobody&#x27;" in page
    assert "Nothing fits these filters" in page


def test_a_file_is_what_the_page_shows_or_none_at_all() -> None:
    """A filter that cannot be is told, not passed over: a file would hold more than was asked for."""
    answer = client("analyst").get("/findings/?format=csv&state=gone")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "This is none of the choices." in answer.content.decode()
    assert client("head").get("/findings/?format=csv&state=closed").getvalue().count(b"\r\n") == 1


def test_a_place_that_cannot_be_found_leaves_the_filters_as_they_are() -> None:
    page = client("analyst").get("/findings/?state=closed&cursor=nonsense").content.decode()
    assert "this page of the list cannot be found" in page
    assert f"/findings/{FIRST}/" not in page


def test_many_are_chosen_and_what_is_no_id_is_passed_over() -> None:
    browser = client("analyst")
    given = {"act": "claim", "chosen": [str(FIRST), "nonsense", str(UUID(int=9))], "back": "state=open"}
    answer = browser.post("/findings/step/", given)
    assert answer.headers["Location"] == "/findings/?state=open"
    assert Finding.objects.get().state == "claimed"
    none = browser.post("/findings/step/", {"act": "claim"}, follow=True)
    assert "Choose some findings first." in none.content.decode()


def test_what_is_others_is_not_there() -> None:
    clinic = client("organisation-manager", "clinic")
    assert clinic.get(f"/findings/{FIRST}/").status_code == 404
    assert clinic.post(f"/findings/{FIRST}/", {"act": "claim"}).status_code == 404
    clinic.post("/findings/step/", {"act": "claim", "chosen": [str(FIRST)]})
    assert Finding.objects.get().state == "new"
    assert "phishing ·" not in clinic.get("/findings/").content.decode()
    assert clinic.get("/findings/?format=csv").getvalue().count(b"\r\n") == 1
    assert client("organisation-contact").get("/findings/?format=csv").getvalue().count(b"\r\n") == 1


def test_an_auditor_changes_nothing() -> None:
    auditor = client("auditor")
    assert "Claim fixed" not in auditor.get(f"/findings/{FIRST}/").content.decode()
    answer = auditor.post(f"/findings/{FIRST}/", {"act": "claim"}, follow=True).content.decode()
    assert "this needs the right findings.claim" in answer
    assert Finding.objects.get().state == "new"


def test_a_form_without_its_token_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create(email="dana@example.org", role="analyst"))
    assert browser.post(f"/findings/{FIRST}/", {"act": "claim"}).status_code == 403
    assert Finding.objects.get().state == "new"


def test_who_has_not_signed_in_is_led_to_the_sign_in() -> None:
    for address in ("/", "/findings/", f"/findings/{FIRST}/", "/organisations/", "/feeds/", "/ledger/", "/people/"):
        answer = Client().get(address)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/login/")
