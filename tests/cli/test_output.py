from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from tutela.cli import output

if TYPE_CHECKING:
    import pytest

ROWS = [
    {"name": "Résumé", "seen": datetime(2026, 3, 1, 12, tzinfo=UTC), "tags": ["a", "b"], "id": UUID(int=1)},
    {"name": "\x1b]0;title\x07\n", "seen": None, "tags": [], "id": Path("x")},
]


def test_json_is_one_array_with_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.emit(iter(ROWS), ["name"], as_json=True) == 2
    first, second = json.loads(capsys.readouterr().out)
    assert first == {"name": "Résumé", "seen": "2026-03-01T12:00:00Z", "tags": ["a", "b"], "id": str(UUID(int=1))}
    assert second["name"] == ROWS[1]["name"]


def test_no_rows_are_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.emit([], ["name"], as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_pipe_gets_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit(ROWS, ["name", "seen", "tags", "missing"], as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "name\tseen\ttags\tmissing",
        'Résumé\t2026-03-01 12:00:00\t["a","b"]\t',
        "\\x1b]0;title\\x07\\x0a\t\t[]\t",
    ]


def test_nothing_that_steers_a_terminal_comes_through(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("\x1b[31mred\x1b[0m\u202e")
    output.show({"key": "\x9b31m"}, as_json=False)
    told = capsys.readouterr()
    assert told.err == "\\x1b[31mred\\x1b[0m\\x202e\n"
    assert told.out == "key\t\\x9b31m\n"


def test_progress_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("reading", 10) as advance:
        advance(3)
        advance(7, total=10)
    assert capsys.readouterr() == ("", "")
