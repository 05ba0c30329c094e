"""The tree as tiles: served, written as files, and kept beside the database so that a proof reads a few hashes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tutela.apps.ledger import actions, queries
from tutela.core.errors import Conflict, Unavailable
from tutela.core.ledger.checkpoint import open_checkpoint
from tutela.core.ledger.merkle import leaf_hash, verify_consistency
from tutela.core.ledger.receipt import parse
from tutela.core.ledger.tiles import Reader, unbundle
from tutela.core.ledger.verifier import verify_log

pytestmark = pytest.mark.django_db(transaction=True)


def head():
    return open_checkpoint(queries.checkpoint(), queries.verifier())


def served(path):
    if path == "checkpoint":
        return queries.checkpoint()
    found = queries.tile(path.removeprefix("tile/"))
    return None if found is None else found[1]


def test_the_root_comes_out_of_what_is_served(record):
    record(700)
    assert Reader(700, served).subtree_root(0, 700) == head().root
    first = queries.checkpoint()
    record(100)
    assert verify_log(served, key=queries.verifier(), against={"first": first}).ok
    entries = [entry for path in ("tile/entries/000", "tile/entries/001") for entry in unbundle(served(path))]
    assert b"".join(map(leaf_hash, entries)) == served("tile/0/000") + served("tile/0/001")


@pytest.mark.parametrize("path", ["0/003", "0/002.p/189", "1/000", "1/000.p/3", "2/000.p/1", "x", "entries/003"])
def test_what_the_tree_has_not_is_not_there(record, path):
    record(700)
    assert queries.tile(path) is None


def test_a_receipt_reads_a_few_hashes_of_many(record):
    record(2000)
    queries.receipt(0)
    with CaptureQueriesContext(connection) as asked:
        assert parse(queries.receipt(1999).encode()).verify(queries.verifier()).size == 2000
    assert len(asked) < 12
    assert all("BETWEEN" in one["sql"] or "seq" in one["sql"] for one in asked)


@pytest.mark.parametrize("damage", [b"", b"x" * 31, b"x" * 32 * 7, b"x" * 100])
def test_a_spoiled_cache_is_made_anew(record, home, damage):
    record(1900)
    first = head()
    queries.receipt(3)
    (home / "ledger/tiles/1").write_bytes(damage)
    for seq in (0, 255, 1899):
        assert parse(queries.receipt(seq).encode()).verify(queries.verifier()).size == 1900
    record(300)
    (home / "ledger/tiles/1").write_bytes(damage)
    assert verify_consistency(1900, 2200, queries.consistency(1900), first.root, head().root)


def test_a_cache_that_cannot_be_written_is_told(record, home):
    record(600)
    (home / "ledger/tiles").write_text("in the way")
    with pytest.raises(Unavailable, match="cache of hashes"):
        queries.receipt(3)


def test_no_receipt_comes_of_a_ledger_that_was_tampered_with(record, attacker):
    record(600)
    attacker("UPDATE ledger_entry SET leaf_hash = (SELECT leaf_hash FROM ledger_entry WHERE seq = 1) WHERE seq = 2")
    with pytest.raises(Conflict, match="do not lead to the signed root"):
        queries.receipt(3)


def test_static_files_are_written_once(record, tmp_path):
    folder = tmp_path / "public"
    record(700)
    assert queries.publish(folder) == queries.publish(folder).__class__(700, 4)
    assert queries.publish(folder).written == 0
    kept = (folder / "checkpoint").read_bytes()
    whole = (folder / "tile/0/000").stat().st_mtime_ns
    record(100)
    assert queries.publish(folder).written == 3, "one is complete now, one is new, and the upper one grew"
    assert (folder / "tile/0/000").stat().st_mtime_ns == whole
    assert sorted(path.name for path in (folder / "tile/0").iterdir()) == ["000", "001", "002", "003.p"]
    assert not (folder / "tile/entries").exists()

    def read(path):
        return (folder / path).read_bytes() if (folder / path).exists() else None

    assert verify_log(read, key=queries.verifier(), against={"kept": kept}).ok
    assert queries.publish(folder, with_entries=True).written == 4


def test_a_folder_of_another_ledger_is_left_as_it_is(record, tmp_path, attacker, actor, basis):
    record(300)
    queries.publish(tmp_path)
    before = (tmp_path / "checkpoint").read_bytes()
    attacker("DELETE FROM ledger_entry WHERE seq >= 200")
    actions.adopt(by=actor, basis=basis)
    with pytest.raises(Conflict, match="does not continue"):
        queries.publish(tmp_path)
    assert (tmp_path / "checkpoint").read_bytes() == before


def test_nothing_is_published_that_does_not_verify(record, tmp_path, attacker):
    record(300)
    attacker("UPDATE ledger_entry SET leaf_hash = (SELECT leaf_hash FROM ledger_entry WHERE seq = 1) WHERE seq = 2")
    with pytest.raises(Conflict, match="do not lead"):
        queries.publish(tmp_path / "public")
    assert not (tmp_path / "public").exists()


@pytest.mark.usefixtures("pages")
class TestPages:
    """Who may read the tree."""

    def test_by_default_nobody_without_sign_in(self, record, client):
        record(300)
        for path in ("checkpoint", "tile/0/000", "tile/entries/000"):
            answer = client.get(f"/ledger/log/{path}")
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/")

    def test_where_it_is_public_hashes_are_for_everybody_and_entries_are_not(self, record, client, settings):
        record(300)
        settings.TUTELA = settings.TUTELA.model_copy(update={"ledger_public": True})
        assert client.get("/ledger/log/checkpoint").content == queries.checkpoint()
        whole = client.get("/ledger/log/tile/0/000")
        assert (len(whole.content), whole["Cache-Control"]) == (8192, "public, max-age=31536000, immutable")
        assert "Set-Cookie" not in whole
        part = client.get("/ledger/log/tile/0/001.p/44")
        assert (len(part.content), part["Cache-Control"]) == (44 * 32, "no-cache")
        assert client.get("/ledger/log/tile/0/001").status_code == 404
        assert client.get("/ledger/log/tile/0/../checkpoint").status_code == 404
        for path in ("entries/000", "entries/001.p/44", "entries/x"):
            assert client.get(f"/ledger/log/tile/{path}").status_code == 302
        assert client.get("/ledger/").status_code == 302
