"""Killed at any moment and begun again, an ingest ends as if nothing had happened; also when two run at once.

Each run prints its seed and where it was killed. The stages tell when they begin (TUTELA_LOG=info); the test waits for
one of them, and a random moment more, and kills the whole process group with SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.flow import world
from tutela.flow.locks import exclusive

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

STAGES = ("receive", "stage", "dedupe", "write", "commit", "settle", "clean")
KILLS_PER_STAGE = {"sqlite": 3, "postgresql": 1}  # the stages before the database are the same on both
MOMENTS = {"receive": 0.5, "stage": 2.0}  # how long a stage lasts at most, in seconds; the others are short
FINDINGS = (
    "SELECT organisation, fingerprint, asset_type, asset_key, classification_type, classification_identifier, "
    "severity, first_seen, last_seen, events, state FROM findings_finding"
)
REPORTS = "SELECT content, feed, state, rows, skipped, quarantined, events, new, duplicate, whole FROM intake_report"
TOTALS = (
    "SELECT sum(rows), sum(events), sum(new), sum(quarantined), count(*) FROM intake_report WHERE state = 'settled'"
)
LEAVES = "SELECT leaf FROM ledger_entry WHERE action LIKE 'intake.%'"


class Scene(NamedTuple):
    """A furnished installation without reports, and two sets of reports that overlap."""

    environment: dict[str, str]
    reports: list[Path]
    overlapping: list[Path]


class Ingest:
    """One `tutela ingest` in a process group of its own, whose stages can be waited for."""

    def __init__(self, environment: dict[str, str], paths: list[Path], **changes: str) -> None:
        out, self.out = tempfile.mkstemp(dir=Path(environment["TUTELA_HOME"]).parent)
        err, self.err = tempfile.mkstemp(dir=Path(environment["TUTELA_HOME"]).parent)
        limits = {"TUTELA_LOG": "info", "TUTELA_SLICE_BYTES": "40000", "TUTELA_WORKERS": "2"}
        limits |= {"TUTELA_LARGE_LOAD_BYTES": "0", "TUTELA_FILE_ROWS": "50"}  # as a large load is written
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tutela", "ingest", "--json", *map(str, paths)],
            env=environment | limits | changes,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        os.close(out)
        os.close(err)

    def told(self) -> str:
        """What stands on standard error so far."""
        return Path(self.err).read_text()

    def kill_in(self, stage: str, after: float) -> bool:
        """Kill it so many seconds after a stage began; says whether it was still running."""
        while self.process.poll() is None and f"stage={stage}" not in self.told():
            time.sleep(0.001)
        time.sleep(after)
        alive = self.process.poll() is None
        if alive:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        return alive

    def finish(self) -> dict[str, object]:
        """What it printed, once it has ended."""
        code = self.process.wait(180)
        assert code in {0, 1}, self.told()
        return json.loads(Path(self.out).read_text())


@pytest.fixture(scope="module")
def scene(tmp_path_factory, installation) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("crash")
    world.furnish(folder / "home")
    constituency = folder / "constituency.json"
    constituency.write_text(json.dumps(world.CONSTITUENCY))
    reports = []
    for number, (rows, broken) in enumerate([(3000, 3), (900, 0), (40, 1)], start=1):
        path = folder / f"sightings-{number}.csv"
        path.write_text(world.report(rows, seed=number, broken=broken))
        reports.append(path)
    overlap = folder / "sightings-4.csv"  # half of it stands in the first report too
    overlap.write_text(world.HEADER + "".join(world.line(1_000_000 + n) for n in range(1500, 4000)))
    with installation(folder / "home") as environment:
        command = [sys.executable, "-m", "tutela", "constituency", "import", str(constituency)]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        yield Scene(environment, reports, [reports[1], overlap])


@pytest.fixture
def copy(scene, installation):
    """Make a copy of the scene's installation in a folder, for the block."""

    def make(home: Path):
        return installation(home, like=scene.environment)

    return make


