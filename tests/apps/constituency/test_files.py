"""Constituency files come from outside too: wrappers, bombs, links."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
import zstandard

from tutela.apps.constituency import files
from tutela.core.errors import BadInput, WrongUse
from tutela.core.feeds.formats.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = b"network,organisation\n192.0.2.0/24,bank\n"


def zipped(*contents: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number}.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress, zipped])
def test_wrappers_are_taken_off(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(pack(ROWS))
    read = files.read_file(str(file))
    assert (read.data, read.digest) == (ROWS, hashlib.sha256(file.read_bytes()).hexdigest())


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, zipped])
def test_a_bomb_is_refused(pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIMITS", Limits(unwrapped=2**24, ratio=100, ratio_from=2**20))
    file = tmp_path / "a.csv"
    file.write_bytes(pack(bytes(2**22)))
    with pytest.raises(BadInput, match="bomb") as told:
        files.read_file(str(file))
    assert told.value.where == str(file)
    monkeypatch.setattr(files, "LIMITS", Limits(unwrapped=2**21, ratio=10**9))
    with pytest.raises(BadInput, match="more than 2 MiB"):
        files.read_file(str(file))


def test_a_plain_file_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIMITS", Limits(unwrapped=2**20))
    file = tmp_path / "a.csv"
    file.write_bytes(bytes(2**20 + 1))
    with pytest.raises(BadInput, match="larger"):
        files.read_file(str(file))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(ROWS * 99)[:-9], "damaged gzip"),
        (zstandard.compress(ROWS * 99)[:-9], "damaged zstd"),
        (zipped(ROWS * 99)[:-9], "broken"),
        (zipped(ROWS, ROWS), "2 files"),
        (gzip.compress(gzip.compress(gzip.compress(ROWS))), "2 times"),
    ],
)
def test_what_is_not_one_whole_file_is_told(content: bytes, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv.gz"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=sentence) as told:
        files.read_file(str(file))
    assert told.value.where == str(file)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(WrongUse, match="symbolic link"):
        files.read_file(str(tmp_path / "link"))
