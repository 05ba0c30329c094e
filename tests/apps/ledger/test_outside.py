"""The keeper of the ledger as the attacker: the database, the folder and the signing key are theirs.

They change the past and sign the result, so that their own house says that all is well. Those outside hold what they
were given before: a checkpoint, a receipt. Each attack is caught by them.
"""

# ruff: noqa: S608 - the attacker writes SQL by hand
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tutela.apps.ledger import actions, queries
from tutela.apps.ledger.keeper import Keeper
from tutela.apps.ledger.models import LedgerEntry
from tutela.apps.ledger.tiles import Levels
from tutela.core.actor import SYSTEM
from tutela.core.ledger.checkpoint import Checkpoint
from tutela.core.ledger.merkle import Frontier, leaf_hash
from tutela.core.ledger.verdict import Outcome
from tutela.core.ledger.verifier import disagreements, verify_log
from tutela.core.ledger.verifier import verify as verify_alone

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Outsider:
    """What somebody was given in time, and what they see now."""

    def __init__(self):
        self.key, self.checkpoint = queries.verifier(), queries.checkpoint()
        self.receipts = {seq: queries.receipt(seq).encode() for seq in (5, 299)}

    def looks(self):
        """What the published ledger shows to whoever kept the checkpoint."""
        return self._refuted(verify_log(served, key=self.key, against={"kept": self.checkpoint}).statements)

    def compares(self, *others):
        """What receipts show together, each of which is sound by itself."""
        found = [verify_alone(one, key=self.key, now=NOW + timedelta(days=365)) for one in others]
        assert all(one.ok for one in found)
        return self._refuted(disagreements(found))

    def _refuted(self, statements):
        return {one.code for one in statements if one.outcome is Outcome.REFUTED}


def served(path):
    if path == "checkpoint":
        return queries.checkpoint()
    found = queries.tile(path.removeprefix("tile/"))
    return None if found is None else found[1]


@pytest.fixture
def outsider(record):
    record(300, time=NOW)
    return Outsider()


@pytest.fixture
def cover_up(home, codes):
    """Hash and sign anew whatever the database holds now; afterwards the own house finds nothing."""

    def run():
        keeper = Keeper(home)
        signer, _ = keeper.head()
        frontier = Frontier()
        for leaf in LedgerEntry.objects.order_by("seq").values_list("leaf", flat=True):
            frontier.append(leaf_hash(leaf.encode()))
        with keeper.locked():
            keeper.move(signer, Checkpoint(signer.name, frontier.size, frontier.root()), frontier)
        Levels(home).forget()
        assert codes() == set()

    return run


def moved(of, to):
    return f"UPDATE ledger_entry SET seq = {to} WHERE seq = {of}"


def test_nothing_is_told_of_an_honest_ledger(outsider, record):
    assert outsider.looks() == set()
    record(500)
    assert outsider.looks() == set()
    assert outsider.compares(*outsider.receipts.values(), queries.receipt(5).encode()) == set()


def test_an_erasure_breaks_no_proof_of_anybody(outsider, actor, basis):
    assert actions.erase(value=str(actor), by=SYSTEM, basis=basis) == 1
    assert outsider.looks() == set()
    assert outsider.compares(*outsider.receipts.values(), queries.receipt(5).encode()) == set()


def test_deletion(outsider, attacker, cover_up, record):
    attacker("DELETE FROM ledger_entry WHERE seq = 5", moved(299, 5))
    cover_up()
    assert outsider.looks() == {"truncated"}
    record(50)
    assert outsider.looks() == {"continuation"}
    assert outsider.compares(outsider.receipts[5], queries.receipt(5).encode()) == {"fork"}


def test_reordering(outsider, attacker, cover_up, record):
    attacker(moved(5, 1000), moved(6, 5), moved(1000, 6))
    cover_up()
    assert outsider.looks() == {"fork"}
    record(1)
    assert outsider.looks() == {"continuation"}


def test_change(outsider, attacker, cover_up, record):
    leaf = LedgerEntry.objects.get(seq=5).leaf.replace("test.act", "best.act")
    hexed = leaf_hash(leaf.encode()).hex()
    literal = f"x'{hexed}'" if connection.vendor == "sqlite" else f"'\\x{hexed}'::bytea"
    attacker(
        "UPDATE ledger_entry SET action = 'best.act', leaf = replace(leaf, 'test.act', 'best.act'), "
        f"leaf_hash = {literal} WHERE seq = 5"
    )
    cover_up()
    assert outsider.looks() == {"fork"}
    record(1)
    assert outsider.looks() == {"continuation"}


def test_truncation(outsider, attacker, cover_up):
    attacker("DELETE FROM ledger_entry WHERE seq >= 200")
    cover_up()
    assert outsider.looks() == {"truncated"}


def test_a_fork_after_a_truncation(outsider, attacker, cover_up, record):
    attacker("DELETE FROM ledger_entry WHERE seq >= 200")
    cover_up()
    record(400, time=NOW + timedelta(days=1))
    assert outsider.looks() == {"continuation"}
    assert outsider.compares(outsider.receipts[299], queries.receipt(299).encode()) == {"fork"}


def test_a_clock_that_was_set_back(outsider, record, verify):
    record(1, time=NOW - timedelta(days=30))
    assert "clock" in {flaw.code for flaw in verify(now=NOW).warnings}
    assert outsider.compares(outsider.receipts[299], queries.receipt(300).encode()) == {"time"}
