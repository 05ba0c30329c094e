"""The interface for programs: who may ask, every row page by page, problems, and that it is as it is described."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import jsonschema
import pytest
from django.test import Client
from django.utils import timezone
from ninja.openapi.schema import OpenAPISchema

from tests.config.tree import ADDRESSES, GROUND, Tree
from tutela.apps.findings.models import Finding
from tutela.apps.people import actions as people
from tutela.config.api import api
from tutela.core.rights import Right, Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pages")]

LIST: Final = "/api/v1/findings"
ABSENT: Final = UUID("00000000-0000-4000-8000-000000000000")
EVERYTHING: Final = tuple(Right)


@pytest.fixture
def tree(pages: None) -> Tree:
    return Tree()


@pytest.fixture
def described(client: Client) -> dict[str, Any]:
    """The description of the interface."""
    answer: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return answer


class Program:
    """Asks with a token, and holds every answer against the description."""

    def __init__(self, tree: Tree, described: dict[str, Any], role: Role = Role.ANALYST, *scopes: Right) -> None:
        self.described = described
        scopes = scopes or tuple(right for right in EVERYTHING if right is Right.SEE_FINDINGS)
        self.token, self.secret = tree.token(tree.people[role], *scopes)

    def step(self, finding: UUID, *, secret: str | None = None, **said: Any) -> Any:
        """Take a step with a finding."""
        place = f"{LIST}/{finding}/steps"
        headers = {"Authorization": f"Bearer {self.secret if secret is None else secret}"}
        answer = Client().post(place, said, content_type="application/json", headers=headers)
        conforms(answer, self.described)
        return answer

    def get(self, place: str = LIST, *, secret: str | None = None, **asked: Any) -> Any:
        secret = self.secret if secret is None else secret
        answer = Client().get(place, asked, headers={"Authorization": f"Bearer {secret}"})
        conforms(answer, self.described)
        return answer


@pytest.fixture
def program(tree: Tree, described: dict[str, Any]) -> Program:
    return Program(tree, described)


def conforms(answer: Any, described: dict[str, Any]) -> None:
    """The answer has a status that is described, and the form that is described for it."""
    *_, last = (path := answer.wsgi_request.path).rpartition("/")
    route = LIST if path == LIST else f"{LIST}/{{identifier}}" + ("/steps" if last == "steps" else "")
    documented = described["paths"][route][answer.wsgi_request.method.lower()]["responses"]
    assert str(answer.status_code) in documented, f"{answer.status_code} is not in the description"
    (content,) = documented[str(answer.status_code)]["content"].items()
    assert answer["Content-Type"].split(";")[0] == content[0]
    schema = content[1]["schema"]
    jsonschema.validate(answer.json(), {**schema, "components": described["components"]})


def is_problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    told: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail"} <= set(told)
    assert told["status"] == status
    assert told["detail"]
    assert "Traceback" not in answer.content.decode()
    return told


def assets(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["asset"] for item in answer.json()["items"]]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic eDp5"])
@pytest.mark.parametrize("place", [LIST, f"{LIST}/{ABSENT}"])
def test_without_a_token_or_a_session_it_says_so(client: Client, header: str | None, place: str) -> None:
    answer = client.get(place, headers={} if header is None else {"Authorization": header})
    is_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_lets_a_program_in(program: Program) -> None:
    assert set(assets(program.get())) == set(ADDRESSES.values())


def test_whoever_is_signed_in_may_ask_too(tree: Tree, client: Client, described: dict[str, Any]) -> None:
    client.force_login(tree.people[Role.CONTACT])
    answer = client.get(LIST)
    conforms(answer, described)
    assert set(assets(answer)) == {ADDRESSES["bank"], ADDRESSES["branch"]}


def test_a_token_counts_before_the_session_beside_it(tree: Tree, client: Client, described: dict[str, Any]) -> None:
    client.force_login(tree.people[Role.ANALYST])
    theirs = Program(tree, described, Role.CONTACT)
    answer = client.get(LIST, headers={"Authorization": f"Bearer {theirs.secret}"})
    assert set(assets(answer)) == {ADDRESSES["bank"], ADDRESSES["branch"]}


def test_a_token_that_was_revoked_or_is_over_lets_nobody_in(tree: Tree, program: Program, client: Client) -> None:
    program.token.expires = timezone.now() - timedelta(seconds=1)
    program.token.save()
    is_problem(program.get(), 401)
    program.token.expires = timezone.now() + timedelta(days=1)
    program.token.save()
    assert program.get().status_code == 200
    people.revoke_token(token=program.token, now=timezone.now(), **GROUND)
    is_problem(program.get(), 401)


def test_with_its_person_a_token_goes(tree: Tree, program: Program) -> None:
    people.deactivate(user=tree.people[Role.ANALYST], now=timezone.now(), **GROUND)
    is_problem(program.get(), 401)


@pytest.mark.parametrize("place", [LIST, f"{LIST}/{ABSENT}"])
def test_a_token_may_no_more_than_its_scopes(tree: Tree, described: dict[str, Any], place: str) -> None:
    narrow = Program(tree, described, Role.ADMINISTRATOR, Right.SEE_SITUATION)
    told = is_problem(narrow.get(place), 403)
    assert "findings.see" in told["detail"]


@pytest.mark.parametrize("place", ["/", "/findings/", "/organisations/", "/people/me/", "/ledger/"])
def test_a_token_opens_no_page(tree: Tree, program: Program, place: str) -> None:
    answer = Client().get(place, headers={"Authorization": f"Bearer {program.secret}"})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/")


@pytest.mark.parametrize(
    ("role", "seen"),
    [(Role.AUDITOR, set(ADDRESSES)), (Role.MANAGER, {"bank", "branch"}), (Role.CONTACT, {"bank", "branch"})],
)
def test_it_gives_what_the_person_may_see(tree: Tree, described: dict[str, Any], role: Role, seen: set[str]) -> None:
    mine = Program(tree, described, role)
    assert set(assets(mine.get())) == {ADDRESSES[name] for name in seen}
    for name in ADDRESSES:
        answer = mine.get(f"{LIST}/{tree.finding(name).pk}")
        if name in seen:
            assert (answer.status_code, answer.json()["organisation"]) == (200, name)
        else:
            is_problem(answer, 404)


def test_an_id_that_is_nowhere_is_a_problem_too(tree: Tree, program: Program) -> None:
    told = is_problem(program.get(f"{LIST}/{ABSENT}"), 404)
    assert told["code"] == "not-found"


def test_a_finding_is_told_with_the_columns_of_the_list(tree: Tree, program: Program) -> None:
    found = tree.finding("bank")
    told = program.get(f"{LIST}/{found.pk}").json()
    assert told in program.get().json()["items"]
    assert (told["id"], told["severity"], told["tlp"], told["state"]) == (str(found.pk), "high", "CLEAR", "new")
    assert told["first_seen"].endswith("Z")
    assert told["last_seen"] == found.last_seen.isoformat().replace("+00:00", "Z")


def more(count: int) -> None:
    """Findings like one another, so that only their ids tell them apart."""
    like = Finding.objects.get(organisation="bank")
    rows = []
    for number in range(count):
        row = Finding.objects.get(pk=like.pk)
        row.pk, row.fingerprint, row.asset_key = UUID(int=number + 1), UUID(int=10_000 + number), f"198.18.0.{number}"
        rows.append(row)
    Finding.objects.bulk_create(rows)


@pytest.mark.parametrize("sort", ["severity", "-severity", "last_seen", "-last_seen", "organisation", "-organisation"])
@pytest.mark.parametrize("limit", [1, 4, 17, 100])
def test_whoever_follows_next_gets_every_row_once(tree: Tree, program: Program, sort: str, limit: int) -> None:
    more(12)
    whole = [item["id"] for item in program.get(sort=sort, limit=1000).json()["items"]]
    assert len(whole) == len(set(whole)) == 17
    followed, cursor = [], ""
    while True:
        told = program.get(sort=sort, limit=limit, cursor=cursor).json()
        assert len(told["items"]) <= limit
        followed += [item["id"] for item in told["items"]]
        if not told["next"]:
            break
        cursor = told["next"]
    assert followed == whole
    back, cursor = [item["id"] for item in told["items"]], told["previous"]
    while cursor:
        told = program.get(sort=sort, limit=limit, cursor=cursor).json()
        back = [item["id"] for item in told["items"]] + back
        cursor = told["previous"]
    assert back == whole


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"severity": 5}, {"clinic"}),
        ({"severity": 4}, set(ADDRESSES)),
        ({"type": "phishing"}, {"clinic"}),
        ({"network": "192.0.2.0/24"}, {"authority", "group", "bank"}),
        ({"network": "192.0.2.10"}, {"authority"}),
        ({"text": "mark-of-bank"}, {"bank"}),
        ({"below": "group"}, {"group", "bank", "branch"}),
        ({"sector": "sector-mark-of-clinic"}, {"clinic"}),
        ({"feed": "other"}, {"branch"}),
        ({"cve": "CVE-2024-12345"}, {"group"}),
        ({"state": "claimed"}, {"bank"}),
        ({"state": "open"}, set(ADDRESSES) - {"branch"}),
        ({"below": "group", "state": "claimed"}, {"bank"}),
        ({"below": "clinic", "state": "claimed"}, set()),
    ],
)
def test_it_is_narrowed_down_as_the_page_is(
    tree: Tree, program: Program, asked: dict[str, Any], names: set[str]
) -> None:
    def change(name: str, **values: Any) -> None:
        assert Finding.objects.filter(organisation=name).update(**values) == 1

    change("clinic", severity=5, classification_type="phishing")
    change("branch", observer="other", state="closed")
    change("group", vulnerabilities="CVE-2024-12345")
    change("bank", state="claimed")
    assert set(assets(program.get(**asked))) == {ADDRESSES[name] for name in names}


def test_a_cursor_is_of_its_own_list_alone(tree: Tree, program: Program) -> None:
    cursor = program.get(limit=2).json()["next"]
    assert cursor
    for asked in ({"cursor": cursor[:-3]}, {"cursor": "nonsense"}, {"cursor": cursor, "sort": "last_seen"}):
        told = is_problem(program.get(**asked), 422)
        assert (told["where"], told["code"]) == ("cursor", "bad-input")


def test_a_cursor_of_others_shows_nothing_of_them(tree: Tree, program: Program, described: dict[str, Any]) -> None:
    cursor = program.get(limit=1).json()["next"]
    theirs = Program(tree, described, Role.CONTACT)
    assert set(assets(theirs.get(cursor=cursor))) <= {ADDRESSES["bank"], ADDRESSES["branch"]}


def test_all_that_is_wrong_is_told_at_once(program: Program) -> None:
    told = is_problem(program.get(severity="many", limit=0, cve="x" * 31, cursor="x" * 2001), 422)
    assert {one["where"].rsplit(".", 1)[-1] for one in told["errors"]} == {"severity", "limit", "cve", "cursor"}
    assert all(one["what"] and one["what"] in told["detail"] for one in told["errors"])


@pytest.mark.parametrize(
    "asked",
    [{"severity": 6}, {"severity": -1}, {"limit": 1001}, {"network": "no network"}, {"network": "192.0.2.0/33"}],
)
def test_what_cannot_be_is_a_problem(program: Program, asked: dict[str, Any]) -> None:
    is_problem(program.get(**asked), 422)


@pytest.mark.parametrize("asked", [{"state": "gone"}, {"sort": "password"}, {"sort": "first_seen"}, {"severty": 5}])
def test_what_is_not_known_is_a_problem_and_not_another_list(program: Program, asked: dict[str, Any]) -> None:
    is_problem(program.get(**asked), 422)


@pytest.mark.parametrize("below", ["no-such", "clinic"])
def test_an_organisation_that_one_may_not_see_is_as_one_that_there_is_not(
    tree: Tree, described: dict[str, Any], below: str
) -> None:
    told = is_problem(Program(tree, described, Role.CONTACT).get(below=below), 422)
    assert told["detail"] == f"there is no organisation {below!r}"


@pytest.mark.parametrize("text", ["1", "x", "'", "00000000-0000-4000-8000-00000000000"])
def test_what_is_no_id_is_nowhere(tree: Tree, program: Program, text: str) -> None:
    answer = Client().get(f"{LIST}/{text}", headers={"Authorization": f"Bearer {program.secret}"})
    is_problem(answer, 404)


def test_a_method_that_is_not_known_is_a_problem_too(program: Program) -> None:
    answer = Client().post(LIST, headers={"Authorization": f"Bearer {program.secret}"})
    is_problem(answer, 405)
    assert answer["Allow"] == "GET"


@pytest.mark.parametrize("text", ["é例", "%", "_", "'; --", "\\", "(", "[" * 100])
@pytest.mark.parametrize("name", ["text", "type", "feed", "cve", "sector", "state", "sort", "network", "cursor"])
def test_whatever_is_asked_is_no_fault(program: Program, name: str, text: str) -> None:
    limits = {"cve": 30, "state": 20, "sort": 30}
    answer = program.get(**{name: text[: limits.get(name, 100)]})
    assert answer.status_code in {200, 422}


def test_the_description_is_whole(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(described["info"])
    seen = []
    for route, operations in described["paths"].items():
        for method, operation in operations.items():
            seen.append(operation["operationId"])
            assert operation["summary"], route
            assert operation["security"], f"{method} {route} says who may ask"
            absent = {"404"} if "{" in route else set()
            assert set(operation["responses"]) >= {"401", "403", "422"} | absent, route
            assert len(set(operation["responses"]) & {"200", "201", "202"}) == 1, route
            for name in (part for part in operation["parameters"] if part["in"] == "path"):
                assert f"{{{name['name']}}}" in route
    assert len(seen) == len(set(seen)) >= 2
    assert {"TokenAuth", "SessionAuth"} == set(described["components"]["securitySchemes"])


def test_every_form_in_it_is_a_schema_and_every_reference_leads_somewhere(
    described: dict[str, Any],
) -> None:
    for schema in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [one for inner in value.values() for one in references(inner)]
        return [one for inner in value for one in references(inner)] if isinstance(value, list) else []

    found = set(references(described))
    assert found
    for reference in found:
        at: Any = described
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]


def test_problems_are_described_with_their_own_media_type(described: dict[str, Any]) -> None:
    errors = described["paths"][LIST]["get"]["responses"]["422"]["content"]
    assert set(errors) == {"application/problem+json"}


def test_a_program_takes_a_step_and_reads_the_life(tree: Tree, described: dict[str, Any]) -> None:
    theirs = Program(tree, described, Role.CONTACT, Right.SEE_FINDINGS, Right.CLAIM_FINDINGS)
    finding = tree.finding("bank").pk
    answer = theirs.step(finding, act="claim")
    assert (answer.status_code, answer.json()["state"]) == (200, "claimed")
    (step,) = theirs.get(f"{LIST}/{finding}/steps").json()
    assert (step["act"], step["before"], step["after"]) == ("claim", "new", "claimed")
    assert step["by"].startswith("person:")
    told = is_problem(theirs.step(finding, act="claim"), 409)
    assert "claim is not possible for a finding that is claimed" in told["detail"]
    assert len(theirs.get(f"{LIST}/{finding}/steps").json()) == 1


def test_a_step_needs_its_right_in_the_token_and_in_the_person(tree: Tree, described: dict[str, Any]) -> None:
    finding = tree.finding("bank").pk
    reading = Program(tree, described, Role.CONTACT, Right.SEE_FINDINGS)
    is_problem(reading.step(finding, act="claim"), 403)
    contact = Program(tree, described, Role.CONTACT, Right.SEE_FINDINGS, Right.CLAIM_FINDINGS)
    is_problem(contact.step(finding, act="accept", reason="why not", until="2099-01-01T00:00:00Z"), 403)
    auditor = Program(tree, described, Role.AUDITOR, Right.SEE_FINDINGS)
    is_problem(auditor.step(finding, act="acknowledge"), 403)
    assert tree.finding("bank").state == "new"


def test_a_step_with_what_is_others_is_nowhere(tree: Tree, described: dict[str, Any]) -> None:
    theirs = Program(tree, described, Role.CONTACT, Right.SEE_FINDINGS, Right.CLAIM_FINDINGS)
    for finding in (tree.finding("clinic").pk, tree.finding("group").pk, ABSENT):
        is_problem(theirs.step(finding, act="claim"), 404)
        is_problem(theirs.get(f"{LIST}/{finding}/steps"), 404)
    assert {tree.finding(name).state for name in ("clinic", "group")} == {"new"}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"act": "close"},
        {"act": "notify"},
        {"act": "nonsense"},
        {"act": "acknowledge", "state": "closed"},
        {"act": "dispute", "reason": "not ours"},
        {"act": "dispute", "reason": "x" * 2001, "until": "2099-01-01T00:00:00Z"},
        {"act": "dispute", "reason": "not ours", "until": "2001-01-01T00:00:00Z"},
        {"act": "dispute", "reason": "not ours", "until": "2099-01-01T00:00:00"},
        {"act": "dispute", "reason": " ", "until": "2099-01-01T00:00:00Z"},
    ],
)
def test_a_step_that_cannot_be_says_why_and_changes_nothing(
    tree: Tree, described: dict[str, Any], said: dict[str, Any]
) -> None:
    program = Program(
        tree, described, Role.ANALYST, Right.SEE_FINDINGS, *(r for r in Right if r.value.startswith("findings."))
    )
    finding = tree.finding("bank").pk
    is_problem(program.step(finding, **said), 422)
    assert tree.finding("bank").state == "new"


def test_a_session_needs_the_token_of_its_forms(tree: Tree) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(tree.people[Role.ANALYST])
    place = f"{LIST}/{tree.finding('bank').pk}/steps"
    assert browser.post(place, {"act": "claim"}, content_type="application/json").status_code == 403
    assert tree.finding("bank").state == "new"


def test_no_two_things_have_one_name_in_the_description(monkeypatch: pytest.MonkeyPatch) -> None:
    """The description is a table by names: of two classes of one name the later would stand for both."""
    known: dict[str, Any] = {}

    def add(self: OpenAPISchema, definitions: dict[str, Any]) -> None:
        for name, definition in definitions.items():
            assert known.setdefault(name, definition) == definition, name
        self.schemas.update(definitions)

    monkeypatch.setattr(OpenAPISchema, "add_schema_definitions", add)
    assert api.get_openapi_schema()["paths"]
    assert len(known) > 20
