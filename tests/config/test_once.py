"""Operations with an Idempotency-Key are done once, whatever happens on the way."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from tests.config.tree import GROUND, Tree
from tutela.apps.incidents.models import Incident
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.people import actions as people
from tutela.apps.people.models import KeptAnswer
from tutela.config.once import HEADER, REPLAYED
from tutela.core.rights import Right, Role

pytestmark = [pytest.mark.usefixtures("pages")]

PLACE = "/api/v1/incidents"
SAID = {"title": "Twice", "type": "other", "severity": 3}


@pytest.fixture
def tree(pages: None) -> Tree:
    return Tree()


@pytest.fixture
def secret(tree: Tree) -> str:
    return tree.token(tree.people[Role.ANALYST], Right.SEE_INCIDENTS, Right.CHANGE_INCIDENTS)[1]


def post(secret: str, key: str | None, said: Any = SAID, place: str = PLACE) -> Any:
    headers = {"Authorization": f"Bearer {secret}"} | ({} if key is None else {HEADER: key})
    return Client(raise_request_exception=False).post(place, said, content_type="application/json", headers=headers)


def opened() -> int:
    return Incident.objects.filter(title="Twice").count()


@pytest.mark.django_db
def test_the_same_again_is_done_once_and_answered_alike(secret: str) -> None:
    first, second = post(secret, "one"), post(secret, "one")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")
    assert opened() == 1
    post(secret, None)
    post(secret, None)
    assert opened() == 3


@pytest.mark.django_db
def test_a_key_is_good_for_one_request(secret: str) -> None:
    post(secret, "one")
    other = post(secret, "one", SAID | {"severity": 4})
    assert (other.status_code, other.json()["code"]) == (422, "wrong-use")
    assert opened() == 1


@pytest.mark.django_db
def test_a_key_is_of_who_gave_it(tree: Tree, secret: str) -> None:
    other = tree.token(tree.people[Role.HEAD], Right.SEE_INCIDENTS, Right.CHANGE_INCIDENTS)[1]
    post(secret, "one")
    assert REPLAYED not in post(other, "one").headers
    assert opened() == 2


@pytest.mark.django_db
def test_an_error_of_the_caller_is_kept_too_and_one_of_the_server_is_not(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = SAID | {"type": "nothing"}
    assert [post(secret, "wrong", wrong).status_code for _ in range(2)] == [422, 422]
    assert post(secret, "wrong", wrong).headers[REPLAYED] == "true"

    def breaks(**_given: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("tutela.apps.incidents.actions.record", lambda *_given, **_more: breaks())
        assert post(secret, "two").status_code == 500
    assert opened() == 0
    assert post(secret, "two").status_code == 201


@pytest.mark.django_db
def test_who_may_not_come_in_is_given_no_answer_that_was_kept(tree: Tree, secret: str) -> None:
    post(secret, "one")
    people.revoke_token(token=tree.people[Role.ANALYST].tokens.get(), now=timezone.now(), **GROUND)
    assert post(secret, "one").status_code == 401
    assert post("nobody", "one").status_code == 401
    assert KeptAnswer.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "ä", "x" * 256, "a b"])
def test_what_is_no_key_is_refused(secret: str, key: str) -> None:
    assert post(secret, key).status_code == 422
    assert opened() == 0


@pytest.mark.django_db(transaction=True)
def test_of_those_who_ask_at_once_one_does_it(secret: str) -> None:
    together = threading.Barrier(4)

    def run(_number: int) -> bytes:
        together.wait()
        try:
            return bytes(post(secret, "one").content)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(run, range(4)))
    assert len(answers) == 1
    assert opened() == 1
    assert LedgerEntry.objects.filter(action="incidents.open", leaf__contains="Twice").count() <= 1


@pytest.mark.django_db
def test_much_may_be_sent_with_a_key_as_without(tree: Tree) -> None:
    secret = tree.token(tree.people[Role.ANALYST], Right.SEND_EVENTS)[1]
    event = {
        "feed.name": "x",
        "source.ip": "192.0.2.1",
        "classification.type": "scanner",
        "time.source": "2026-03-01T00:00:00Z",
    }
    lines = "".join(json.dumps(event | {"extra.n": "x" * 200, "source.port": port}) + "\n" for port in range(1, 6000))
    assert len(lines) > 1_500_000
    headers = {"Authorization": f"Bearer {secret}", HEADER: "many"}
    said = {"data": lines, "content_type": "application/x-ndjson", "headers": headers}
    answers = [Client(raise_request_exception=False).post("/api/v1/events", **said) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202], answers[0].content[:500]
    assert answers[1].headers[REPLAYED] == "true"


@pytest.mark.django_db
def test_that_somebody_has_not_the_right_is_not_kept(tree: Tree) -> None:
    auditor = tree.people[Role.AUDITOR]
    secret = tree.token(auditor, Right.SEE_INCIDENTS)[1]
    assert post(secret, "one").status_code == 403
    people.change_role(user=auditor, role=Role.ANALYST, now=timezone.now(), **GROUND)
    allowed = tree.token(auditor, Right.SEE_INCIDENTS, Right.CHANGE_INCIDENTS)[1]
    assert post(allowed, "one").status_code == 201


@pytest.mark.django_db
def test_after_a_day_a_key_is_free_again(secret: str) -> None:
    post(secret, "one")
    assert people.forget_answers(now=timezone.now() + timedelta(hours=23)) == 0
    assert people.forget_answers(now=timezone.now() + timedelta(hours=25)) == 1
    assert REPLAYED not in post(secret, "one").headers


@pytest.mark.django_db
def test_the_description_tells_of_the_key(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for operations in paths.values():
        for method, operation in operations.items():
            named = HEADER in {one["name"] for one in operation.get("parameters", ())}
            assert named is (method != "get")
