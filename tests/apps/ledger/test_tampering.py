"""Each way to tamper with the ledger, done by one who owns the database, and what the verification says to it."""

# ruff: noqa: S608 - the attacker writes SQL by hand
import shutil

import pytest
from django.db import DatabaseError, connection, transaction

from tutela.apps.ledger import queries
from tutela.apps.ledger.keeper import Keeper, new_signer
from tutela.apps.ledger.models import LedgerEntry
from tutela.core.errors import Conflict
from tutela.core.ledger.checkpoint import Checkpoint
from tutela.core.ledger.merkle import Frontier, leaf_hash, root_of

pytestmark = pytest.mark.django_db(transaction=True)

FORGED = "replace(leaf, 'test.act', 'best.act')"


@pytest.fixture(autouse=True)
def _ten_entries(record):
    record(10)


def rehash(seq):
    """The attacker fits the hash to the changed entry."""
    leaf = LedgerEntry.objects.get(seq=seq).leaf
    hexed = leaf_hash(leaf.encode()).hex()
    literal = f"x'{hexed}'" if connection.vendor == "sqlite" else f"'\\x{hexed}'::bytea"
    return f"UPDATE ledger_entry SET leaf_hash = {literal} WHERE seq = {seq}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET action = 'x' WHERE seq = 3",
        "UPDATE ledger_entry SET leaf = leaf",
        "DELETE FROM ledger_entry WHERE seq = 9",
        "DELETE FROM ledger_entry",
        "INSERT INTO ledger_entry SELECT seq + 20, time, action, leaf, leaf_hash FROM ledger_entry WHERE seq = 1",
        "INSERT INTO ledger_entry SELECT seq - 1, time, action, leaf, leaf_hash FROM ledger_entry WHERE seq = 0",
    ],
)
def test_the_database_itself_refuses(statement, codes):
    with pytest.raises(DatabaseError, match="only be appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert codes() == set()


def test_each_database_refuses_its_own_back_door(database_vendor, codes):
    statement = {
        "sqlite": "REPLACE INTO ledger_entry SELECT 3, time, action, leaf, leaf_hash FROM ledger_entry WHERE seq = 1",
        "postgresql": "TRUNCATE ledger_entry",
    }[database_vendor]
    with pytest.raises(DatabaseError, match="only be appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert codes() == set()


@pytest.mark.parametrize(
    "change",
    [
        f"leaf = {FORGED}",
        "action = 'other'",
        "time = '2020-01-01T00:00:00.000000Z'",
        "leaf = 'no entry at all'",
        "leaf = ''",
    ],
)
@pytest.mark.parametrize("seq", [0, 4, 9])
def test_a_changed_row(change, seq, attacker, codes):
    attacker(f"UPDATE ledger_entry SET {change} WHERE seq = {seq}")
    assert "changed" in codes()


def test_a_changed_hash(attacker, codes):
    attacker("UPDATE ledger_entry SET leaf_hash = (SELECT leaf_hash FROM ledger_entry WHERE seq = 1) WHERE seq = 2")
    assert codes() == {"changed"}


def test_a_changed_row_with_a_fitting_hash(attacker, codes):
    attacker(f"UPDATE ledger_entry SET leaf = {FORGED}, action = 'best.act' WHERE seq = 4")
    attacker(rehash(4))
    assert codes() == {"rewritten"}


def test_the_last_deleted(attacker, codes, record):
    attacker("DELETE FROM ledger_entry WHERE seq = 9")
    assert codes() == {"truncated"}
    with pytest.raises(Conflict, match="holds 9"):
        record(1)  # nobody can write over the gap


def test_all_deleted(attacker, codes, record):
    attacker("DELETE FROM ledger_entry")
    assert codes() == {"truncated"}
    with pytest.raises(Conflict, match="holds 0"):
        record(1)


def test_one_from_the_middle_deleted(attacker, codes):
    attacker("DELETE FROM ledger_entry WHERE seq = 4")
    assert codes() == {"missing", "truncated"}


def test_one_from_the_middle_deleted_and_the_rest_renumbered(attacker, codes):
    attacker("DELETE FROM ledger_entry WHERE seq = 4", "UPDATE ledger_entry SET seq = 4 WHERE seq = 9")
    assert codes() == {"truncated"}


def test_reordered(attacker, codes):
    attacker(
        "UPDATE ledger_entry SET seq = 100 WHERE seq = 3",
        "UPDATE ledger_entry SET seq = 3 WHERE seq = 4",
        "UPDATE ledger_entry SET seq = 4 WHERE seq = 100",
    )
    assert codes() == {"rewritten"}


def test_one_forged_into_the_middle(attacker, codes):
    attacker("UPDATE ledger_entry SET seq = 10 WHERE seq = 9")
    attacker("INSERT INTO ledger_entry SELECT 9, time, action, leaf, leaf_hash FROM ledger_entry WHERE seq = 1")
    assert codes() == {"rewritten"}


def test_one_forged_to_the_end_is_told_as_unsigned(attacker, verify):
    attacker("INSERT INTO ledger_entry SELECT 10, time, action, leaf, leaf_hash FROM ledger_entry WHERE seq = 1")
    assert [flaw.code for flaw in verify().warnings if flaw.code == "ahead"] == ["ahead"]


def test_an_older_copy_of_the_database(attacker, codes, record):
    """Rolled back by one transaction, as if a backup had been put in its place; the folder outside knows better."""
    attacker("DELETE FROM ledger_entry WHERE seq >= 6")
    assert codes() == {"truncated"}
    with pytest.raises(Conflict, match="older copy"):
        record(10)
    assert LedgerEntry.objects.count() == 6


def test_an_older_copy_that_was_written_on(attacker, codes, record, home):
    """The fork: rolled back and grown past the checkpoint by one who does without our own code."""
    branch = list(LedgerEntry.objects.filter(seq__gte=6).order_by("-seq").values())
    attacker("DELETE FROM ledger_entry WHERE seq >= 6")
    LedgerEntry.objects.bulk_create(LedgerEntry(**row | {"seq": 6 + n}) for n, row in enumerate(branch * 2))
    assert "rewritten" in codes()
    record(1)  # whatever is signed now continues what was signed before: the damage stays visible
    assert "rewritten" in codes()


def test_folder_and_database_put_back_together_show_against_a_copy(attacker, codes, record, home, tmp_path):
    shutil.copytree(home / "ledger", tmp_path / "backup")
    record(5)
    kept_elsewhere = queries.checkpoint()
    attacker("DELETE FROM ledger_entry WHERE seq >= 10")
    shutil.rmtree(home / "ledger")
    shutil.copytree(tmp_path / "backup", home / "ledger")
    assert codes() == set()
    assert codes(against=[kept_elsewhere]) == {"truncated"}


def test_a_checkpoint_signed_by_another_key(codes, record, home):
    keeper, thief = Keeper(home), new_signer()
    origin = keeper.head()[1].origin
    hashes = [bytes(h) for h in LedgerEntry.objects.filter(seq__lt=9).values_list("leaf_hash", flat=True)]
    forged = Checkpoint(origin, 9, root_of(hashes))
    keeper.checkpoint.write_text(str(forged.signed(thief)))
    assert codes() == {"unsigned"}
    with pytest.raises(Conflict, match="not one that the ledger's key signed"):
        record(1)


def test_key_and_checkpoint_replaced_together_show_against_the_key_kept_elsewhere(attacker, codes, home):
    kept_elsewhere, copy = queries.verifier(), queries.checkpoint()
    attacker("DELETE FROM ledger_entry WHERE seq = 9")
    keeper, thief = Keeper(home), new_signer()
    frontier = Frontier()
    frontier.extend(bytes(h) for h in LedgerEntry.objects.values_list("leaf_hash", flat=True))
    with keeper.locked():
        keeper.begin(thief, Checkpoint(thief.name, 9, frontier.root()), frontier)
    assert codes() == set()
    assert "unsigned" in codes(key=kept_elsewhere)
    assert codes(against=[copy]) == {"unsigned"}
    assert codes(key=kept_elsewhere, against=[copy]) == {"unsigned", "truncated"}


@pytest.mark.parametrize("name", ["key", "checkpoint"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"PRIVATE+KEY+a+b+c"])
def test_a_lost_or_spoiled_file(name, content, codes, record, home):
    path = home / "ledger" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert codes() == {"unsigned"}
    with pytest.raises(Conflict, match="ledger adopt"):
        record(1)


def test_the_whole_folder_lost(codes, record, home):
    shutil.rmtree(home / "ledger")
    assert codes() == {"unsigned"}
    with pytest.raises(Conflict, match="missing"):
        record(1)


def test_guards_taken_away(codes, database_vendor):
    with connection.cursor() as cursor:
        if database_vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'ledger_entry_refuse_delete'")
            back = cursor.fetchone()[0]
            cursor.execute("DROP TRIGGER ledger_entry_refuse_delete")
        else:
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_change")
            back = "ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_no_change"
        assert codes() == {"unguarded"}
        cursor.execute(back)
    assert codes() == set()


def test_an_opening_that_names_somebody_else(attacker, codes):
    attacker("UPDATE ledger_opening SET value = 'person:somebody.else'")
    assert codes() == {"opening"}
