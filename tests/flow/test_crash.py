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

import pytest
from flow import world

STAGES = ("receive", "stage", "dedupe", "write", "commit", "settle", "clean")
KILLS_PER_STAGE = 3  # 21 kills in all
FINDINGS = (
    "SELECT organisation, fingerprint, asset_type, asset_key, classification_type, classification_identifier, severity, "
    "first_seen, last_seen, events, state FROM findings_finding"
)
REPORTS = "SELECT content, feed, state, rows, skipped, quarantined, events, new, duplicate, whole FROM intake_report"


class Ingest:
    """One `tutela ingest` in a process group of its own, whose stages can be waited for."""

    def __init__(self, home: Path, paths: list[Path]) -> None:
        environment = dict(os.environ) | {
            "TUTELA_HOME": str(home),
            "TUTELA_DATABASE_URL": "",
            "TUTELA_LOG": "info",
            "TUTELA_SLICE_BYTES": "40000",
            "TUTELA_WORKERS": "2",
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        }
        self.out = tempfile.TemporaryFile("w+")
        self.err = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tutela", "ingest", "--json", *map(str, paths)],
            env=environment,
            stdout=self.out,
            stderr=self.err,
            start_new_session=True,
        )

    def told(self) -> str:
        """What stands on standard error so far."""
        return os.pread(self.err.fileno(), 1 << 20, 0).decode()

    def kill_in(self, stage: str, after: float) -> bool:
        """Kill it so many seconds after a stage began; says whether it was still running."""
        while self.process.poll() is None and f"stage={stage}" not in self.told():
            time.sleep(0.001)
        time.sleep(after)
        alive = self.process.poll() is None
        if alive:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        self._close()
        return alive

    def finish(self) -> dict[str, object]:
        """What it printed, once it has ended."""
        code = self.process.wait(180)
        told, printed = self.told(), os.pread(self.out.fileno(), 1 << 24, 0)
        self._close()
        assert code in {0, 1}, told
        return json.loads(printed)

    def _close(self) -> None:
        self.out.close()
        self.err.close()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path], list[Path]]:
    """A furnished home without reports, and two sets of reports that overlap."""
    folder = tmp_path_factory.mktemp("crash")
    home = folder / "home"
    world.furnish(home)
    constituency = folder / "constituency.json"
    constituency.write_text(json.dumps(world.CONSTITUENCY))
    environment = dict(os.environ) | {"TUTELA_HOME": str(home), "TUTELA_DATABASE_URL": ""}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2] / "src")
    command = [sys.executable, "-m", "tutela", "constituency", "import", str(constituency)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    inputs = []
    for number, (rows, broken) in enumerate([(3000, 3), (900, 0), (40, 1)], start=1):
        path = folder / f"sightings-{number}.csv"
        path.write_text(world.report(rows, seed=number, broken=broken))
        inputs.append(path)
    overlap = folder / "sightings-4.csv"  # half of it stands in the first report too
    overlap.write_text(world.HEADER + "".join(world.line(1_000_000 + n) for n in range(1500, 4000)))
    return home, inputs, [inputs[1], overlap]


def digests(home: Path) -> tuple[str, ...]:
    leaves = [row[0] for row in world.sqlite_rows(home, "SELECT leaf FROM ledger_entry WHERE action LIKE 'intake.%'")]
    return (
        world.events_digest(home),
        world.findings_digest(world.sqlite_rows(home, FINDINGS)),
        world.findings_digest(world.sqlite_rows(home, REPORTS)),
        world.ledger_digest(leaves),
    )


def verified(home: Path) -> bool:
    command = [sys.executable, "-m", "tutela", "ledger", "verify", "--json"]
    environment = dict(os.environ) | {"TUTELA_HOME": str(home), "TUTELA_DATABASE_URL": ""}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2] / "src")
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def undisturbed(
    scene: tuple[Path, list[Path], list[Path]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, ...]:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(scene[0], home)
    Ingest(home, scene[1]).finish()
    return digests(home)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_killed_and_begun_again(stage, scene, undisturbed, tmp_path):
    for kill in range(KILLS_PER_STAGE):
        seed = f"{stage}-{kill}"
        chance = random.Random(seed)
        home = tmp_path / seed
        shutil.copytree(scene[0], home)
        after = chance.random() * {"receive": 0.5, "stage": 2.0}.get(stage, 0.05)
        killed = Ingest(home, scene[1]).kill_in(stage, after)
        print(f"seed {seed}: {'killed' if killed else 'had ended'} {after:.3f} s after {stage} began")
        if chance.random() < 0.5:  # and sometimes a second time, on the way back
            Ingest(home, scene[1]).kill_in(chance.choice(STAGES), chance.random() * 0.05)
        Ingest(home, scene[1]).finish()
        assert digests(home) == undisturbed, seed
        assert verified(home), seed
        leftovers = [path.name for path in (home / "work").iterdir() if path.suffix != ".lock"]
        assert leftovers == [], seed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_two_at_once(seed, scene, tmp_path):
    """Two ingests of overlapping reports, one of them killed and begun again, end as one after the other."""
    chance = random.Random(f"two-{seed}")
    one_by_one = tmp_path / "one-by-one"
    shutil.copytree(scene[0], one_by_one)
    Ingest(one_by_one, scene[1]).finish()
    Ingest(one_by_one, scene[2]).finish()
    home = tmp_path / "at-once"
    shutil.copytree(scene[0], home)
    first, second = Ingest(home, scene[1]), Ingest(home, scene[2])
    stage = chance.choice(STAGES)
    killed = second.kill_in(stage, chance.random() * 0.3)
    print(f"seed two-{seed}: second {'killed' if killed else 'had ended'} after {stage} began")
    first.finish()
    Ingest(home, scene[2]).finish()
    assert digests(home)[:2] == digests(one_by_one)[:2]
    assert verified(home)
    totals = (
        "SELECT sum(rows), sum(events), sum(new), sum(quarantined), count(*) FROM intake_report WHERE state = 'settled'"
    )
    assert world.sqlite_rows(home, totals) == world.sqlite_rows(one_by_one, totals)
