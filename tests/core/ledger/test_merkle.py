"""The tree against the published vectors of RFC 6962 and against the recursive definition of its section 2.1."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.errors import BadInput
from tutela.core.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves, their roots and proofs that the public implementations of Certificate Transparency test with.
LEAVES = [bytes.fromhex(x) for x in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
NODES = {
    "0-1": ROOTS[2],
    "0": ROOTS[1],
    "1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "6": "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    "2-3": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "4-5": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "6-7": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0-3": ROOTS[4],
    "4-7": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
}
INCLUSION = [
    (0, 1, []),
    (0, 8, ["1", "2-3", "4-7"]),
    (5, 8, ["4", "6-7", "0-3"]),
    (2, 3, ["0-1"]),
    (1, 5, ["0", "2-3", "4"]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, ["1", "2-3", "4-7"]),
    (6, 8, ["4-5", "6-7", "0-3"]),
    (2, 5, ["2-3", "4"]),
    (6, 7, ["4-5", "6", "0-3"]),
]


def hashes(leaves):
    return [leaf_hash(leaf) for leaf in leaves]


def steps(names):
    return [bytes.fromhex(NODES[name]) for name in names]


def defined_root(leaves):
    """Section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    width = 1
    while width * 2 < len(leaves):
        width *= 2
    return node_hash(defined_root(leaves[:width]), defined_root(leaves[width:]))


def subtree(leaves):
    return lambda start, end: defined_root(leaves[start:end])


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size):
    assert root_of(hashes(LEAVES[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_published_inclusion_proofs(index, size, path):
    assert inclusion_path(index, size, subtree(LEAVES)) == steps(path)
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, steps(path), bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_published_consistency_proofs(first, second, path):
    assert consistency_path(first, second, subtree(LEAVES)) == steps(path)
    assert verify_consistency(first, second, steps(path), bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second]))


def test_the_empty_tree_begins_every_tree():
    assert Frontier().root() == EMPTY_ROOT
    assert verify_consistency(0, 8, [], EMPTY_ROOT, bytes.fromhex(ROOTS[8]))
    assert not verify_consistency(0, 8, [], bytes.fromhex(ROOTS[1]), bytes.fromhex(ROOTS[8]))


@given(st.lists(st.binary(max_size=8), max_size=70), st.integers(0, 70))
def test_growing_by_steps_gives_the_defined_root(leaves, cut):
    frontier = Frontier()
    frontier.extend(hashes(leaves[:cut]))
    saved = frontier.copy()
    frontier.extend(hashes(leaves[cut:]))
    assert frontier.root() == defined_root(leaves)
    assert saved.root() == defined_root(leaves[:cut])
    assert len(frontier.peaks) == len(leaves).bit_count()


@settings(max_examples=200)
@given(st.data(), st.integers(1, 130))
def test_every_inclusion_proof_holds_and_no_other_does(data, size):
    leaves = [str(n).encode() for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    root, path = defined_root(leaves), inclusion_path(index, size, subtree(leaves))
    assert verify_inclusion(leaf_hash(leaves[index]), index, size, path, root)
    assert not verify_inclusion(leaf_hash(b"x"), index, size, path, root)
    other = data.draw(st.integers(0, size + 2).filter(lambda n: n != index))
    assert not verify_inclusion(leaf_hash(leaves[index]), other, size, path, root)
    assert not verify_inclusion(leaf_hash(leaves[index]), index, size, [*path, root], root)
    assert not verify_inclusion(leaf_hash(leaves[index]), index, size, path[:-1], root) or not path


@settings(max_examples=200)
@given(st.data(), st.integers(1, 130))
def test_every_consistency_proof_holds_and_no_fork_does(data, second):
    leaves = [str(n).encode() for n in range(second)]
    first = data.draw(st.integers(1, second))
    path = consistency_path(first, second, subtree(leaves))
    old, new = defined_root(leaves[:first]), defined_root(leaves)
    assert verify_consistency(first, second, path, old, new)
    forked = defined_root([*leaves[: first - 1], b"x"])
    assert not verify_consistency(first, second, path, forked, new)
    assert not verify_consistency(first, second, path, old, forked)
    assert not verify_consistency(first, second, [*path, new], old, new)
    assert not verify_consistency(second, first, path, new, old) or first == second


@pytest.mark.parametrize("size", range(1, 18))
def test_a_proof_holds_for_its_own_place_and_for_no_other(size):
    """Of all entries, at every place: a receipt cannot be given another number."""
    hashes = [leaf_hash(bytes([number])) for number in range(size)]
    root = root_of(hashes)

    def subtree(start, end):
        return root_of(hashes[start:end])

    for index in range(size):
        path = inclusion_path(index, size, subtree)
        holds = [place for place in range(size) if verify_inclusion(hashes[index], place, size, path, root)]
        assert holds == [index]


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_no_path_to_what_is_not_there(index, size):
    with pytest.raises(BadInput):
        inclusion_path(index, size, subtree(LEAVES))
    assert not verify_inclusion(EMPTY_ROOT, index, size, [], EMPTY_ROOT)


@pytest.mark.parametrize(("first", "second"), [(0, 4), (5, 4)])
def test_no_proof_between_what_is_no_beginning(first, second):
    with pytest.raises(BadInput):
        consistency_path(first, second, subtree(LEAVES))


@pytest.mark.parametrize(("size", "peaks"), [(1, []), (2, [b"x" * 32, b"y" * 32]), (1, [b"short"]), (-1, [])])
def test_a_saved_edge_that_no_tree_has_is_refused(size, peaks):
    with pytest.raises(BadInput):
        Frontier(size, peaks)
