"""Every way to spoil a ledger, on plain lists: each is told, and told rightly."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tutela.core.ledger.audit import KEPT_OF_A_KIND, Audit, Row
from tutela.core.ledger.canonical import canonical
from tutela.core.ledger.checkpoint import Checkpoint
from tutela.core.ledger.merkle import leaf_hash, root_of

LATER = "9999"


def row(seq, n=None, second=None):
    n, second = seq if n is None else n, seq if second is None else second
    time = f"2026-01-01T00:00:{second:02d}.000000Z"
    leaf = canonical({"time": time, "action": "a", "n": n})
    return Row(seq, time, "a", leaf.decode(), leaf_hash(leaf))


def head(rows):
    return Checkpoint("log", len(rows), root_of(bytes(r.leaf_hash) for r in rows))


def codes(rows, *heads, now=LATER):
    audit = Audit([(f"Checkpoint {n}", each) for n, each in enumerate(heads)])
    audit.read(rows)
    audit.finish(now)
    return {flaw.code for flaw in audit.flaws}


ROWS = [row(n) for n in range(20)]


def test_a_whole_ledger_has_no_flaw():
    assert codes(ROWS, head(ROWS), head(ROWS[:7]), head([])) == set()
    assert codes([], head([])) == set()


@given(st.permutations(range(8)))
def test_reordered(order):
    assume(order != sorted(order))
    shuffled = [ROWS[n]._replace(seq=seq) for seq, n in enumerate(order)]
    assert "rewritten" in codes(shuffled, head(ROWS[:8]))


@pytest.mark.parametrize("gone", [{19}, {18, 19}, set(range(20))])
def test_truncated(gone):
    assert codes([r for r in ROWS if r.seq not in gone], head(ROWS)) == {"truncated"}


@pytest.mark.parametrize("gone", [{0}, {7}, {7, 8, 11}])
def test_deleted_from_the_middle(gone):
    left = [r for r in ROWS if r.seq not in gone]
    assert codes(left, head(ROWS)) == {"missing", "truncated"}
    renumbered = [r._replace(seq=seq) for seq, r in enumerate(left)]
    assert codes(renumbered, head(ROWS)) == {"truncated"}
    padded = [*renumbered, *(row(n) for n in range(len(left), 20))]
    assert "rewritten" in codes(padded, head(ROWS))


def test_changed_with_and_without_a_fitting_hash():
    changed = row(5, n=99)
    assert codes([*ROWS[:5], changed, *ROWS[6:]], head(ROWS)) == {"rewritten"}
    assert codes([*ROWS[:5], changed._replace(leaf_hash=ROWS[5].leaf_hash), *ROWS[6:]]) == {"changed"}


@pytest.mark.parametrize(
    "change",
    [
        {"time": "2020"},
        {"action": "b"},
        {"leaf_hash": b""},
        {"leaf_hash": "text"},
        {"leaf_hash": None},
        {"leaf": None},
        {"leaf": "no JSON"},
        {"leaf": "[]"},
        {"leaf": '"\ud800"'},
        {"seq": "five"},
        {"leaf": b"bytes"},
    ],
)
def test_every_column_counts(change):
    assert "changed" in codes([*ROWS[:5], ROWS[5]._replace(**change), *ROWS[6:]])


def test_a_fork_does_not_fit_the_other_branch():
    ours, theirs = [*ROWS[:10], row(10, n=1)], [*ROWS[:10], row(10, n=2)]
    assert codes(ours, head(ours), head(theirs)) == {"rewritten"}


def test_a_clock_that_went_backwards_is_told_but_is_no_damage():
    rows = [row(0, second=5), row(1, second=3), row(2, second=9)]
    audit = Audit([("The checkpoint", head(rows))])
    audit.read(rows)
    audit.finish("2026-01-01T00:00:07.000000Z")
    assert [(flaw.code, flaw.entry, flaw.severity) for flaw in audit.flaws] == [
        ("clock", 1, "warning"),
        ("clock", 2, "warning"),
    ]


def test_many_flaws_are_counted_not_kept():
    audit = Audit()
    audit.read(r._replace(action="b") for r in (row(n, second=0) for n in range(1000)))
    audit.finish(LATER)
    assert len(audit.flaws) == KEPT_OF_A_KIND + 1
    assert "980 more" in audit.flaws[-1].what
    assert audit.counts["changed"] == 1000
