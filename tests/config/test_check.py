"""`tutela check` on installations of which one thing at a time is really broken."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import time_machine

from tests.apps.ledger.conftest import record  # noqa: F401 - a fixture
from tests.flow import world
from tests.mailkeys import openpgp, own_file, smime
from tests.mailserver import certificate, listening
from tests.stampserver import stamp_server
from tutela.config.check import PARTS, State, _clock, _signing, _stamping
from tutela.config.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT = Path(__file__).parents[2] / "docs/operations.md"
Variables = dict[str, str]


def tutela(environment: Variables, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tutela", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)


def check(environment: Variables) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """The exit code, and for each thing the states with their sentences."""
    answer = tutela(environment, "check", "--json")
    assert not answer.stderr
    found: dict[str, list[tuple[str, str]]] = {}
    for row in json.loads(answer.stdout):
        assert row["remedy"] or row["state"] == "good" or "docs/" in row["what"], row
        assert "\n" not in row["what"]
        found.setdefault(row["thing"], []).append((row["state"], row["what"]))
    return answer.returncode, found


@pytest.fixture(scope="module")
def house(installation, tmp_path_factory) -> Iterator[Variables]:
    """An installation with everything in it; nobody changes it."""
    folder = tmp_path_factory.mktemp("check")
    home = folder / "home"
    world.furnish(home)
    (home / "inbox").mkdir()
    (folder / "constituency.json").write_text(json.dumps(world.CONSTITUENCY))
    (folder / "sightings-1.csv").write_text(world.report(30, seed=1))
    with installation(home) as environment:
        assert tutela(environment, "constituency", "import", folder / "constituency.json").returncode == 0
        assert tutela(environment, "ingest", folder / "sightings-1.csv").returncode == 0
        yield environment


@pytest.fixture
def copy(house, installation, tmp_path) -> Iterator[Variables]:
    """A copy of it, to be broken."""
    with installation(tmp_path / "home", like=house) as environment:
        yield environment


def home_of(environment: Variables) -> Path:
    return Path(environment["TUTELA_HOME"])


def execute(environment: Variables, *statements: str) -> None:
    """Change the database as somebody who owns it."""
    if address := environment["TUTELA_DATABASE_URL"]:
        with psycopg.connect(address) as server:
            server.execute("SET session_replication_role = replica")
            for statement in statements:
                server.execute(statement.encode())
        return
    with closing(sqlite3.connect(home_of(environment) / "tutela.sqlite3")) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        database.commit()


def events_of(environment: Variables) -> list[Path]:
    return sorted((home_of(environment) / "lake").rglob("*.parquet"))


def content(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_all_is_good_and_nothing_is_changed(house) -> None:
    before = content(home_of(house))
    code, found = check(house)
    assert code == 0
    assert {state for answers in found.values() for state, _ in answers} == {"good"}
    assert set(found) == {"settings", *PARTS}
    assert content(home_of(house)) == before


def test_where_nothing_is_nothing_is_wrong_and_nothing_is_made(environment) -> None:
    code, found = check(environment)
    assert code == 0
    assert found["home"][0][0] == "warning"
    assert not home_of(environment).exists()


def test_every_wrong_setting_is_told_and_no_secret(environment) -> None:
    wrong = {"TUTELA_WORKERS": "many", "TUTELA_LOG": "loud", "TUTELA_BASIS": "none", "TUTELA_SMTP": "smtp://u:hidden@x"}
    code, found = check(environment | wrong)
    assert code == 1
    assert list(found) == ["settings"]
    assert sorted(what.partition(":")[0] for _, what in found["settings"]) == sorted(wrong)
    assert "hidden" not in str(found)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def _forged(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"0\n", 2))


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


BREAKS: list[tuple[str, Callable[[Variables], object], str]] = [
    ("home", lambda e: (home_of(e) / "restoring").mkdir(), "broken off"),
    (
        "database",
        lambda e: execute(e, "UPDATE django_migrations SET name = '9999_later' WHERE app = 'ledger'"),
        "newer",
    ),
    ("ledger", lambda e: _forged(home_of(e) / "ledger/checkpoint"), "checkpoint"),
    ("ledger", lambda e: (home_of(e) / "ledger/checkpoint").unlink(), "missing"),
    ("ledger", lambda e: _emptied(home_of(e) / "ledger"), "neither key nor checkpoint"),
    ("ledger", lambda e: execute(e, "DELETE FROM ledger_entry WHERE seq > 0"), "and the database holds 1"),
    ("keys", lambda e: (home_of(e) / "keys/secret-key").chmod(0o640), "others may read it"),
    ("keys", lambda e: (home_of(e) / "ledger/key").chmod(0o604), "others may read it"),
    ("lake", lambda e: events_of(e)[0].unlink(), "missing or cut short"),
    ("lake", lambda e: _cut(events_of(e)[-1]), "missing or cut short"),
    ("lake", lambda e: _emptied(home_of(e) / "lake/events/_delta_log"), "log of the event lake is missing"),
    ("lake", lambda e: _cut(home_of(e) / "lake/events/_delta_log/00000000000000000001.json"), "cannot be opened"),
    ("laws", lambda e: _written(home_of(e) / "laws/bad.yaml", "id: bad\n"), "bad.yaml"),
    ("feeds", lambda e: (home_of(e) / "feeds/bad.yaml").write_text("name: bad\n"), "bad.yaml"),
    ("feeds", lambda e: (home_of(e) / "feeds/shadowserver.json").write_text("{"), "not JSON"),
    ("notices", lambda e: (home_of(e) / "notices.yaml").write_text("rules: 3\n"), "notices.yaml"),
    ("mail", lambda e: e.update(TUTELA_SMTP="smtp://user:hidden@127.0.0.1:1"), "cannot be reached"),
]


@pytest.mark.parametrize(("thing", "break_", "told"), BREAKS, ids=[f"{b[0]}: {b[2]}" for b in BREAKS])
def test_what_is_broken_is_wrong_and_nothing_else_is(thing, break_, told, copy) -> None:
    break_(copy)
    code, found = check(copy)
    assert code == 1
    assert {name for name, answers in found.items() if any(state == "wrong" for state, _ in answers)} == {thing}
    assert told in str(found[thing])
    assert "hidden" not in str(found)


WARNINGS: list[tuple[str, Callable[[Variables], object], str]] = [
    ("database", lambda e: execute(e, "DELETE FROM django_migrations WHERE app = 'situation'"), "not the form"),
    ("keys", lambda e: (home_of(e) / "keys/secret-key").unlink(), "is not there"),
    ("inbox", lambda e: (home_of(e) / "inbox").rmdir(), "is not there"),
]


@pytest.mark.parametrize(("thing", "break_", "told"), WARNINGS, ids=[w[0] for w in WARNINGS])
def test_what_is_for_a_person_to_judge_is_a_warning(thing, break_, told, copy) -> None:
    break_(copy)
    code, found = check(copy)
    assert code == 0
    assert found[thing][0][0] == "warning"
    assert told in found[thing][0][1]


def test_a_database_that_does_not_answer_is_told_once(copy, database_vendor) -> None:
    if database_vendor == "sqlite":
        (home_of(copy) / "tutela.sqlite3").write_bytes(b"no database" * 999)
    else:
        copy["TUTELA_DATABASE_URL"] = "postgresql://u:hidden@127.0.0.1:1/x"
    code, found = check(copy)
    assert code == 1
    assert found["database"][0][0] == "wrong"
    assert [found[thing][0][0] for thing in ("ledger", "clock")] == ["warning", "warning"]
    assert found["lake"][0][0] == "good"
    assert "hidden" not in str(found)


def test_entries_that_are_not_signed_yet_are_a_warning(copy) -> None:
    later = "SELECT seq + 1, time, action, leaf, leaf_hash FROM ledger_entry ORDER BY seq DESC LIMIT 1"
    execute(copy, f"INSERT INTO ledger_entry (seq, time, action, leaf, leaf_hash) {later}")
    code, found = check(copy)
    assert (code, found["ledger"][0][0]) == (0, "warning")


@contextmanager
def disk(place: Path, options: str) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    ("options", "state", "told"),
    [("size=64k", "wrong", "0 MiB left"), ("size=500m", "warning", "500 MiB left"), ("ro", "wrong", "not be written")],
)
def test_a_disk_that_is_full_or_only_for_reading(options, state, told, copy, tmp_path) -> None:
    copy["TUTELA_LAKE"] = str(tmp_path / "disk")
    with disk(tmp_path / "disk", options):
        _code, found = check(copy)
    assert found["home"][0][0] == "good" or told in found["home"][0][1]
    assert (found["home"][-1][0], told in found["home"][-1][1]) == (state, True)


def test_an_inbox_that_cannot_be_emptied_is_wrong(copy) -> None:
    with disk(home_of(copy) / "inbox", "ro"):
        _code, found = check(copy)
    assert found["inbox"][0][0] == "wrong"


def test_a_mail_server_is_asked_and_sent_nothing(house) -> None:
    with listening() as box:
        code, found = check(house | {"TUTELA_SMTP": box.url})
        assert (code, found["mail"][0][0]) == (0, "good")
        assert not box.mails


def test_a_mail_server_that_nobody_vouches_for_is_wrong(house, tmp_path) -> None:
    server, _client = certificate(tmp_path)
    with listening(tls_context=server) as box:
        code, found = check(house | {"TUTELA_SMTP": f"smtp+starttls://localhost:{box.port}"})
    assert (code, found["mail"][0][0]) == (1, "wrong")
    assert "CERTIFICATE_VERIFY_FAILED" in found["mail"][0][1]


def test_keys_that_sign_are_told_with_their_end(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TUTELA_MAIL_FROM", "CSIRT <notices@csirt.example>")
    ours = smime("notices@csirt.example", days=20)
    pem = own_file(tmp_path / "key.pem", ours.private + ours.text.encode())
    key = own_file(tmp_path / "key.asc", str(openpgp("notices@csirt.example")))
    other = own_file(tmp_path / "other.asc", str(openpgp("press@csirt.example")))
    over = smime("notices@csirt.example", begins=datetime.now(UTC) - timedelta(days=9), days=3)

    def signing(openpgp_key=None, smime_key=None) -> list[tuple[State, str]]:
        answers = _signing(Environment(openpgp_key=openpgp_key, smime_key=smime_key))
        return [(answer.state, answer.what) for answer in answers]

    assert signing() == [(State.GOOD, "no key is set: notices go out unsigned")]
    (first, _), (second, told) = signing(key, pem)
    assert (first, second) == (State.GOOD, State.WARNING)
    assert f"signs notices until {datetime.now(UTC) + timedelta(days=19):%Y-%m-%d}" in told
    assert "does not name notices@csirt.example" in signing(other)[0][1]
    pem.write_bytes(over.private + over.text.encode())
    ((state, told),) = signing(smime_key=pem)
    assert (state, "expired on" in told, "No notice is sent" in told) == (State.WRONG, True, True)
    key.chmod(0o644)
    assert signing(key)[0][0] is State.WRONG
    assert signing(tmp_path / "none")[0][0] is State.WRONG


def test_a_key_that_is_given_need_not_lie_there(copy) -> None:
    (home_of(copy) / "keys/secret-key").unlink()
    _code, found = check(copy | {"TUTELA_SECRET_KEY": "given"})
    assert found["keys"][0] == ("good", "the key of sessions is given in TUTELA_SECRET_KEY")


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_went_back_is_told(record, home) -> None:  # noqa: F811 - the fixture
    record(1)
    assert [answer.state for answer in _clock(Environment(home=home))] == [State.GOOD]
    with time_machine.travel(datetime.now(UTC) - timedelta(days=1)):
        assert [answer.state for answer in _clock(Environment(home=home))] == [State.WRONG]


def test_the_document_names_everything_that_is_looked_at() -> None:
    text = DOCUMENT.read_text(encoding="utf-8").partition("## Is all well?")[2].partition("\n## ")[0]
    assert [thing for thing in ("settings", *PARTS) if f"| {thing} |" not in text] == []


def test_whose_time_stamps_are_believed_is_told(tmp_path):
    (tmp_path / "roots.pem").write_bytes(stamp_server(tmp_path / "tsa").root)
    (tmp_path / "wrong.pem").write_text("x")

    def stamping(url="http://stamps.example/", roots=None) -> State:
        ((state, told),) = [
            (one.state, one.what) for one in _stamping(Environment(timestamp_url=url, timestamp_roots=roots))
        ]
        assert "\n" not in told
        return state

    assert stamping("") is stamping(roots=tmp_path / "roots.pem") is State.GOOD
    assert stamping() is stamping(roots=tmp_path / "wrong.pem") is stamping(roots=tmp_path / "none") is State.WRONG
    for wrong in ("ftp://stamps.example/", "http://me:secret@stamps.example/", "stamps.example"):
        with pytest.raises(ValueError, match="is no address such as"):
            Environment(timestamp_url=wrong)
