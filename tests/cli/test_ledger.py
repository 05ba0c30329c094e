import json

import pytest
from typer.testing import CliRunner

from tutela.apps.ledger import queries
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
    assert json.loads(run("check-receipt", path, "--key", key))["details"] == {"n": 2}
    assert json.loads(run("check-receipt", "-", "--key", key, stdin=text))["details"] == {"n": 2}


def test_before_the_first_entry_there_is_no_key():
    assert isinstance(CliRunner().invoke(app, ["key"]).exception, BadInput)


def test_a_key_that_is_none_is_wrong_use(record):
    record(1)
    assert isinstance(CliRunner().invoke(app, ["verify", "--key", "abc"]).exception, WrongUse)
    run("verify", "--against", "/nonexistent", code=2)


def test_adopt(record):
    record(2)
    assert "Entry 2 is the first" in run("adopt", "--basis", "example/mandate", "--basis-version", "1")
