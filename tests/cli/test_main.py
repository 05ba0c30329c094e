from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tutela.cli import main
from tutela.core.errors import BadInput, WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = Path(__file__).resolve().parents[2] / "src"


def tutela(*arguments: str, home: Path, given: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TUTELA_")}
    environment |= {"TUTELA_HOME": str(home), "PYTHONPATH": str(SOURCE), "COLUMNS": "200", **settings}
    command = [sys.executable, "-m", "tutela", *arguments]
    return subprocess.run(command, input=given, env=environment, capture_output=True, check=False, timeout=120)


@pytest.mark.parametrize("name", list(main.ROOMS))
def test_help_is_there_and_writes_nothing(name: str, tmp_path: Path) -> None:
    answer = tutela(name, "--help", home=tmp_path / "home")
    assert answer.returncode == 0, answer.stderr
    assert b"Usage: tutela " + name.encode() in answer.stdout
    assert not (tmp_path / "home").exists()


def test_the_root_help_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = "[name for name in ('django', 'polars', 'deltalake') if name in sys.modules]"
    code = f"import sys; from tutela.cli.main import main; main(['--help']); print({heavy})"
    environment = dict(os.environ) | {"PYTHONPATH": str(SOURCE)}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert answer.stdout.rstrip().endswith("[]")


def test_an_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    answer = tutela("ledgr", home=tmp_path)
    assert answer.returncode == 2
    assert b"Did you mean 'ledger'" in answer.stderr


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    answer = tutela("ledger", "verify", home=tmp_path, TUTELA_WORKERS="many")
    assert answer.returncode == 2
    assert b"TUTELA_WORKERS" in answer.stderr
    assert b"Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("end", "code", "told"),
    [
        ("127.0.0.1:1/x", 1, b"cannot be used"),
        ("127.0.0.1:1/x?sslmode=perhaps", 2, b"sslmode"),
        ("127.0.0.1:1/x?connect_timeout=soon", 2, b"connect_timeout"),
    ],
)
def test_a_server_that_does_not_answer_is_one_sentence(end: str, code: int, told: bytes, tmp_path: Path) -> None:
    answer = tutela("ledger", "verify", home=tmp_path, TUTELA_DATABASE_URL=f"postgresql://u:hidden@{end}")
    assert answer.returncode == code
    assert b"TUTELA_DATABASE_URL" in answer.stderr
    assert told in answer.stderr
    assert b"hidden" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = tutela("ledger", "verify", home=tmp_path / "file" / "home")
    assert answer.returncode == 1
    assert len(answer.stderr.decode().strip().splitlines()) == 1


@pytest.mark.parametrize(
    "damage", [lambda data: data[:100], lambda data: b"no database" * 999, lambda data: data[:9999]]
)
def test_a_damaged_database_is_one_sentence(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    assert tutela("ledger", "list", home=tmp_path).returncode == 0
    database = tmp_path / "tutela.sqlite3"
    database.write_bytes(damage(database.read_bytes()))
    answer = tutela("ledger", "list", home=tmp_path)
    assert answer.returncode == 1
    assert answer.stderr.decode().startswith(f"tutela: {database}: the database is damaged")
    assert len(answer.stderr.decode().strip().splitlines()) == 1


def test_json_is_all_there_is_on_standard_output(tmp_path: Path) -> None:
    answer = tutela("ledger", "list", "--json", home=tmp_path)
    assert json.loads(answer.stdout) == []


@pytest.mark.parametrize(
    ("error", "code"), [(WrongUse("this cannot be", remedy="Do that."), 2), (BadInput("broken", where="a.csv"), 1)]
)
def test_an_error_is_its_sentence_and_its_code(
    error: WrongUse | BadInput, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr(main, "load", broken)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    assert main.main(["ledger"]) == code
    assert capsys.readouterr().err == f"tutela: {error}\n"


def test_what_nobody_expected_is_a_sentence_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUTELA_HOME", str(tmp_path))
    error = ZeroDivisionError("division by zero\x1b[2J")
    main._surprised(type(error), error, None)
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told
    assert "ZeroDivisionError" in (tmp_path / "log/errors.log").read_text()


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    environment = dict(os.environ) | {"TUTELA_HOME": str(tmp_path), "PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tutela", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert b"Traceback" not in told
    assert b"BrokenPipe" not in told
