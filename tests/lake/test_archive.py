from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from tutela.core.errors import BadInput
from tutela.lake.archive import Archive, Archived

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"".join(b"192.0.2.%d,%d\n" % (number % 256, number * 7919) for number in range(20_000))


def content(archive: Archive, kept: Archived) -> bytes:
    with archive.open(kept.content, size=kept.size) as stream:
        return b"".join(iter(lambda: stream.read(4096), b""))


@pytest.mark.parametrize("given", [TEXT, b"", b"\x1f\x8b" + TEXT], ids=["plain", "empty", "packed"])
def test_a_report_comes_out_as_it_went_in(given: bytes, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    kept = archive.keep(io.BytesIO(given), "a.csv")
    assert content(archive, kept) == given
    with archive.open(kept.content) as stream:  # who wants its beginning only asks nothing of its end
        assert stream.read(100) == given[:100]


@pytest.mark.parametrize("start", [b"", b"\x1f\x8b"], ids=["plain", "packed"])
@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_no_end_of_the_report(start: bytes, share: float, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    kept = archive.keep(io.BytesIO(start + TEXT), "a.csv")
    (path,) = [path for path in archive.folder.rglob("*") if path.is_file()]
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(BadInput, match="damaged"):
        content(archive, kept)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    kept = archive.keep(io.BytesIO(TEXT), "a.csv")
    (path,) = archive.folder.rglob("*.zst")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(BadInput, match="damaged"):
        content(archive, kept)
