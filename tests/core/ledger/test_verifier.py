"""What others hold of a ledger, and each attack of whoever keeps it: one who has the key and may sign anything."""

import hashlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import BadInput
from tutela.core.ledger.checkpoint import Checkpoint
from tutela.core.ledger.continuation import Continuation
from tutela.core.ledger.merkle import consistency_path, inclusion_path, leaf_hash, root_of
from tutela.core.ledger.note import Signer
from tutela.core.ledger.receipt import Receipt
from tutela.core.ledger.tiles import read_path
from tutela.core.ledger.verdict import Outcome
from tutela.core.ledger.verifier import disagreements, verify, verify_log

LOG = Signer("log.example/tutela", b"7" * 32)
KEY = LOG.verifier()
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CONTENT = b"192.0.2.1\n"


def leaf(n, *, minute=None, action="notices.compose"):
    entry = {
        "version": 1,
        "actor": {"kind": "person", "commitment": "0" * 64},
        "action": action,
        "object": {"type": "notice", "hash": f"{n:064x}"},
        "basis": {"id": "example/mandate", "version": "1"},
        "time": f"2026-11-22T10:{n if minute is None else minute:02}:00.000000Z",
        "details": {"file": hashlib.sha256(CONTENT).hexdigest()},
    }
    return json.dumps(entry).encode()


class Ledger:
    """A ledger whose keeper signs what the test wants."""

    def __init__(self, leaves):
        self.leaves = list(leaves)
        self.hashes = [leaf_hash(one) for one in self.leaves]

    def subtree(self, start, end):
        return root_of(self.hashes[start:end])

    def head(self, size=None, signer=LOG):
        size = len(self.leaves) if size is None else size
        return str(Checkpoint(LOG.name, size, self.subtree(0, size)).signed(signer)).encode()

    def receipt(self, index, size=None):
        size = size or len(self.leaves)
        path = tuple(inclusion_path(index, size, self.subtree))
        return Receipt(index, path, self.head(size), self.leaves[index]).text().encode()

    def fetch(self, path):
        """What a web server gives that serves the ledger's tiles."""
        if path == "checkpoint":
            return self.head()
        wanted = read_path(path.removeprefix("tile/"))
        step = 256**wanted.level
        numbers = range(wanted.start, wanted.start + wanted.width)
        return b"".join(self.subtree(n * step, (n + 1) * step) for n in numbers)

    def continuation(self, first):
        path = tuple(consistency_path(first, len(self.leaves), self.subtree))
        return Continuation(first, path, self.head()).text().encode()


TRUE = Ledger(leaf(n) for n in range(12))


FALSE = {
    "deleted": [*TRUE.leaves[:3], *TRUE.leaves[4:], leaf(12)],
    "reordered": [*TRUE.leaves[:3], TRUE.leaves[4], TRUE.leaves[3], *TRUE.leaves[5:]],
    "changed": [*TRUE.leaves[:3], leaf(3, action="notices.fail"), *TRUE.leaves[4:]],
    "inserted": [*TRUE.leaves[:3], leaf(30), *TRUE.leaves[3:]],
}


def check(data, **more):
    return verify(data, key=KEY, now=NOW, **more)


def codes(verdict, outcome=Outcome.REFUTED):
    return {one.code for one in verdict.statements if one.outcome is outcome}


