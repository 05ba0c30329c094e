"""The units for systemd: well-formed, for commands that there are, and shut in."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tutela.cli.main import ROOMS

FOLDER = Path(__file__).parents[2] / "deploy/systemd"
UNITS = sorted(FOLDER.glob("*.service"))
SHUT_IN = (
    "NoNewPrivileges=true",
    "ProtectSystem=strict",
    "ProtectHome=true",
    "PrivateTmp=true",
    "CapabilityBoundingSet=",
    "UMask=0077",
)


def test_there_is_one_for_the_console_and_one_for_the_worker() -> None:
    assert [path.stem for path in UNITS] == ["tutela-console", "tutela-work"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_a_command_that_there_is_and_is_shut_in(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    (command,) = [line for line in lines if line.startswith("ExecStart=")]
    found = re.fullmatch(r"ExecStart=/opt/tutela/\.venv/bin/tutela (\w+)", command)
    assert found is not None
    assert found[1] in ROOMS
    assert set(SHUT_IN) <= set(lines)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_finds_nothing_wrong_with_it(path: Path, tmp_path: Path) -> None:
    verifier = shutil.which("systemd-analyze")
    if verifier is None:
        pytest.skip("systemd-analyze is not on this machine: the units were not verified")
    text = path.read_text(encoding="utf-8")
    copy = tmp_path / path.name  # with a command that is on every machine
    copy.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text).replace("/opt/tutela", "/"))
    done = subprocess.run([verifier, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert path.name not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
