"""``./run`` and ``./check``: what they are made of, and how they mend an environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["run", "check"])
def test_every_requirement_is_pinned_with_its_hash(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines
    assert [line for line in lines if not re.match(r"^[\w.\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_what_checks_has_all_that_runs() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+)", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE))

    assert pins("run") <= pins("check")


@pytest.mark.parametrize("name", ["run", "check", ".ci/run"])
def test_the_commands_can_be_run_and_are_strict(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert re.search(r"^set -e?uo pipefail", path.read_text(), re.MULTILINE)
    subprocess.run(["bash", "-n", path], check=True)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house whose uv is a stand-in: it makes nothing and notes what it is asked."""
    for name in ("run", "check"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(
        f"""#!/bin/bash
echo "$*" >>"{tmp_path}/asked"
if [[ $1 == venv ]]; then
    place="${{@: -1}}"
    mkdir -p "$place/bin" "{tmp_path}/site"
    printf '#!/bin/sh\\necho "{tmp_path}/site"\\n' >"$place/bin/python"
    chmod +x "$place/bin/python"
fi
[[ ! -e "{tmp_path}/interrupt" ]]
"""
    )
    (tools / "uv").chmod(0o755)
    return tmp_path


def run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) | {"PATH": f"{house}/tools:{os.environ['PATH']}"}
    return subprocess.run([house / "run", *command], capture_output=True, text=True, check=False, env=environment)


def asked(house: Path) -> int:
    return (house / "asked").read_text().count("venv --quiet")


def test_an_environment_is_made_once(house: Path) -> None:
    first, second = run(house, "echo", "hello"), run(house, "echo", "hello")
    assert (first.returncode, first.stdout, second.stdout, second.stderr) == (0, "hello\n", "hello\n", "")
    assert "making .venv" in first.stderr
    assert asked(house) == 1


def test_an_environment_is_made_anew_when_the_pins_change(house: Path) -> None:
    run(house, "true")
    with (house / "requirements/run.txt").open("a") as file:
        file.write("# changed\n")
    run(house, "true")
    assert asked(house) == 2


def test_an_unfinished_environment_is_mended(house: Path) -> None:
    (house / "interrupt").touch()
    assert run(house, "true").returncode != 0
    (house / "interrupt").unlink()
    assert run(house, "true").returncode == 0
    assert asked(house) == 2


def change_pins(house: Path) -> None:
    with (house / "requirements/run.txt").open("a") as file:
        file.write("# changed\n")


def test_a_new_environment_leaves_the_one_in_use_alone(house: Path) -> None:
    used = Path(run(house, "sh", "-c", 'echo "${PATH%%/bin:*}"').stdout.strip())
    assert used == (house / ".venv").resolve() != house / ".venv"
    change_pins(house)
    run(house, "true")
    assert (used / "bin/python").exists()
    assert (house / ".venv").resolve() != used
    change_pins(house)
    run(house, "true")
    assert not used.exists(), "but not for ever"
    assert len(list((house / ".venvs").iterdir())) == 2


def test_a_build_that_fails_leaves_the_one_before(house: Path) -> None:
    run(house, "true")
    before = (house / ".venv").resolve()
    change_pins(house)
    (house / "interrupt").touch()
    assert run(house, "true").returncode != 0
    assert (house / ".venv").resolve() == before
    check = [house / "check", "no-such-step"]
    environment = dict(os.environ) | {"PATH": f"{house}/tools:{os.environ['PATH']}"}
    assert subprocess.run(check, capture_output=True, check=False, env=environment).returncode == 1
    assert (house / ".venv").resolve() == before


def test_a_folder_of_an_older_version_becomes_a_link(house: Path) -> None:
    (house / ".venv/bin").mkdir(parents=True)
    (house / ".venv/bin/python").touch()
    assert run(house, "true").returncode == 0
    assert (house / ".venv").is_symlink()
    assert (house / ".venv/bin/tutela").exists()


def test_the_exit_code_and_the_place_are_those_of_the_command(house: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    answer = subprocess.run(
        [house / "run", "bash", "-c", "pwd; echo $TUTELA_HOME; exit 3"],
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{house}/tools:{os.environ['PATH']}"},
    )
    assert answer.returncode == 3
    assert answer.stdout.splitlines() == [str(tmp_path / "elsewhere"), str(house / "var")]
