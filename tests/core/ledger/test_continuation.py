from hypothesis import given
from hypothesis import strategies as st

from tutela.core.ledger.continuation import Continuation, parse


@given(st.integers(0, 10**15), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_it_is_read_as_it_was_written(first, path):
    """What is no such proof is refused: test_verifier.py."""
    proof = Continuation(first, tuple(path), b"log.example\n1\nAAAA\n\n-- name AAAA\n")
    assert parse(proof.text().encode()) == proof


def test_its_form_is_that_of_a_request_to_a_witness():
    assert Continuation(20, (b"\x00" * 32,), b"log\n").text() == "old 20\n" + "A" * 43 + "=\n\nlog\n"
