"""Views of lists that people save: an address under a name, and never more than they may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.people.models import Membership, SavedView, User

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]


@pytest.fixture
def enter() -> Callable[..., Client]:
    def run(email: str, role: str, *organisations: str) -> Client:
        user = User.objects.create(email=email, role=role)
        for one in organisations:
            Membership.objects.create(user=user, organisation=one)
        client = Client()
        client.force_login(user)
        return client

    return run


def save(client: Client, name: str = "Worst", question: str = "severity=4&sort=-last_seen", **more: Any) -> Any:
    return client.post("/people/views/", {"place": "findings", "name": name, "question": question, **more})


def text_of(client: Client, place: str = "/findings/") -> str:
    return str(client.get(place).content.decode())


def test_a_view_is_found_again_under_its_name(enter: Any) -> None:
    client = enter("ana@example.org", "analyst")
    answer = save(client, question="severity=4&cursor=x&format=csv")
    assert answer["Location"] == "/findings/?severity=4"
    assert "Worst" in text_of(client)
    assert 'aria-current="true">Worst' in text_of(client, answer["Location"])
    assert "Worst" not in text_of(client, "/incidents/")
    assert LedgerEntry.objects.filter(action="people.save-view").count() == 1
    save(client, question="severity=5")
    assert SavedView.objects.get().question == "severity=5"


def test_views_are_of_one_person_unless_they_share_them_with_the_authority(enter: Any) -> None:
    ana, ben = enter("ana@example.org", "analyst"), enter("ben@example.org", "head")
    kim = enter("kim@bank.example", "organisation-manager", "bank")
    save(ana, "Mine")
    save(ana, "Ours", shared="1")
    assert ["Mine" in text_of(one) for one in (ana, ben, kim)] == [True, False, False]
    assert ["Ours" in text_of(one) for one in (ana, ben, kim)] == [True, True, False]
    User.objects.filter(email="ana@example.org").update(role="organisation-contact")
    assert "Ours" not in text_of(ben)
    save(kim, "Theirs", shared="1")
    assert not SavedView.objects.filter(name="Theirs").exists()


def test_nobody_takes_anothers_view_away(enter: Any) -> None:
    ana, ben = enter("ana@example.org", "analyst"), enter("ben@example.org", "head")
    save(ana, shared="1")
    which = str(SavedView.objects.get().pk)
    ben.post("/people/views/", {"do": "delete", "which": which})
    assert SavedView.objects.count() == 1
    assert ana.post("/people/views/", {"do": "delete", "which": which})["Location"] == "/findings/"
    assert SavedView.objects.count() == 0
    assert ana.post("/people/views/", {"do": "delete", "which": "nothing"}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"place": "people"}, {"place": "//evil.example"}, {"name": " "}, {"name": "x" * 81}, {"question": "x" * 2001}],
)
def test_what_is_no_view_is_refused_and_leads_nowhere_else(enter: Any, wrong: dict[str, str]) -> None:
    answer = save(enter("ana@example.org", "analyst"), **wrong)
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith("//")
    assert not SavedView.objects.exists()


def test_a_hostile_name_is_text(enter: Any) -> None:
    client = enter("ana@example.org", "analyst")
    save(client, "<script>alert(1)</script>", question='a="><script>')
    assert "<script>alert" not in text_of(client)
    assert '"><script>' not in text_of(client)


def test_there_is_a_limit(enter: Any) -> None:
    client = enter("ana@example.org", "analyst")
    for number in range(51):
        save(client, f"View {number}")
    assert SavedView.objects.count() == 50
