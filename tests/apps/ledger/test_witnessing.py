"""Witnesses: of others' logs, where no head is signed that does not continue the one before; and of the own one."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from tests.core.ledger.test_verifier import FALSE, KEY, TRUE, Ledger
from tutela.apps.ledger import queries
from tutela.apps.ledger.models import LedgerEntry
from tutela.cli.ledger import app
from tutela.core.errors import BadInput, Conflict, TutelaError, WrongUse
from tutela.core.ledger.cosignature import Witness, made
from tutela.core.ledger.note import parse

pytestmark = pytest.mark.django_db(transaction=True)

TIME = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run(*words):
    told = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(told.exception, TutelaError):
        raise told.exception
    return told.output


@pytest.fixture
def cosign(tmp_path):
    """Give bytes to the witness as a file."""

    def give(data):
        (tmp_path / "given").write_bytes(data)
        return run("cosign", tmp_path / "given", "--key", KEY).encode()

    return give


def witness():
    return Witness.parse(run("witness-key").strip())


def test_heads_that_continue_each_other_are_cosigned(cosign, home):
    first = cosign(TRUE.head(5))
    assert first.startswith(TRUE.head(5))
    assert witness().saw(parse(first)) is not None
    assert witness().saw(parse(cosign(TRUE.continuation(5)))) is not None
    assert cosign(TRUE.head()).startswith(TRUE.head()), "the same again, at a later time"
    entries = [json.loads(one.leaf) for one in LedgerEntry.objects.filter(action="ledger.cosign").order_by("seq")]
    assert [one["details"]["size"] for one in entries] == [5, 12, 12]
    assert (home / "ledger/witness-key").stat().st_mode & 0o077 == 0
    assert queries.files(home).keys() >= {"witness-key"}, "a backup holds it"


@pytest.mark.parametrize(
    "data",
    [
        TRUE.head(),  # no proof between them
        TRUE.head(4),  # older
        Ledger(FALSE["reordered"]).continuation(5),
        Ledger(FALSE["deleted"]).head(5),
        Ledger(FALSE["changed"]).continuation(5),
    ],
)
def test_what_is_not_shown_to_continue_is_not_cosigned(cosign, data):
    cosign(TRUE.head(5))
    before = queries.seen(KEY.name)
    with pytest.raises(Conflict, match="not cosigned"):
        cosign(data)
    assert queries.seen(KEY.name) == before
    assert LedgerEntry.objects.filter(action="ledger.cosign").count() == 1


def test_a_key_that_was_spoiled_is_told_and_not_made_anew(cosign, home):
    cosign(TRUE.head(5))
    (home / "ledger/witness-key").write_text("x")
    with pytest.raises(Conflict, match="key of the witness"):
        cosign(TRUE.head(5))


def test_receipts_under_a_head_that_a_witness_saw(record, tmp_path):
    other, path = made(b"8" * 32), tmp_path / "cosigned"
    record(300, time=TIME)
    with pytest.raises(BadInput, match="No witness"):
        run("receipt", 7, "--cosigned")
    signed = queries.checkpoint()
    line = other.cosign(parse(signed).text, TIME).line().encode()
    path.write_bytes(signed + line)
    record(500)
    assert "the first 300 entries" in run("take-cosigned", path, "--witness", other.witness())
    (tmp_path / "r").write_text(run("receipt", 7, "--cosigned"))
    said = run("verify", tmp_path / "r", "--key", run("key").strip(), "--witness", other.witness())
    assert f"{other.name} saw this head at 2026-11-23 12:00:00Z" in said
    assert "NOT SO" not in said
    (tmp_path / "r").write_text(run("receipt", 7))
    said = run("verify", tmp_path / "r", "--key", run("key").strip(), "--witness", other.witness())
    assert "has not cosigned" in said


def test_a_head_that_is_not_ours_or_not_cosigned_is_not_taken(record, tmp_path):
    other, path = made(b"8" * 32), tmp_path / "cosigned"
    record(300)
    path.write_bytes(queries.checkpoint())
    with pytest.raises(Conflict, match="was not cosigned by"):
        run("take-cosigned", path, "--witness", other.witness())
    path.write_bytes(TRUE.head())
    with pytest.raises(Conflict, match="No known key"):
        run("take-cosigned", path, "--witness", other.witness())
    with pytest.raises(WrongUse):
        run("take-cosigned", path, "--witness", queries.verifier())
    with pytest.raises(WrongUse):
        run("verify", "--witness", other.witness())
