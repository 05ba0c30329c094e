"""Events that other systems send: taken whole or not at all, in the lake once, and by whom it is told."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from django.test import Client

from tests.config.tree import Tree
from tutela.apps.findings.models import Finding
from tutela.apps.intake import api
from tutela.apps.intake.models import Report
from tutela.apps.ledger.models import LedgerEntry
from tutela.config import environment
from tutela.core.actor import Actor, Basis
from tutela.core.rights import RIGHTS, Right, Role
from tutela.flow import inbox
from tutela.lake import sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pages")]

PLACE = "/api/v1/events"
EVENT = {
    "source.ip": "192.0.2.30",
    "classification.type": "infected-system",
    "time.source": "2026-03-01T10:00:00+00:00",
}
OTHER = {**EVENT, "source.ip": "198.51.100.40"}
LINES = "application/x-ndjson"


@pytest.fixture
def tree(pages: None) -> Tree:
    return Tree()


@pytest.fixture
def post(tree: Tree) -> Callable[..., Any]:
    rights = {role: [right for right in Right if role in RIGHTS[right]] for role in Role}
    roles = (Role.ANALYST, Role.AUDITOR, Role.MANAGER)
    secrets = {role: tree.token(tree.people[role], *rights[role])[1] for role in roles}

    def run(data: Any, kind: str = "application/json", role: Role = Role.ANALYST) -> Any:
        body = data if isinstance(data, bytes) else orjson.dumps(data)
        return Client().post(PLACE, body, content_type=kind, headers={"Authorization": f"Bearer {secrets[role]}"})

    return run


@pytest.fixture
def take_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], inbox.Taken]:
    """What the worker does, twice: what was gathered now is taken in once it has rested."""
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")

    def run() -> inbox.Taken:
        given = {"by": Actor("operator", "test"), "basis": Basis("mandate", "1"), "now": datetime.now(UTC)}
        inbox.take_in(environment=environment.load(), **given)  # type: ignore[arg-type]
        for file in (home / "inbox").rglob("*.ndjson"):
            os.utime(file, (time.time() - 60,) * 2)
        return inbox.take_in(environment=environment.load(), **given)  # type: ignore[arg-type]

    return run


def waiting(home: Path) -> list[bytes]:
    return sorted(file.read_bytes() for file in (home / "sent").glob("*"))


@pytest.mark.parametrize(
    ("data", "kind", "events"),
    [
        (EVENT, "application/json", 1),
        (EVENT, "application/json; charset=utf-8", 1),
        ([EVENT, OTHER], "application/json", 2),
        (orjson.dumps(EVENT) + b"\n\n" + orjson.dumps(OTHER), LINES, 2),
        (orjson.dumps(EVENT) + b"\r\n", LINES, 1),
    ],
)
def test_events_come_as_one_as_many_or_one_a_line(
    data: Any, kind: str, events: int, post: Callable[..., Any], home: Path
) -> None:
    answer = post(data, kind)
    assert (answer.status_code, answer.json()["events"]) == (202, events)
    (lines,) = waiting(home)
    assert [orjson.loads(line) for line in lines.splitlines()] == [EVENT, OTHER][:events]
    entry = LedgerEntry.objects.order_by("seq").last()
    assert entry is not None
    assert entry.action == "intake.send"
    assert answer.json()["content"] in entry.leaf


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (b"", "application/json", "event 1: cannot be read"),
        (b"[]", "application/json", "no events"),
        (b"{}", "application/json", "event 1"),
        (b"\n\n", LINES, "no events"),
        (b'[{"a": 1}, 7, "x"]', "application/json", "event 2: is no object. event 3: is no object."),
        (b'{"a": 1}\n{"a"\n[1]\n', LINES, "line 2: cannot be read as JSON"),
        (b"\xff\xfe", LINES, "line 1"),
        (b"a=1", "application/x-www-form-urlencoded", "event 1"),
        (b"[" * 100_000, "application/json", "event 1"),
        (b"7\n" * 50, LINES, "and 30 more"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_taken(
    data: bytes, kind: str, told: str, post: Callable[..., Any], home: Path
) -> None:
    answer = post(data, kind)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert told in answer.json()["detail"]
    assert waiting(home) == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MANAGER])
def test_who_has_not_the_right_sends_nothing(role: Role, post: Callable[..., Any], home: Path) -> None:
    assert role not in RIGHTS[Right.SEND_EVENTS]
    assert post(EVENT, role=role).status_code == 403
    assert waiting(home) == []


def test_what_is_sent_comes_into_the_lake_by_the_worker(
    post: Callable[..., Any], take_in: Callable[[], inbox.Taken], home: Path
) -> None:
    for event in (EVENT, OTHER):
        post(event)
    assert take_in().files == 1
    report = Report.objects.get(feed=inbox.STREAM)
    assert (report.rows, report.new, report.quarantined, report.whole) == (2, 2, 0, True)
    assert Finding.objects.filter(observer=inbox.STREAM).count() == 2
    assert waiting(home) == []
    assert not any((home / "inbox" / inbox.STREAM).iterdir())


def test_what_is_sent_twice_counts_once(
    post: Callable[..., Any], take_in: Callable[[], inbox.Taken], home: Path
) -> None:
    for _ in range(2):
        post(EVENT)
    assert len(waiting(home)) == 1
    take_in()
    post([EVENT, OTHER])
    take_in()
    reports = Report.objects.filter(feed=inbox.STREAM).order_by("received")
    assert [(one.events, one.new) for one in reports] == [(1, 1), (2, 1)]


def test_killed_before_the_deliveries_are_removed_it_gathers_them_again(home: Path) -> None:
    spool = sent.Sent(home)
    for number in range(3):
        spool.lay_down(b'{"source.port": %d}\n' % number)
    shutil.copytree(spool.folder, home / "before")
    spool.gather(home / "reports")
    (first,) = (home / "reports").iterdir()
    shutil.copytree(home / "before", spool.folder, dirs_exist_ok=True)
    assert spool.gather(home / "reports") == 3
    assert list((home / "reports").iterdir()) == [first], "the same deliveries have the same name"
    assert len(first.read_bytes().splitlines()) == 3


@pytest.mark.parametrize(("limit", "value"), [("MOST_WAITING", 1), ("MOST_BYTES", 150)])
def test_who_sends_more_than_can_be_taken_is_asked_to_wait(
    post: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(sent, limit, value)
    assert post(EVENT).status_code == 202
    answer = post(OTHER)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert len(waiting(home)) == 1


def test_too_many_at_once_are_refused(post: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_EVENTS", 1)
    assert "more than 1 events" in post([EVENT, OTHER]).json()["detail"]