@pytest.fixture(scope="module")
def undisturbed(scene, installation, tmp_path_factory) -> tuple[str, ...]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    with installation(home, like=scene.environment) as environment:
        Ingest(environment, scene.reports).finish()
        return digests(environment)


def digests(environment: dict[str, str]) -> tuple[str, ...]:
    return (
        world.events_digest(Path(environment["TUTELA_HOME"])),
        world.rows_digest(world.rows(environment, FINDINGS)),
        world.rows_digest(world.rows(environment, REPORTS)),
        world.ledger_digest([row[0] for row in world.rows(environment, LEAVES)]),
    )


def verified(environment: dict[str, str]) -> bool:
    command = [sys.executable, "-m", "tutela", "ledger", "verify", "--json"]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("stage", STAGES)
def test_killed_and_begun_again(stage, scene, undisturbed, copy, tmp_path, database_vendor):
    for kill in range(KILLS_PER_STAGE[database_vendor]):
        seed = f"{stage}-{kill}"
        chance = random.Random(seed)
        after = chance.random() * MOMENTS.get(stage, 0.05)
        with copy(tmp_path / seed / "home") as environment:
            killed = Ingest(environment, scene.reports).kill_in(stage, after)
            print(f"seed {seed}: {'killed' if killed else 'had ended'} {after:.3f} s after {stage} began")
            if chance.random() < 0.5:  # and sometimes a second time, on the way back
                Ingest(environment, scene.reports).kill_in(chance.choice(STAGES), chance.random() * 0.05)
            Ingest(environment, scene.reports).finish()
            assert digests(environment) == undisturbed, seed
            assert verified(environment), seed
            work = Path(environment["TUTELA_HOME"]) / "work"
            leftovers = [path.name for path in work.iterdir() if path.suffix != ".lock"]
            assert leftovers == [], seed


@pytest.mark.parametrize("seed", range(3))
def test_two_at_once(seed, scene, copy, tmp_path):
    """Two ingests of overlapping reports, one of them killed and begun again, end as one after the other."""
    chance = random.Random(f"two-{seed}")
    with copy(tmp_path / "one-by-one" / "home") as one_by_one:
        Ingest(one_by_one, scene.reports).finish()
        Ingest(one_by_one, scene.overlapping).finish()
        wanted = digests(one_by_one)[:2], world.rows(one_by_one, TOTALS)
    with copy(tmp_path / "at-once" / "home") as at_once:
        first, second = Ingest(at_once, scene.reports), Ingest(at_once, scene.overlapping)
        stage = chance.choice(STAGES)
        killed = second.kill_in(stage, chance.random() * 0.3)
        print(f"seed two-{seed}: second {'killed' if killed else 'had ended'} after {stage} began")
        first.finish()
        Ingest(at_once, scene.overlapping).finish()
        assert (digests(at_once)[:2], world.rows(at_once, TOTALS)) == wanted
        assert verified(at_once)


