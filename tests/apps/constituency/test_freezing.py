"""Snapshots: made when something changed, found by id, on record when somebody wants it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tutela.apps.constituency import actions, freezer, queries
from tutela.apps.ledger.models import LedgerEntry
from tutela.core.errors import Unavailable, WrongUse

if TYPE_CHECKING:
    from pathlib import Path

    from tutela.core.actor import Actor, Basis

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def load(tmp_path: Path, actor: Actor, basis: Basis) -> Any:
    def run(rows: str) -> None:
        file = tmp_path / "a.csv"
        file.write_text(f"kind,organisation,value,valid_from\norganisation,a,,\n{rows}")
        actions.import_files(files=[file], by=actor, basis=basis, now=NOW)

    return run


def test_nothing_is_built_again_while_nothing_changes(load: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("network,a,192.0.2.0/24,\n")
    first = queries.current_snapshot(home, at=NOW)
    assert queries.snapshot_path(home, first.id) == home / "snapshots" / f"{first.id}.arrow"
    with monkeypatch.context() as patch:
        patch.setattr(freezer, "build", None)
        assert queries.current_snapshot(home, at=NOW + DAY).id == first.id
    load("asn,a,64496,\n")
    assert queries.current_snapshot(home, at=NOW + DAY).id != first.id
    assert len(queries.snapshots(home)) == 2


def test_a_period_that_begins_makes_a_new_snapshot(load: Any, home: Path) -> None:
    load(f"network,a,192.0.2.0/24,{(NOW + DAY).isoformat()}\n")
    today, tomorrow = (queries.current_snapshot(home, at=NOW + days * DAY) for days in (0, 1))
    assert (today.holdings.height, tomorrow.holdings.height) == (0, 1)
    assert queries.current_snapshot(home, at=NOW).id == today.id


def test_what_is_lost_is_made_again_with_the_same_id(load: Any, home: Path) -> None:
    load("network,a,192.0.2.0/24,\ndomain,a,a.example,\n")
    first = queries.current_snapshot(home, at=NOW)
    queries.snapshot_path(home, first.id).unlink()
    assert queries.current_snapshot(home, at=NOW).id == first.id
    (home / "snapshots" / "current").write_text("half a no")
    assert queries.current_snapshot(home, at=NOW).id == first.id
    assert queries.explain(home, "www.a.example", at=NOW)[0].holding.organisation == "a"


def test_a_freeze_is_on_record(load: Any, home: Path, actor: Actor, basis: Basis) -> None:
    load("network,a,192.0.2.0/24,\n")
    snapshot = actions.freeze(home=home, by=actor, basis=basis, at=NOW)
    entry = LedgerEntry.objects.order_by("seq").last()
    assert entry.action == "constituency.freeze"
    assert snapshot.id in entry.leaf


def test_a_constituency_that_never_rests_cannot_be_frozen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezer, "edition", uuid.uuid4)
    with pytest.raises(Unavailable):
        queries.current_snapshot(home, at=NOW)


@pytest.mark.parametrize("identifier", ["", "../../etc/passwd", "x" * 63])
def test_an_id_is_no_path(home: Path, identifier: str) -> None:
    with pytest.raises(WrongUse):
        queries.snapshot(home, identifier)


def test_an_unknown_id_is_told(home: Path) -> None:
    with pytest.raises(WrongUse, match="no such"):
        queries.snapshot(home, "0" * 64)
