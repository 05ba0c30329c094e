import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from tests.webserver import Answer, serving
from tutela.apps.ledger import queries
from tutela.cli import proofs
from tutela.cli.ledger import app
from tutela.core.errors import BadInput, WrongUse

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words, code=0, stdin=None):
    result = CliRunner().invoke(app, [str(word) for word in words], input=stdin)
    assert result.exit_code == code, result.output
    return result.output


def test_verify_says_whole_or_not(record, attacker):
    record(3)
    assert "The ledger is whole: 3 entries" in run("verify")
    assert json.loads(run("verify", "--json"))["ok"] is True
    attacker("DELETE FROM ledger_entry WHERE seq = 2")
    assert "NOT what was recorded" in run("verify", code=1)
    assert json.loads(run("verify", "--json", code=1))["problems"][0]["code"] == "truncated"


def test_verify_against_what_was_kept_elsewhere(record, tmp_path):
    record(3)
    copy = tmp_path / "copy"
    copy.write_bytes(queries.checkpoint())
    record(2)
    key = run("key").strip()
    assert "5 entries" in run("verify", "--against", copy, "--key", key)


def test_list_prints_one_array(record):
    record(3)
    entries = json.loads(run("list", "--json", "--limit", 2))
    assert [entry["seq"] for entry in entries] == [2, 1]
    assert "test.act" in run("list")
    assert json.loads(run("list", "--json", "--action", "none")) == []


def test_a_receipt_is_checked_without_the_database(record, tmp_path):
    record(4)
    text, key = run("receipt", 2), run("key").strip()
    path = tmp_path / "r.tlog-proof"
    path.write_text(text)
    assert json.loads(run("verify", path, "--key", key, "--json"))["files"][0]["entry"]["details"] == {"n": 2}
    assert "Entry 2 (counted from 0) of 4: test.act on thing" in run("verify", "-", "--key", key, stdin=text)
    path.write_text(text.replace("index 2", "index 1"))
    assert "NOT SO" in run("verify", path, "--key", key, code=1)


def test_without_a_key_nothing_is_proven(record, tmp_path):
    record(1)
    (tmp_path / "r").write_text(run("receipt", 0))
    assert isinstance(CliRunner().invoke(app, ["verify", str(tmp_path / "r")]).exception, WrongUse)


def test_a_continuation_is_given_and_checked(record, tmp_path):
    record(3)
    kept, proof, key = tmp_path / "kept", tmp_path / "proof", run("key").strip()
    kept.write_bytes(queries.checkpoint())
    record(4)
    proof.write_text(run("continuation", kept))
    assert f"The 3 entries of {kept} are the first of the 7" in run("verify", proof, "--key", key, "--against", kept)
    assert "not shown" in run("verify", proof, "--key", key, code=1)


def test_a_receipt_is_read_from_an_address(record):
    record(2)
    text, key = run("receipt", 1), run("key").strip()
    with serving() as site:
        site.pages["/r.tlog-proof"] = Answer(text.encode())
        site.pages["/large"] = Answer(b"x" * (proofs.LARGEST + 1))
        assert "proven" in run("verify", site.url("/r.tlog-proof"), "--key", key)
        told = CliRunner().invoke(app, ["verify", site.url("/large"), "--key", key]).exception
        assert isinstance(told, BadInput)
    told = CliRunner().invoke(app, ["verify", "http://192.0.2.1/r", "--key", key]).exception
    assert isinstance(told, WrongUse)


def test_tiles_in_a_folder_and_on_a_server_show_what_continues_what(record, tmp_path):
    public, kept, receipt, key = tmp_path / "public", tmp_path / "kept", tmp_path / "receipt", ""
    record(300)
    kept.write_bytes(queries.checkpoint())
    receipt.write_text(run("receipt", 7))
    record(400)
    key = run("key").strip()
    assert json.loads(run("tiles", public, "--json")) == {"entries": 700, "tiles": 4}
    said = run("verify", public, receipt, "--key", key, "--against", kept)
    assert f"The 300 entries of {kept} are the first of the 700" in said
    assert f"The 300 entries of {receipt} are the first of the 700" in said
    with serving() as site:
        for path in public.rglob("*"):
            if path.is_file():
                site.pages[f"/log/{path.relative_to(public)}"] = Answer(path.read_bytes())
        assert "NOT SO" not in run("verify", site.url("/log/"), "--key", key, "--against", kept)
        site.pages["/log/tile/0/001"] = Answer(b"x" * 8192)
        assert "NOT SO" in run("verify", site.url("/log/"), "--key", key, "--against", kept, code=1)
        del site.pages["/log/tile/0/001"]
        assert "not shown" in run("verify", site.url("/log/"), "--key", key, "--against", kept, code=1)
    (public / "tile/1/000.p/2").write_bytes(b"x" * 64)
    assert "do not lead to the root" in run("verify", public, "--key", key, code=1)


def test_receipts_are_compared_with_each_other(record, tmp_path):
    later, earlier = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    record(1, time=later)
    record(1, time=earlier)
    for seq in range(2):
        (tmp_path / f"{seq}").write_text(run("receipt", seq))
    said = run("verify", tmp_path / "0", tmp_path / "1", "--key", run("key").strip(), code=1)
    assert "the clock went backwards" in said


def test_it_needs_neither_database_nor_framework(record, tmp_path):
    record(3)
    (tmp_path / "r").write_text(run("receipt", 1))
    program = (
        "import sys; from tutela.cli.main import main\n"
        "code = main(['ledger', 'verify', sys.argv[1], '--key', sys.argv[2]])\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'polars', 'deltalake'}))\n"
        "sys.exit(code)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "r", run("key").strip()],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ) | {"TUTELA_HOME": str(tmp_path / "nothing"), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1] == "[]"
    assert not (tmp_path / "nothing").exists()


def test_before_the_first_entry_there_is_no_key():
    assert isinstance(CliRunner().invoke(app, ["key"]).exception, BadInput)


def test_a_key_that_is_none_is_wrong_use(record):
    record(1)
    assert isinstance(CliRunner().invoke(app, ["verify", "--key", "abc"]).exception, WrongUse)
    run("verify", "--against", "/nonexistent", code=2)


def test_adopt(record):
    record(2)
    assert "Entry 2 is the first" in run("adopt", "--basis", "example/mandate", "--basis-version", "1")