@pytest.mark.parametrize("stage", ["dedupe", "settle"])
def test_care_for_the_lake_between_a_crash_and_the_next_try(stage, scene, copy, tmp_path, undisturbed):
    """What a dead load wrote is nobody's, and compaction wipes it; what it committed may be put together."""
    with copy(tmp_path / "home") as environment:
        Ingest(environment, scene.reports).kill_in(stage, 0)
        command = [sys.executable, "-m", "tutela", "lake", "compact"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        Ingest(environment, scene.reports).finish()
        assert digests(environment) == undisturbed


def test_reattribution_carries_a_dead_load_to_its_end_first(scene, copy, tmp_path, undisturbed):
    """What is in the lake and not yet in the findings would be folded by both, and count twice."""
    with copy(tmp_path / "home") as environment:
        Ingest(environment, scene.reports).kill_in("settle", 0)
        command = [sys.executable, "-m", "tutela", "constituency", "reattribute"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        assert digests(environment) == undisturbed


@pytest.mark.parametrize("stage", ["dedupe", "settle"])
@pytest.mark.parametrize("size", ["9000", "90000"])
def test_another_slice_size_when_it_is_begun_again(size, stage, scene, copy, tmp_path, undisturbed):
    """As one is told to try when memory was short: slices of the first try are no slices of the second."""
    with copy(tmp_path / "home") as environment:
        Ingest(environment, scene.reports).kill_in(stage, 0)
        Ingest(environment, scene.reports, TUTELA_SLICE_BYTES=size).finish()
        assert digests(environment) == undisturbed


def work_of(environment: dict[str, str]) -> Path:
    """The folder of the one load that was broken off."""
    (folder,) = (path for path in (Path(environment["TUTELA_HOME"]) / "work").iterdir() if path.is_dir())
    return folder


def test_another_load_between_a_crash_and_the_next_try(scene, copy, tmp_path):
    """What a dead load took for new is judged again: one that it had not heard of may have brought it since."""
    overlapping = scene.overlapping[1:]
    with copy(tmp_path / "one-by-one" / "home") as one_by_one:
        Ingest(one_by_one, overlapping).finish()
        Ingest(one_by_one, scene.reports).finish()
        wanted = digests(one_by_one)
    with copy(tmp_path / "between" / "home") as between:
        Ingest(between, scene.reports).kill_in("dedupe", 0)
        with exclusive(work_of(between).with_suffix(".lock")):  # as if it were alive: nobody takes it over
            Ingest(between, overlapping).finish()
        Ingest(between, scene.reports).kill_in("write", 0)  # half of it is staged again
        Ingest(between, scene.reports).finish()
        assert digests(between) == wanted
        assert verified(between)


def test_the_first_of_equal_events_is_kept_after_a_crash_too(scene, copy, tmp_path):
    """What an early slice set aside is not new to a later one that is staged in another run."""
    early = tmp_path / "sightings-early.csv"  # too few events of a day for a file of their own
    early.write_text(world.HEADER + "".join(world.line(1_000_000 + n) for n in range(40)))
    reports = [early, *scene.reports]
    with copy(tmp_path / "undisturbed" / "home") as environment:
        Ingest(environment, reports).finish()
        wanted = digests(environment)
    with copy(tmp_path / "home") as environment:
        Ingest(environment, reports).kill_in("dedupe", 0)
        staged = work_of(environment).glob("000001-*")
        for file in [*staged, *Path(environment["TUTELA_HOME"]).glob("lake/events/*/*-000001-*.parquet")]:
            file.unlink()  # as if it had been killed before the second report was staged
        Ingest(environment, reports).finish()
        assert digests(environment) == wanted


@pytest.mark.parametrize("lost", ["folder", "summary", "folder, and then the lake is put together"])
def test_a_committed_load_whose_work_is_lost(lost, scene, copy, tmp_path, undisturbed):
    """A power cut, a backup without `work/`: what the load added is found in the lake."""
    with copy(tmp_path / "home") as environment:
        Ingest(environment, scene.reports).kill_in("settle", 0)
        if lost == "summary":
            (work_of(environment) / "written.json").write_bytes(b"")
        else:
            shutil.rmtree(work_of(environment))
        if "together" in lost:
            command = [sys.executable, "-m", "tutela", "lake", "compact"]
            subprocess.run(command, env=environment, check=True, capture_output=True)
        Ingest(environment, scene.reports).kill_in("settle", 0)
        Ingest(environment, scene.reports).finish()
        assert digests(environment) == undisturbed
        assert verified(environment)


@pytest.mark.parametrize("ending", ["json", "parquet", "constants", "quarantine"])
def test_staged_files_that_a_power_cut_emptied(ending, scene, copy, tmp_path, undisturbed):
    """They are not flushed, for the sake of speed: what cannot be read is staged again."""
    with copy(tmp_path / "home") as environment:
        Ingest(environment, scene.reports).kill_in("dedupe", 0)
        emptied = list(work_of(environment).glob(f"0*.{ending}"))
        assert emptied
        for file in emptied:
            file.write_bytes(b"")
        Ingest(environment, scene.reports).finish()
        assert digests(environment) == undisturbed
