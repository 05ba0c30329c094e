import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger.checkpoint import Checkpoint
from tutela.core.ledger.merkle import inclusion_path, leaf_hash, root_of
from tutela.core.ledger.note import Signer
from tutela.core.ledger.receipt import MAGIC, Receipt, parse

LOG = Signer("log.example/tutela", b"7" * 32)


def receipt(index, size, *, with_entry=True):
    leaves = [f'{{"n":{n}}}'.encode() for n in range(size)]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    head = Checkpoint(LOG.name, size, root_of(hashes))
    path = inclusion_path(index, size, lambda start, end: root_of(hashes[start:end]))
    return Receipt(index, tuple(path), str(head.signed(LOG)).encode(), leaves[index] if with_entry else None)


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_a_receipt_proves_its_entry_and_no_other(place):
    proof = parse(receipt(*place).text().encode())
    assert proof == receipt(*place)
    assert proof.verify(LOG.verifier()).size == place[1]
    with pytest.raises(Conflict, match="does not lead"):
        proof.verify(LOG.verifier(), b'{"n":-1}')


def test_its_form_is_that_of_the_specification():
    lines = receipt(1, 2).text().split("\n")
    assert lines[0] == MAGIC
    assert lines[1:3] == ["extra eyJuIjoxfQ==", "index 1"]
    assert lines[4] == ""
    assert lines[5] == LOG.name


def test_the_entry_may_travel_apart():
    proof = parse(receipt(1, 3, with_entry=False).text().encode())
    with pytest.raises(BadInput, match="does not hold its entry"):
        proof.verify(LOG.verifier())
    assert proof.verify(LOG.verifier(), b'{"n":1}').size == 3


def test_a_receipt_of_another_log_is_not_believed():
    with pytest.raises(Conflict):
        receipt(0, 2).verify(Signer(LOG.name, b"8" * 32).verifier())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace("@v1", "@v9"),
        lambda text: text.replace("index 1", "index 01"),
        lambda text: text.replace("index 1\n", ""),
        lambda text: text.replace("extra ", "extra !"),
        lambda text: text.replace("index 1\n", "index 1\nAAAA\n"),
        lambda text: text.replace("index 1\n", "index 1\n" + ("A" * 43 + "=\n") * 64),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text + "x" * 2**21,
    ],
)
def test_what_is_no_receipt_is_refused(change):
    with pytest.raises(BadInput):
        parse(change(receipt(1, 3).text()).encode())
