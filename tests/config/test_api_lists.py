"""The lists of the interface are those of the pages; and an incident is opened, written into and read by a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jsonschema
import pytest
from django.test import Client

from tests.config.tree import ADDRESSES, Tree, mark
from tutela.core.rights import RIGHTS, Right, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]

LISTS: Final = {"organisations": "name", "incidents": "title", "notices": "subject"}


@pytest.fixture
def tree(pages: None, home: Path) -> Tree:
    return Tree()


@pytest.fixture
def ask(tree: Tree) -> Callable[..., Any]:
    """Asks as somebody of a role, with all that they may, and holds the answer against the description."""
    described = Client().get("/api/v1/openapi.json").json()
    secrets = {
        role: tree.token(tree.people[role], *(right for right in Right if role in RIGHTS[right]))[1] for role in Role
    }

    def run(place: str, role: Role = Role.ANALYST, *, post: Any = None, **asked: Any) -> Any:
        headers = {"Authorization": f"Bearer {secrets[role]}"}
        url = f"/api/v1/{place}"
        if post is None:
            answer = Client().get(url, asked, headers=headers)
        else:
            answer = Client().post(url, post, content_type="application/json", headers=headers)
        parts = ["{identifier}" if "-" in part and len(part) == 36 else part for part in url.split("/")]
        documented = described["paths"]["/".join(parts)]["get" if post is None else "post"]["responses"]
        ((kind, form),) = documented[str(answer.status_code)]["content"].items()
        assert answer["Content-Type"].split(";")[0] == kind
        jsonschema.validate(answer.json(), {**form["schema"], "components": described["components"]})
        return answer

    return run


def items(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.parametrize("name", LISTS)
def test_each_sees_their_own(ask: Callable[..., Any], name: str) -> None:
    def seen(role: Role) -> set[str]:
        return {one for one in ADDRESSES for row in items(ask(name, role)) if mark(one) in row[LISTS[name]]}

    assert seen(Role.AUDITOR) == set(ADDRESSES)
    assert seen(Role.CONTACT) == {"bank", "branch"}


@pytest.mark.parametrize("name", LISTS)
def test_whoever_follows_next_gets_every_row_once_in_any_order(ask: Callable[..., Any], name: str) -> None:
    wanted = sorted(one["key"] for one in items(ask(name)))
    described = Client().get("/api/v1/openapi.json").json()["paths"][f"/api/v1/{name}"]["get"]
    sorts = next(one for one in described["parameters"] if one["name"] == "sort")["schema"]["enum"]
    assert len(sorts) > 2
    for sort in sorts:
        keys: list[str] = []
        cursor = ""
        while True:
            answer = ask(name, sort=sort, limit="2", cursor=cursor)
            keys += [one["key"] for one in items(answer)]
            cursor = answer.json()["next"]
            if not cursor:
                break
        assert sorted(keys) == wanted, sort


@pytest.mark.parametrize(
    ("name", "asked", "count"),
    [
        ("organisations", {"text": "clinic"}, 1),
        ("organisations", {"sector": "sector-mark-of-bank"}, 1),
        ("incidents", {"text": "clinic"}, 1),
        ("incidents", {"state": "closed"}, 0),
        ("incidents", {"below": "group"}, 3),
        ("notices", {"below": "bank"}, 2),
        ("notices", {"state": "sent"}, 0),
    ],
)
def test_it_is_narrowed_down_as_the_page_is(
    ask: Callable[..., Any], name: str, asked: dict[str, str], count: int
) -> None:
    assert len(items(ask(name, **asked))) == count


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "nothing"},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "٣"},
        {"nothing": "1"},
        {"cursor": "x"},
        {"state": "nothing", "criticality": "nothing"},
    ],
)
def test_what_cannot_be_asked_is_a_problem(ask: Callable[..., Any], name: str, asked: dict[str, str]) -> None:
    answer = ask(name, **asked)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_all_that_is_wrong_is_told_at_once(ask: Callable[..., Any]) -> None:
    told = ask("incidents", state="nothing", sort="nothing", limit="0", severity="9").json()["detail"]
    assert all(f"{name}:" in told for name in ("state", "sort", "limit", "severity"))


def test_words_are_the_same_in_every_language(tree: Tree) -> None:
    client = Client()
    client.force_login(tree.people[Role.HEAD])
    for name in LISTS:
        english, chinese = (
            client.get(f"/api/v1/{name}", headers={"Accept-Language": language}).json()
            for language in ("en", "zh-hans")
        )
        assert english["items"] == chinese["items"]


def organisations(file: dict[str, Any]) -> list[str]:
    return [one["organisation"] for one in file["organisations"]]


def test_a_program_opens_an_incident_and_writes_into_it(tree: Tree, ask: Callable[..., Any]) -> None:
    finding = str(tree.finding("bank").pk)
    said = {"title": "Two machines", "type": "infected-system", "severity": 4, "findings": [finding]}
    opened = ask("incidents", post=said)
    assert opened.status_code == 201
    file = opened.json()
    assert (file["severity"], file["tlp"], organisations(file)) == ("high", "AMBER", ["bank"])
    place = f"incidents/{file['id']}"
    written = ask(f"{place}/entries", post={"text": "Seen again.", "audience": "affected"})
    assert [one["act"] for one in written.json()["entries"]] == ["open", "write"]
    assert ask(place).json() == written.json()
    assert ask(place, Role.CONTACT).status_code == 404, "it was not shared with them"
    assert ask(place, Role.AUDITOR).json()["findings"] == [finding]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CONTACT, Role.ADMINISTRATOR])
def test_who_may_not_changes_nothing(tree: Tree, ask: Callable[..., Any], role: Role) -> None:
    place = f"incidents/{tree.incident('bank').pk}"
    before = ask(place).json()
    assert ask("incidents", role, post={"title": "x", "type": "other", "severity": 1}).status_code == 403
    # people of an organisation write too, for theirs alone and in what was shared with them
    refused = 422 if role is Role.CONTACT else 403
    assert ask(f"{place}/entries", role, post={"text": "x"}).status_code == refused
    assert ask(place).json() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": " "},
        {"type": "nothing"},
        {"severity": 6},
        {"tlp": -1},
        {"owner": "x"},
        {"findings": ["x"]},
    ],
)
def test_an_incident_that_cannot_be_is_a_problem(ask: Callable[..., Any], wrong: dict[str, Any]) -> None:
    said = {"title": "x", "type": "other", "severity": 1} | wrong
    assert ask("incidents", post=said).status_code == 422


def test_people_of_an_organisation_read_what_was_shared_alone(tree: Tree, ask: Callable[..., Any]) -> None:
    file = ask(f"incidents/{tree.incident('bank').pk}", Role.CONTACT).json()
    assert [one["text"] for one in file["entries"]] == [mark("bank")]
    assert (file["facts"], organisations(file)) == ([], ["bank"])
