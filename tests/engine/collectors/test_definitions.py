from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutela.core.errors import DefinitionErrors, WrongUse
from tutela.engine.collectors.definitions import collectors_of, lint

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "name: {name}\nhttp: {{url: 'https://example.org/x.csv'}}\nevery: 1h\n"


@pytest.fixture
def folder(home: Path) -> Path:
    made = home / "collectors"
    made.mkdir(parents=True)
    return made


def test_one_that_cannot_be_read_hides_no_other(folder: Path, home: Path) -> None:
    (folder / "a.yaml").write_text(GOOD.format(name="a"))
    (folder / "b.yaml").write_text("name: b\n")
    (folder / "c.yaml").mkdir()
    found = collectors_of(home)
    assert set(found.sound) == {"a"}
    assert set(found.refused) == {"b", "c"}
    assert found.get("a").name == "a"
    with pytest.raises(DefinitionErrors, match=r"b\.yaml:1: every is missing"):
        found.get("b")
    with pytest.raises(WrongUse, match="no collector"):
        found.get("d")


def test_lint_tells_all_errors_of_all_files_with_their_lines(folder: Path, home: Path) -> None:
    (folder / "a.yaml").write_text("name: a\nevery: 1s\nhttp:\n  url: http://example.org/\ncolour: red\n")
    (folder / "b.yaml").write_text(
        "name: b\nevery: 1h\nfeed: no-such-feed\nhttp:\n  url: https://example.org/\n"
        "  authentication:\n    bearer: true\n    secret: absent\n"
    )
    (folder / "c.yaml").write_text("name: c\nname: c\n")
    (folder / "d.yaml").write_text(GOOD.format(name="d"))
    count, problems = lint(home)
    assert count == 4
    said = [(one.path.rpartition("/")[2], one.line, one.what) for one in problems]
    assert [(file, line) for file, line, _ in said] == [
        ("a.yaml", 3),
        ("a.yaml", 2),
        ("a.yaml", 5),
        ("b.yaml", 3),
        ("b.yaml", 8),
        ("c.yaml", 2),
    ]
    assert "no-such-feed" in said[3][2]
    assert "TUTELA_SECRET_ABSENT: the secret is empty or not there" in said[4][2]
    assert all(one.remedy for one in problems)
    assert lint(home, [folder / "d.yaml"]) == (1, [])
