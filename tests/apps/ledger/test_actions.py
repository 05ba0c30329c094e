import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from tutela.apps.ledger import actions, keeper, queries, sealing
from tutela.apps.ledger.keeper import Keeper
from tutela.apps.ledger.models import CommitmentOpening, LedgerEntry
from tutela.core.actor import SYSTEM, Viewer
from tutela.core.errors import Conflict, Unavailable, WrongUse
from tutela.core.ledger.receipt import parse

transactional = pytest.mark.django_db(transaction=True)
VIEWER = Viewer(SYSTEM)
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def head(home):
    return Keeper(home).head()[1]


@transactional
def test_an_entry_is_written_and_signed(home, actor, basis, verify):
    with transaction.atomic():
        seq = actions.record(
            action="report.ingest", object_type="report", object_hash="a" * 64, details={"n": 1}, by=actor, basis=basis
        )
        assert head(home).size == 0
    assert seq == 0
    assert head(home).size == 1
    result = verify()
    assert (result.ok, result.size, result.checkpoint_size, result.warnings) == (True, 1, 1, ())
    entry = next(queries.entries_for(VIEWER))
    assert entry["actor"]["value"] == "person:dana.example"
    assert entry["basis"] == basis.as_dict()
    assert "dana" not in LedgerEntry.objects.get().leaf


@transactional
def test_numbers_follow_each_other_and_a_rollback_leaves_no_gap(record, verify, home):
    assert record(3) == range(3)

    def fail():
        with transaction.atomic():
            record(2)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert record(2) == range(3, 5)
    assert record(0) == range(0)
    assert verify().ok
    assert head(home).size == 5


@transactional
def test_a_savepoint_that_is_rolled_back_takes_its_entry_along(record, verify):
    def fail():
        with transaction.atomic():
            record(1)
            raise KeyError

    with transaction.atomic():
        with pytest.raises(KeyError):
            fail()
        record(1)
    assert verify().checkpoint_size == 1


@transactional
def test_one_transaction_is_signed_once(record, monkeypatch, verify):
    signed = []
    monkeypatch.setattr(sealing, "seal", signed.append)
    with transaction.atomic():
        for _ in range(5):
            record(1)
    assert len(signed) == 1
    monkeypatch.undo()
    assert verify().size == 5


@transactional
def test_a_record_outside_a_transaction_is_refused(actor, basis):
    with pytest.raises(WrongUse, match="transaction"):
        actions.record(action="a", object_type="b", object_hash="a" * 64, by=actor, basis=basis)


@pytest.mark.django_db
def test_prose_is_refused_before_anything_is_written(actor, basis):
    with pytest.raises(WrongUse):
        actions.record(action="a b", object_type="b", object_hash="a" * 64, by=actor, basis=basis)
    assert not LedgerEntry.objects.exists()


@transactional
def test_after_a_crash_between_commit_and_signing_the_next_action_catches_up(record, verify, home, monkeypatch):
    record(3)
    monkeypatch.setattr(sealing, "seal", lambda home: 0)  # the process dies after the commit
    record(4)
    monkeypatch.undo()
    told = verify()
    assert told.ok
    assert [flaw.code for flaw in told.warnings] == ["ahead"]
    assert "last 4 entries" in told.warnings[0].what
    record(1)
    assert verify().as_dict() == told.as_dict() | {
        "size": 8,
        "checkpoint_size": 8,
        "root": head(home).root.hex(),
        "warnings": [],
    }


@transactional
def test_sealing_alone_catches_up_too(record, verify, monkeypatch):
    monkeypatch.setattr(sealing, "seal", lambda home: 0)
    record(4)
    monkeypatch.undo()
    assert actions.seal() == 4
    assert not verify().warnings
    assert actions.seal() == 4


@transactional
@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"size":1,"peaks":[]}', b"[1]", b'{"size":"x","peaks":3}'])
def test_a_lost_or_false_edge_is_made_anew(record, verify, home, content):
    record(5)
    edge = home / "ledger" / "frontier"
    if content is None:
        edge.unlink()
    else:
        edge.write_bytes(content)
    record(2)
    assert verify().checkpoint_size == 7


