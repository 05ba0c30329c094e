import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import BadInput, Conflict
from tutela.core.ledger import tiles
from tutela.core.ledger.merkle import consistency_path, inclusion_path, leaf_hash, root_of
from tutela.core.ledger.tiles import Reader, Tile, bundle, levels, read_path, unbundle

LEAVES = [leaf_hash(str(n).encode()) for n in range(70_000)]
LEVELS = [LEAVES]
while len(LEVELS[-1]) >= 256:
    below = LEVELS[-1]
    LEVELS.append([root_of(below[n : n + 256]) for n in range(0, len(below) - 255, 256)])


def site(size, *, complete_alone=False):
    """The tiles of a log of so many entries, as files; ``complete_alone``: what lost its partial tiles since."""
    found = {}
    for level in levels(size):
        for tile in tiles.tiles(size, level):
            hashes = LEVELS[level][tile.start : tile.start + (256 if complete_alone else tile.width)]
            found[Tile(level, tile.number, len(hashes)).path()] = b"".join(hashes)
    return found


def direct(start, end):
    return root_of(LEAVES[start:end])


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(1, 999, 255), "tile/1/999.p/255"),
        (Tile(2, 1000), "tile/2/x001/000"),
        (Tile(None, 5), "tile/entries/005"),
        (Tile(None, 5, 12), "tile/entries/005.p/12"),
    ],
)
def test_paths_are_those_of_the_specification(tile, path):
    assert tile.path() == path
    assert read_path(path.removeprefix("tile/")) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("", "0", "0/0", "0/0000", "0/x000/001", "8/000", "-1/000", "0/001/000", "0/x1/000", "0/../000", "entries"),
        *("0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/999", "0/000/", "0/000\n", "0/\u0661\u0660\u0660"),
        "0/" + "x001/" * 7 + "000",
    ],
)
def test_there_is_one_spelling_and_no_other(path):
    with pytest.raises(BadInput):
        read_path(path)


@given(st.integers(0, 7), st.integers(0, 10**15), st.integers(1, 256))
def test_every_path_is_read_as_it_was_written(level, number, width):
    tile = Tile(level, number, width)
    assert read_path(tile.path().removeprefix("tile/")) == tile


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 1000, 65_535, 65_536, 65_537, 70_000])
def test_the_root_comes_out_of_the_tiles(size):
    files = site(size)
    assert Reader(size, files.get).subtree_root(0, size) == direct(0, size)
    asked = []
    Reader(size, lambda path: asked.append(path) or files.get(path)).subtree_root(0, size)
    assert len(asked) <= 3, "one tile for each level"


@given(st.integers(1, 3000).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_proofs_are_the_same_from_tiles(place):
    index, size = place
    reader = Reader(size, site(size).get)
    assert inclusion_path(index, size, reader.subtree_root) == inclusion_path(index, size, direct)
    assert consistency_path(index + 1, size, reader.subtree_root) == consistency_path(index + 1, size, direct)


def test_a_log_that_grew_may_have_the_complete_tile_alone():
    files = site(1000, complete_alone=True)
    assert "tile/0/003" in files
    assert Reader(1000, files.get).subtree_root(0, 1000) == direct(0, 1000)


@pytest.mark.parametrize("data", [None, b"", b"x" * 31, b"x" * 8193])
def test_a_tile_that_is_none_is_told(data):
    with pytest.raises(Conflict, match="missing, or is none"):
        Reader(300, lambda _path: data).subtree_root(0, 300)


def test_which_tiles_a_tree_has():
    assert list(tiles.tiles(0, 0)) == []
    assert list(levels(0)) == []
    assert [tile.path() for level in levels(300) for tile in tiles.tiles(300, level)] == [
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
    ]
    assert Tile(0, 1, 44).is_under(300)
    assert not Tile(0, 1, 45).is_under(300)
    assert Tile(None, 1, 44).is_under(300)


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_entries_come_out_of_their_tile_as_they_went_in(entries):
    assert unbundle(bundle(entries)) == entries
    if bundle(entries):
        with pytest.raises(BadInput):
            unbundle(bundle(entries) + b"\x00")
