from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tutela.cli.target import target
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_bears_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "events.csv"
    with target(str(place)) as stream:
        stream.write(b"whole")
        assert not place.exists()
        (unfinished,) = tmp_path.iterdir()
        assert unfinished.name.startswith("events.csv.")
        assert unfinished.suffix == ".unfinished"
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
    assert place.read_bytes() == b"whole"


def test_what_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "events.csv"
    place.write_text("before")

    def broken() -> None:
        with target(str(place)) as stream:
            stream.write(b"half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        broken()
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
    assert place.read_text() == "before"


def test_a_file_is_replaced_and_who_may_read_it_stays(tmp_path: Path) -> None:
    place, link = tmp_path / "events.csv", tmp_path / "latest.csv"
    place.write_text("before")
    place.chmod(0o600)
    link.symlink_to(place)
    with target(str(link)) as stream:
        stream.write(b"after")
    assert link.is_symlink()
    assert place.read_text() == "after"
    assert place.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("output", [".", "", "no/such/folder.csv", "pipe", "/dev/null", "s3://bucket/events.csv"])
def test_what_cannot_be_a_file_is_wrong_use(output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(WrongUse), target(output):
        pytest.fail("nothing is written")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