@transactional
def test_an_edge_of_other_entries_is_never_signed(record, verify, home):
    record(5)
    edge = home / "ledger" / "frontier"
    edge.write_text(json.dumps({"size": 4, "peaks": ["00" * 32]}))
    record(2)
    assert verify().ok


@transactional
def test_an_edge_that_a_crash_left_behind_is_caught_up(record, verify, home):
    record(5)
    edge = home / "ledger" / "frontier"
    old = edge.read_bytes()
    record(3)
    edge.write_bytes(old)
    record(1)
    assert verify().checkpoint_size == 9


@transactional
def test_half_of_the_first_files_is_no_obstacle(record, verify, home):
    Keeper(home).start()
    (home / "ledger" / "checkpoint").unlink()
    record(1)
    assert verify().ok
    assert len(list((home / "ledger").glob("key.set-aside-*"))) == 1


@transactional
def test_the_key_is_for_its_owner_only(record, home):
    record(1)
    assert (home / "ledger" / "key").stat().st_mode & 0o777 == 0o600
    assert (home / "ledger").stat().st_mode & 0o777 == 0o700


@transactional
def test_an_unwritable_folder_is_told_in_one_sentence_and_loses_nothing(record, verify, home, monkeypatch):
    record(1)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keeper, "replace_whole", full)
        with pytest.raises(Unavailable, match="No space left on device"):
            record(1)
    assert LedgerEntry.objects.count() == 2
    record(1)
    assert verify().checkpoint_size == 3


@transactional
def test_two_at_once_do_not_disturb_each_other(record, verify):
    failures = []

    def work():
        try:
            for _ in range(10):
                record(3)
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert (verify().ok, verify().checkpoint_size) == (True, 120)


@transactional
def test_erasure_breaks_no_proof(record, verify, actor, basis, home):
    record(3, time=NOW)
    before = queries.receipt(1)
    assert actions.erase(value=str(actor), by=SYSTEM, basis=basis) == 1
    assert not CommitmentOpening.objects.exists()
    assert actions.erase(value=str(actor), by=SYSTEM, basis=basis) == 0
    assert verify().ok
    assert queries.receipt(1) != before  # a later checkpoint; the earlier receipt still holds:
    assert parse(before.encode()).verify(queries.verifier()).size == 3
    entries = list(queries.entries_for(VIEWER))
    assert entries[0]["action"] == "ledger.erase"
    assert entries[0]["details"] == {"openings": 1}
    assert "value" not in entries[1]["actor"]


@transactional
def test_an_erased_value_is_gone_from_the_file(record, actor, basis, home, database_vendor):
    if database_vendor != "sqlite":
        pytest.skip("PostgreSQL leaves the freed row to VACUUM")
    record(1)
    actions.erase(value=str(actor), by=SYSTEM, basis=basis)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        name = connection.settings_dict["NAME"]
    assert b"dana.example" not in Path(name).read_bytes()


@transactional
def test_a_new_log_can_be_started_when_the_old_one_is_lost(record, verify, home, basis):
    record(4)
    copy = queries.checkpoint()
    (home / "ledger" / "key").unlink()
    with pytest.raises(Conflict, match="missing"):
        record(1)
    assert actions.adopt(by=SYSTEM, basis=basis) == 4
    assert verify().ok
    assert {flaw.code for flaw in verify(against=[copy]).problems} == {"unsigned"}
    assert next(queries.entries_for(VIEWER))["details"]["entries"] == 4
    assert list((home / "ledger").glob("checkpoint.set-aside-*"))
    record(1)
    assert verify().checkpoint_size == 6


@transactional
def test_what_contradicts_itself_is_not_adopted(record, attacker, basis, home):
    record(4)
    attacker("DELETE FROM ledger_entry WHERE seq = 1")
    with pytest.raises(Conflict, match="contradict"):
        actions.adopt(by=SYSTEM, basis=basis)
    assert head(home).size == 4


@transactional
def test_a_clock_that_went_backwards_is_told(record, verify):
    record(1, time=NOW)
    record(1, time=NOW - timedelta(hours=1))
    record(1, time=NOW + timedelta(days=1))
    result = verify(now=NOW)
    assert result.ok
    assert [(flaw.code, flaw.entry) for flaw in result.warnings] == [("clock", 1), ("clock", 2)]
    assert "went backwards" in result.warnings[0].what
