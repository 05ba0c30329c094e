import pytest

from tutela.apps.ledger import queries
from tutela.core.actor import SYSTEM, Viewer
from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.checkpoint import open_checkpoint
from tutela.core.ledger.merkle import verify_consistency
from tutela.core.ledger.receipt import parse

pytestmark = pytest.mark.django_db(transaction=True)
VIEWER = Viewer(SYSTEM)


def test_entries_come_latest_first_in_pages(record):
    record(1500)
    seen = [entry["seq"] for entry in queries.entries_for(VIEWER, limit=1200)]
    assert seen == list(range(1499, 299, -1))
    assert [entry["seq"] for entry in queries.entries_for(VIEWER, limit=3, before=10)] == [9, 8, 7]
    assert list(queries.entries_for(VIEWER, action="other")) == []
    assert len(list(queries.entries_for(VIEWER, action="test.", limit=5))) == 5


def test_only_the_authority_reads_the_ledger(record):
    record(1)
    with pytest.raises(Conflict, match="authority"):
        list(queries.entries_for(Viewer(SYSTEM, ("organisation",))))


def test_a_receipt_proves_each_entry(record):
    record(13)
    for seq in range(13):
        proof = parse(queries.receipt(seq).encode())
        assert proof.verify(queries.verifier()).size == 13
        assert proof.index == seq
    with pytest.raises(BadInput, match="no receipt"):
        queries.receipt(13)


def test_consistency_between_two_checkpoints(record):
    record(5)
    old = open_checkpoint(queries.checkpoint(), queries.verifier())
    record(8)
    new = open_checkpoint(queries.checkpoint(), queries.verifier())
    assert verify_consistency(5, 13, queries.consistency(5), old.root, new.root)


def test_nothing_recorded_is_a_whole_ledger(verify):
    assert queries.checkpoint() is None
    assert queries.verifier() is None
    assert (verify().ok, verify().size, queries.size()) == (True, 0, 0)
    with pytest.raises(BadInput, match="Nothing has been recorded"):
        queries.receipt(0)