@given(st.integers(1, 12).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_a_receipt_says_which_entry_it_proves(place):
    index, size = place
    verdict = check(TRUE.receipt(index, size))
    assert verdict.ok
    assert (verdict.index, verdict.head.size) == place
    assert f"Entry {index} (counted from 0) of {size}: notices.compose on notice" in verdict.statements[-1].what
    assert any("salted hash" in limit for limit in verdict.limits)


@given(st.integers(1, 12), st.data())
def test_a_receipt_with_one_byte_changed_proves_nothing(size, data):
    whole = TRUE.receipt(size - 1, size)
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        verdict = check(bytes(changed))
    except BadInput:
        return
    assert not verdict.ok


def test_another_key_is_told_and_nothing_more_is_said():
    verdict = verify(TRUE.receipt(3), key=Signer(LOG.name, b"8" * 32).verifier(), now=NOW)
    assert codes(verdict) == {"signature"}
    assert verdict.entry is None


def test_what_the_receipt_is_about():
    assert check(TRUE.receipt(3), contents={"findings.csv": [b"", CONTENT]}).ok
    other = check(TRUE.receipt(3), contents={"findings.csv": [CONTENT + b"x"]})
    assert codes(other) == {"content"}
    with pytest.raises(BadInput, match="Only a receipt"):
        check(TRUE.head(), contents={"findings.csv": [b"", CONTENT]})


@given(st.integers(1, 12))
def test_a_true_continuation_is_proven(first):
    old = TRUE.head(first)
    assert check(TRUE.continuation(first), against={"kept": old}).ok
    assert verify_log(TRUE.fetch, key=KEY, against={"kept": old}).ok


def test_the_tiles_are_compared_with_the_signed_root():
    false, large = Ledger(FALSE["reordered"]), Ledger(leaf(n, minute=n % 60) for n in range(600))
    assert verify_log(large.fetch, key=KEY, against={"kept": large.head(300), "old": large.head(0)}).ok
    mixed = verify_log(lambda path: (false if path == "checkpoint" else TRUE).fetch(path), key=KEY)
    assert codes(mixed) == {"tiles"}
    gone = verify_log(lambda path: None if path.startswith("tile/0") else large.fetch(path), key=KEY)
    assert codes(gone, Outcome.OPEN) == {"tiles"}
    with pytest.raises(BadInput, match="no checkpoint"):
        verify_log(lambda _path: None, key=KEY)


def test_what_cannot_be_seen_is_not_called_proven():
    assert codes(check(TRUE.head(), against={"kept": TRUE.head(5)}), Outcome.OPEN) == {"continuation"}
    assert codes(check(TRUE.receipt(3), against={"kept": TRUE.head(5)}), Outcome.OPEN) == {"continuation"}
    assert codes(check(TRUE.continuation(5)), Outcome.OPEN) == {"continuation"}
    assert codes(check(TRUE.continuation(5), against={"kept": TRUE.head(4)}), Outcome.OPEN) == {"continuation"}
    assert check(TRUE.receipt(3), against={"kept": TRUE.head()}).ok


@pytest.mark.parametrize("attack", FALSE)
def test_deletion_reordering_change_and_insertion_are_caught_by_who_kept_a_checkpoint(attack):
    false, kept = Ledger(FALSE[attack]), TRUE.head(6)
    assert codes(verify_log(false.fetch, key=KEY, against={"kept": kept})) == {"continuation"}
    assert codes(check(false.continuation(6), against={"kept": kept})) == {"continuation"}


def test_an_entry_that_was_deleted_has_no_receipt_any_more():
    false = Ledger(TRUE.leaves[:3] + TRUE.leaves[4:])
    path = tuple(inclusion_path(3, len(false.leaves), false.subtree))
    forged = Receipt(3, path, false.head(), TRUE.leaves[3]).text().encode()
    assert codes(check(forged)) == {"inclusion"}


def test_a_fork_is_caught_by_two_who_compare():
    other = Ledger([*TRUE.leaves[:-1], leaf(40)])
    assert codes(check(other.head(), against={"kept": TRUE.head()})) == {"fork"}
    assert codes(check(other.continuation(5), against={"kept": TRUE.head()})) == {"fork"}
    assert codes(check(other.receipt(3), against={"kept": TRUE.head()})) == {"fork"}
    told = disagreements([check(TRUE.receipt(2)), check(other.receipt(2))])
    assert [one.code for one in told] == ["fork"]


def test_two_entries_of_one_number_are_a_fork_whatever_the_size():
    other = Ledger([*TRUE.leaves[:5], *(leaf(n) for n in range(20, 30))])
    told = disagreements([check(TRUE.receipt(7)), check(other.receipt(7))])
    assert {one.code for one in told} == {"fork"}


def test_a_fork_that_grew_longer_is_caught():
    other = Ledger([*TRUE.leaves[:5], *(leaf(n) for n in range(20, 40))])
    verdict = verify_log(other.fetch, key=KEY, against={"kept": TRUE.head()})
    assert codes(verdict) == {"continuation"}


def test_truncation_is_caught():
    assert codes(check(TRUE.head(7), against={"kept": TRUE.head(9)})) == {"truncated"}
    assert codes(check(Ledger(TRUE.leaves[:7]).continuation(3), against={"kept": TRUE.head(9)})) == {"truncated"}


def test_a_clock_that_went_backwards_is_caught_by_two_receipts():
    false = Ledger([*TRUE.leaves[:9], leaf(9, minute=2), *TRUE.leaves[10:]])
    told = disagreements([check(false.receipt(9)), check(false.receipt(5))])
    assert [one.code for one in told] == ["time"]
    assert disagreements([check(TRUE.receipt(9)), check(TRUE.receipt(5)), check(TRUE.receipt(5, 8))]) == []


def test_an_entry_from_the_future_is_caught():
    early = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert codes(verify(TRUE.receipt(11), key=KEY, now=early)) == {"time"}
    assert verify(TRUE.receipt(4), key=KEY, now=early).ok


@pytest.mark.parametrize("data", [b"", b"old ", b"old 3\n", b"old 03\n\nx", b"old 3\nAAAA\n\nx", b"\xff\n\n", b"{}"])
def test_what_is_none_of_it_is_refused(data):
    with pytest.raises(BadInput):
        check(data, against={"kept": TRUE.head()})


def test_an_entry_that_is_none_is_refused():
    with pytest.raises(BadInput, match="cannot be read as an entry"):
        check(Ledger([b"[]"]).receipt(0))
    with pytest.raises(BadInput, match="does not hold its entry"):
        check(Receipt(0, (), TRUE.head(1)).text().encode())


def test_for_machines():
    told = check(TRUE.receipt(3)).as_dict()
    assert (told["ok"], told["index"], told["size"], told["origin"]) == (True, 3, 12, LOG.name)
    assert told["entry"]["action"] == "notices.compose"
    assert json.loads(json.dumps(told)) == told
