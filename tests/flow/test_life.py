"""From a report to a finding that is proven closed, and back when it is seen again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.flow import world
from tutela.apps.findings import actions, queries
from tutela.apps.findings.models import Finding, Step
from tutela.apps.ledger import queries as ledger
from tutela.apps.ledger.models import LedgerEntry
from tutela.cli.main import main
from tutela.core.actor import SYSTEM, Actor, Basis, Viewer
from tutela.core.errors import Conflict, NotAllowed, WrongUse
from tutela.core.findings.life import Act
from tutela.core.findings.proof import Word
from tutela.core.rights import Role

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DANA = Actor("person", "dana@example.org")
ANALYST = Viewer(DANA, None, Role.ANALYST)
BASIS = Basis("mandate", "1")


@pytest.fixture
def furnished(home, monkeypatch, tmp_path):
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")
    world.furnish(home)
    (home / "feeds/sightings.yaml").write_text(world.FEED + "snapshot: true\n")
    path = tmp_path / "constituency.json"
    path.write_text(json.dumps(world.CONSTITUENCY))
    assert main(["constituency", "import", str(path)]) == 0
    return tmp_path


def deliver(folder: Path, day: int, *addresses: str, name: str = "sightings", broken: bool = False) -> None:
    """A report of a day that shows these addresses, taken in on that day."""
    at = START + timedelta(days=day)
    lines = [f"{at - timedelta(hours=1):%Y-%m-%d %H:%M:%S},{address},80,mirai,n\n" for address in addresses]
    lines += ["not a time,not an address,x,y,z\n"] if broken else []
    path = folder / f"{name}-{at:%Y-%m-%d}.csv"
    path.write_text(world.HEADER + "".join(lines))
    with time_machine.travel(at, tick=False):
        assert main(["ingest", "--feed", "sightings", str(path)]) in {0, 1}


def perform(act: Act, day: float, viewer: Viewer = ANALYST, **more: object) -> actions.Done:
    ids = [one.pk for one in Finding.objects.filter(asset_key="192.0.2.1")]
    now = START + timedelta(days=day)
    return actions.perform(act=act, findings=ids, viewer=viewer, by=DANA, basis=BASIS, now=now, **more)  # type: ignore[arg-type]


def finding() -> Finding:
    return Finding.objects.get(asset_key="192.0.2.1")


def last_word() -> Word:
    return queries.outlook(finding()).reports[0][1]


def test_a_claim_is_proven_by_the_next_report_that_looks_again(furnished) -> None:
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    assert finding().state == "claimed"
    deliver(furnished, 1, "198.51.100.1")
    assert finding().state == "closed"
    step = Step.objects.get(act="close")
    assert (step.actor_kind, step.actor_name) == ("system", "tutela")
    assert [entry["says"] for entry in step.evidence] == ["absent"]
    assert [step.act for step in queries.life_of(finding())] == ["claim", "close"]
    assert LedgerEntry.objects.filter(action="findings.close").count() == 1
    assert LedgerEntry.objects.filter(action="findings.claim").count() == 1


def test_a_closure_has_a_receipt_that_others_check_alone(furnished, tmp_path) -> None:
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    deliver(furnished, 1, "198.51.100.1")
    step = queries.step_of(finding())
    assert step is not None
    assert step.act == "close"
    receipt, statement = tmp_path / "r.tlog-proof", tmp_path / "close.json"
    receipt.write_text(queries.receipt_of(step))
    statement.write_bytes(queries.statement_of(step).text())
    said = json.loads(statement.read_bytes())
    assert (said["asset"], said["act"], said["before"], said["after"]) == ("192.0.2.1", "close", "claimed", "closed")
    assert [one["says"] for one in said["evidence"]] == ["absent"]
    given = ["ledger", "verify", str(receipt), "--key", str(ledger.verifier()), "--content", str(statement)]
    assert main(given) == 0
    statement.write_bytes(statement.read_bytes().replace(b"192.0.2.1", b"192.0.2.2"))
    assert main(given) == 1


def test_many_steps_at_once_stand_in_several_entries(furnished, monkeypatch) -> None:
    monkeypatch.setattr(actions, "_IN_ENTRY", 2)
    deliver(furnished, 0, *(f"192.0.2.{n}" for n in range(1, 6)))
    ids = [one.pk for one in Finding.objects.all()]
    now = START + timedelta(days=0.5)
    actions.perform(act=Act.CLAIM, findings=ids, viewer=ANALYST, by=DANA, basis=BASIS, now=now)
    entries = LedgerEntry.objects.filter(action="findings.claim")
    assert sorted(json.loads(one.leaf)["details"]["findings"] for one in entries) == [1, 2, 2]
    for step in Step.objects.filter(act="claim"):
        leaf = json.loads(LedgerEntry.objects.get(seq=step.entry).leaf)
        assert queries.statement_of(step).hash() in leaf["details"]["steps"]


def test_what_proves_nothing_closes_nothing_and_says_why(furnished) -> None:
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    deliver(furnished, 1, "198.51.100.1", broken=True)
    assert (finding().state, last_word()) == ("claimed", Word.QUARANTINE)
    deliver(furnished, 2)
    assert (finding().state, last_word()) == ("claimed", Word.EMPTY)
    deliver(furnished, 3, "198.51.100.1", name="sightings-clinic")
    assert (finding().state, last_word()) == ("claimed", Word.OTHER_STREAM)
    deliver(furnished, 4, "198.51.100.1")
    assert finding().state == "closed"


def test_a_feed_that_tells_what_happened_needs_as_many_after_a_claim_as_without(furnished, home) -> None:
    (home / "feeds/sightings.yaml").write_text(world.FEED)
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    for day in (1, 2):
        deliver(furnished, day, "198.51.100.1")
        assert finding().state == "claimed", "who is quiet for a day may be ill still"
    deliver(furnished, 3, "198.51.100.1")
    assert finding().state == "closed"


@pytest.mark.parametrize(("network", "state"), [("198.51.100.0/24", "claimed"), ("192.0.2.0/24", "closed")])
def test_a_report_proves_nothing_about_what_it_does_not_cover(furnished, home, network, state) -> None:
    covers = f"snapshot: true\ncovers: {{networks: [{network}]}}\n"
    (home / "feeds/sightings.yaml").write_text(world.FEED + covers)
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    deliver(furnished, 1, "198.51.100.1")
    assert finding().state == state
    assert last_word() is (Word.ABSENT if state == "closed" else Word.OUT_OF_SCOPE)


def test_an_asset_that_is_nobodys_now_is_not_absent(furnished, home) -> None:
    """It is still reported, and no more theirs: that says nothing about whether it was fixed."""
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    moved = {"organisations": [{"id": "clinic", "name": "Clinic", "networks": ["192.0.2.1/32"]}]}
    (furnished / "moved.json").write_text(json.dumps(moved))
    with time_machine.travel(START + timedelta(days=0.7), tick=False):
        assert main(["constituency", "import", str(furnished / "moved.json")]) == 0
    deliver(furnished, 1, "192.0.2.1", "198.51.100.1")
    found = Finding.objects.get(asset_key="192.0.2.1", organisation="bank")
    assert found.state == "claimed"
    assert queries.outlook(found).reports[0][1] is Word.OTHER_CONSTITUENCY


def test_a_feed_that_is_read_by_other_rules_proves_nothing(furnished, home) -> None:
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    changed = world.FEED.replace("fields: [classification.type, classification.identifier]", "fields: [source.port]")
    (home / "feeds/sightings.yaml").write_text(changed + "snapshot: true\n")
    deliver(furnished, 1, "192.0.2.1", "198.51.100.1")
    first = Finding.objects.filter(asset_key="192.0.2.1").order_by("first_seen").first()
    assert first is not None
    assert first.state == "claimed"
    assert queries.outlook(first).reports[0][1] is Word.OTHER_DEFINITION


def test_seen_again_after_the_claim_it_is_open_again(furnished) -> None:
    deliver(furnished, 0, "192.0.2.1")
    perform(Act.CLAIM, 0.5)
    deliver(furnished, 1, "192.0.2.1")
    assert finding().state == "reopened"
    assert Step.objects.get(act="contradict").evidence[0]["says"] == "shown"


def test_seen_again_after_it_was_closed_it_is_open_again(furnished) -> None:
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    perform(Act.CLAIM, 0.5)
    deliver(furnished, 1, "198.51.100.1")
    deliver(furnished, 2, "192.0.2.1", "198.51.100.1")
    assert finding().state == "reopened"


def test_without_a_claim_as_many_reports_as_the_feed_says_close_it(furnished) -> None:
    deliver(furnished, 0, "192.0.2.1", "198.51.100.1")
    for day in (1, 2):
        deliver(furnished, day, "198.51.100.1")
        assert finding().state == "new"
    deliver(furnished, 3, "198.51.100.1")
    assert finding().state == "closed"
    assert len(Step.objects.get(finding=finding()).evidence) == 3


def test_an_accepted_risk_needs_reason_and_end_and_comes_back_when_it_is_over(furnished) -> None:
    deliver(furnished, 0, "192.0.2.1")
    with pytest.raises(WrongUse, match="end and reason"):
        perform(Act.ACCEPT, 1)
    with pytest.raises(WrongUse, match="past"):
        perform(Act.ACCEPT, 2, reason="why", until=START)
    perform(Act.ACCEPT, 1, reason="It is replaced in May.", until=START + timedelta(days=9))
    assert finding().state == "accepted_risk"
    assert actions.expire(now=START + timedelta(days=8), by=SYSTEM, basis=BASIS) == 0
    assert actions.expire(now=START + timedelta(days=9), by=SYSTEM, basis=BASIS) == 1
    assert finding().state == "reopened"


def test_each_takes_only_the_steps_of_their_role_and_sees_only_their_own(furnished) -> None:
    deliver(furnished, 0, "192.0.2.1")
    auditor = Viewer(DANA, None, Role.AUDITOR)
    with pytest.raises(NotAllowed):
        perform(Act.ACKNOWLEDGE, 1, viewer=auditor)
    clinic = Viewer(DANA, ("clinic",), Role.MANAGER)
    with pytest.raises(Conflict):
        perform(Act.ACKNOWLEDGE, 1, viewer=clinic)
    assert finding().state == "new"
    bank = Viewer(DANA, ("bank",), Role.CONTACT)
    assert perform(Act.ACKNOWLEDGE, 1, viewer=bank) == actions.Done(1, 0)
    with pytest.raises(Conflict, match="not possible"):
        perform(Act.ACKNOWLEDGE, 1, viewer=bank)
    with pytest.raises(NotAllowed):
        perform(Act.DISPUTE, 1, viewer=bank, reason="no", until=START + timedelta(days=9))
