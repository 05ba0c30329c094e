"""The watched folder: whole files are taken in and away, others stay, refused ones lie aside with their reason."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.flow import world
from tutela.apps.intake.models import Report
from tutela.cli.main import main
from tutela.config import environment
from tutela.core.actor import Actor, Basis
from tutela.core.errors import Conflict, TutelaError, Unavailable
from tutela.flow import inbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Installation

pytestmark = pytest.mark.django_db(transaction=True)

OLD = 60.0


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUTELA_HOME", str(home))
    monkeypatch.setenv("TUTELA_WORKERS", "1")
    world.furnish(home)
    made = home / "inbox"
    made.mkdir()
    return made


def lay(path: Path, text: str, *, age: float = OLD) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


@pytest.fixture
def take_in(folder: Path) -> Callable[[], inbox.Taken]:
    def run() -> inbox.Taken:
        given = {"by": Actor("operator", "test"), "basis": Basis("mandate", "1"), "now": datetime.now(UTC)}
        return inbox.take_in(environment=environment.load(), **given)  # type: ignore[arg-type]

    return run


def test_what_is_whole_is_taken_in_and_away(folder: Path, take_in: Any) -> None:
    file = lay(folder / "sightings-2026-03-01.csv", world.report(20))
    assert take_in() == inbox.Taken(files=1)
    assert not file.exists()
    report = Report.objects.get()
    assert (report.file_name, report.feed, report.state) == (file.name, "sightings", "settled")
    assert take_in() == inbox.Taken()


def test_a_folder_names_the_feed(folder: Path, take_in: Any) -> None:
    lay(folder / "sightings/anything.txt", world.report(5))
    assert take_in().files == 1
    assert Report.objects.get().feed == "sightings"


@pytest.mark.parametrize("name", [".sightings-1.csv", "sightings-1.csv.part", "sightings-1.csv.tmp"])
def test_what_is_not_whole_is_left_alone(folder: Path, take_in: Any, name: str) -> None:
    file = lay(folder / name, world.report(5))
    assert take_in() == inbox.Taken()
    assert file.exists()


def test_what_changed_just_now_is_left_alone(folder: Path, take_in: Any) -> None:
    file = lay(folder / "sightings-1.csv", world.report(5), age=1)
    assert take_in() == inbox.Taken()
    os.utime(file, (time.time() - OLD,) * 2)
    assert take_in().files == 1


def test_what_is_refused_lies_aside_with_its_reason_and_stops_nothing(folder: Path, take_in: Any) -> None:
    lay(folder / "a-riddle.bin", "nobody knows this")
    lay(folder / "no-such-feed/x.csv", "a")
    lay(folder / "sightings-1.csv", world.report(5))
    done = take_in()
    assert (done.files, len(done.refused)) == (1, 2)
    refused = folder / "refused"
    assert sorted(path.name for path in refused.iterdir()) == [
        "a-riddle.bin",
        "a-riddle.bin.why.txt",
        "x.csv",
        "x.csv.why.txt",
    ]
    assert "no feed definition recognises this report" in (refused / "a-riddle.bin.why.txt").read_text()
    assert "no-such-feed" in (refused / "x.csv.why.txt").read_text()
    assert take_in() == inbox.Taken(), "it is not tried again and again"


def test_a_second_one_of_the_same_name_does_not_go_over_the_first(folder: Path, take_in: Any) -> None:
    for text in ("one", "two"):
        lay(folder / "riddle.bin", text)
        take_in()
    found = {path.read_text() for path in (folder / "refused").glob("*riddle.bin")}
    assert found == {"one", "two"}


def test_links_are_refused_and_not_followed(folder: Path, take_in: Any, tmp_path: Path) -> None:
    secret = lay(tmp_path / "sightings-secret.csv", world.report(5))
    (folder / "sightings-1.csv").symlink_to(secret)
    os.utime(folder / "sightings-1.csv", (time.time() - OLD,) * 2, follow_symlinks=False)
    assert len(take_in().refused) == 1
    assert not Report.objects.exists()
    assert secret.exists()


def test_the_same_report_again_counts_nothing_twice(folder: Path, take_in: Any) -> None:
    for _ in range(2):
        lay(folder / "sightings-1.csv", world.report(20))
        assert take_in().files == 1
    assert Report.objects.count() == 1


def test_one_laid_over_it_meanwhile_is_taken_in_too(folder: Path, take_in: Any, monkeypatch: Any) -> None:
    file = lay(folder / "sightings-1.csv", world.report(5))
    ingest = inbox.ingest

    def slow(*arguments: Any, **more: Any) -> Any:
        done = ingest(*arguments, **more)
        new = lay(folder / ".new", world.report(9, seed=7))
        new.rename(file)
        monkeypatch.setattr(inbox, "ingest", ingest)
        return done

    monkeypatch.setattr(inbox, "ingest", slow)
    assert take_in().files == 0
    assert take_in().files == 1
    assert Report.objects.count() == 2


@pytest.mark.parametrize("kind", [Unavailable, Conflict])
def test_where_a_store_cannot_be_used_everything_stays(
    folder: Path, take_in: Any, monkeypatch: Any, kind: type[TutelaError]
) -> None:
    file = lay(folder / "sightings-1.csv", world.report(5))

    def full(*_arguments: Any, **_more: Any) -> None:
        raise kind("the lake cannot be used")

    monkeypatch.setattr(inbox, "ingest", full)
    with pytest.raises(kind):
        take_in()
    assert file.exists()


def test_one_look_and_one_round(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "sightings-1.csv", world.report(5))
    (folder.parent / "notices.yaml").write_text("rules: nothing\n")
    assert main(["work", "--once"]) == 0
    assert Report.objects.get().state == "settled"
    assert "notices.yaml:1" in capsys.readouterr().err, "what is wrong is told, and the worker goes on"


@pytest.mark.slow
def test_it_works_until_it_is_told_to_end(installation: Installation, tmp_path: Path) -> None:
    with installation(tmp_path / "home") as variables:
        world.furnish(Path(variables["TUTELA_HOME"]))
        folder = Path(variables["TUTELA_HOME"]) / "inbox"
        folder.mkdir()
        lay(folder / "sightings-1.csv", world.report(50))
        command = [sys.executable, "-m", "tutela", "work"]
        with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE) as process:
            end = datetime.now(UTC) + timedelta(seconds=60)
            while any(folder.iterdir()) and datetime.now(UTC) < end:
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=60)[1].decode()
        assert not any(folder.iterdir()), said
        assert process.returncode == 0
        shutil.rmtree(folder)
