"""The head of the ledger is stamped by an authority that answers over HTTP, and what it says is checked outside."""

import json
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.db import transaction
from structlog.testing import capture_logs
from typer.testing import CliRunner

from tests.core.ledger.test_verifier import TRUE
from tests.stampserver import stamp_server
from tests.webserver import Answer
from tutela.apps.ledger import actions, queries
from tutela.apps.ledger.models import LedgerEntry
from tutela.cli.ledger import app
from tutela.config.environment import load
from tutela.core.errors import BadInput, Conflict, TutelaError, Unavailable, WrongUse
from tutela.flow.stamp import stamp, stamp_or_tell

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here, which answers as an authority"),
]


@pytest.fixture
def record(actor, basis):
    def make(count=1):
        with transaction.atomic():
            for _ in range(count):
                actions.record(action="test.act", object_type="thing", object_hash="0" * 64, by=actor, basis=basis)

    return make


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """An authority that answers, and is set; gives its folder and the site."""
    server = stamp_server(tmp_path / "tsa")
    with server.serving() as site:
        monkeypatch.setenv("TUTELA_TIMESTAMP_URL", site.url("/"))
        monkeypatch.setenv("TUTELA_TIMESTAMP_ROOTS", str(server.folder / "root.pem"))
        yield server, site


@pytest.fixture
def run(actor, basis):
    def now(every=timedelta()):
        return stamp(environment=load(), every=every, by=actor, basis=basis)

    return now


def told(*words):
    answer = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(answer.exception, TutelaError):
        raise answer.exception
    return answer


def test_a_head_is_stamped_and_shown_to_others(authority, record, run, home, tmp_path):
    server, _ = authority
    record(3)
    done = run()
    assert (done.size, done.by) == (3, "Time of Tests")
    record(2)
    entry = json.loads(LedgerEntry.objects.get(action="ledger.stamp").leaf)
    assert entry["details"]["size"] == 3
    receipt, token = tmp_path / "r.tlog-proof", tmp_path / "r.tsr"
    receipt.write_text(told("receipt", 1, "--stamped", token).output)
    given = ["verify", receipt, "--key", queries.verifier(), "--timestamp", token]
    answer = told(*given, "--authority", server.folder / "root.pem")
    assert answer.exit_code == 0, answer.output
    assert "Time of Tests saw this head at" in answer.output
    with pytest.raises(WrongUse, match="whom to believe"):
        told(*given)
    other = stamp_server(tmp_path / "other")
    assert told(*given, "--authority", other.folder / "root.pem").exit_code == 1
    with pytest.raises(BadInput, match="No time stamp covers entry 4"):
        told("receipt", 4, "--stamped", token)
    assert queries.files(home).keys() >= {"stamped-000000000003.checkpoint", "stamped-000000000003.tsr"}, "backed up"


def test_another_tool_says_the_same(authority, record, run, home):
    server, _ = authority
    record()
    run()
    stem = home / "ledger/stamped-000000000001"
    files = ["-data", f"{stem}.checkpoint", "-in", f"{stem}.tsr", "-CAfile", str(server.folder / "root.pem")]
    done = subprocess.run(["openssl", "ts", "-verify", *files], capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stderr


def test_it_is_stamped_when_it_is_time_and_there_is_something_new(authority, record, run):
    record()
    assert run(timedelta(hours=24)).size == 1
    assert run() is None, "there is nothing new but the entry about the stamp itself"
    record()
    assert run(timedelta(hours=24)) is None, "it was stamped today"
    assert run().size == 3
    first, _ = queries.stamped_receipt(0)
    assert "\n1\n" in first, "the first head that covers an entry says the most of it"


def test_a_false_answer_is_not_kept(authority, record, run, home, tmp_path):
    server, site = authority
    record()
    true = server.stamp
    other = stamp_server(tmp_path / "other")
    old = []

    def replay(body):
        old.append(true(body))
        return Answer(old[0])

    for answer, fault in (
        (lambda body: Answer(other.stamp(body)), Conflict),
        (lambda _: Answer(b"<html>"), BadInput),
        (lambda _: Answer(b"x" * 10**6), BadInput),
        (lambda _: Answer(status=503), Unavailable),
    ):
        site.taken["/"] = answer
        with pytest.raises(fault):
            run()
    site.taken["/"] = replay
    run()
    record()
    with pytest.raises(Conflict):
        run()  # the answer of before
    assert len(list((home / "ledger").glob("*.tsr"))) == 1
    assert LedgerEntry.objects.filter(action="ledger.stamp").count() == 1


def test_nothing_waits_for_the_authority(authority, record, run, actor, basis):
    _, site = authority
    record()
    site.taken["/"] = lambda _: Answer(status=503)
    with capture_logs() as logs:
        assert stamp_or_tell(environment=load(), by=actor, basis=basis) == 0
    assert [one["event"] for one in logs] == ["the ledger was not time-stamped"]
    record()


def test_without_an_authority_nothing_is_asked(record, run, actor, basis):
    record()
    assert stamp_or_tell(environment=load(), by=actor, basis=basis) == 0
    with pytest.raises(WrongUse, match="no time-stamping authority"):
        run()


def test_a_head_that_is_not_ours_is_not_kept(authority, record, actor, basis, home):
    record()
    with pytest.raises(Conflict):
        actions.take_stamp(data=TRUE.head(), token=b"", seen=None, time=None, by=actor, basis=basis)
    assert not list((home / "ledger").glob("stamped-*"))
