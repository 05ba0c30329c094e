from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tutela.core.errors import BadInput
from tutela.lake.incoming import files, open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """One of each kind."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b/file").write_bytes(b"content")
    (tmp_path / "b/.hidden").touch()
    (tmp_path / "link").symlink_to("b/file")
    (tmp_path / "linked-folder").symlink_to("b")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        yield tmp_path


def test_folders_are_gone_through_and_links_are_not(folder: Path) -> None:
    names = [str(path.relative_to(folder)) for path in files([folder])]
    assert names == ["b/file", "link", "linked-folder", "pipe", "socket"]
    assert list(files([folder / "absent"])) == [folder / "absent"]


def test_a_regular_file_is_opened(folder: Path) -> None:
    with open_regular(folder / "b/file") as stream:
        assert stream.read() == b"content"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("link", "symbolic link"),
        ("linked-folder", "symbolic link"),
        ("pipe", "no regular file"),
        ("socket", "no regular file"),
        ("b", "no regular file"),
        ("/dev/zero", "no regular file"),
        ("absent", "no such file"),
        ("b/file/x", "cannot be read"),
    ],
)
def test_nothing_else_is_opened(folder: Path, name: str, sentence: str) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(BadInput, match=sentence) as told:
        open_regular(folder / name)
    assert told.value.where == str(folder / name)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_changes_after_a_look_is_not_followed(folder: Path) -> None:
    """Between the walk and the opening a stranger puts a link, then a pipe, in the place of a file."""
    (found,) = files([folder / "b"])
    found.unlink()
    found.symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="symbolic link"):
        open_regular(found)
    found.unlink()
    os.mkfifo(found)
    with pytest.raises(BadInput, match="no regular file"):
        open_regular(found)
