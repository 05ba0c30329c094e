"""Wrappers: gzip, zip, zstd; bombs; streams that break off."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import BinaryIO

import pytest
import zstandard

from tutela.core.errors import BadInput
from tutela.core.feeds.formats.limits import MIB, Limits
from tutela.core.feeds.formats.reader import read_slice
from tutela.core.feeds.formats.records import combine
from tutela.core.feeds.formats.slices import slices
from tutela.core.feeds.formats.specification import CsvFormat
from tutela.core.feeds.formats.wrappers import unwrap

CONTENT = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(5000))
SMALL = Limits(ratio_from=MIB, ratio=100)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def contents(data: bytes | BinaryIO, limits: Limits = SMALL, name: str = "") -> list[tuple[str, bytes, str]]:
    """Name, content and fault of each part."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    result = []
    for part in unwrap(stream, name, limits=limits):
        pieces = []
        while piece := part.stream.read(1000):
            assert len(piece) <= 1000
            pieces.append(piece)
        result.append((part.name, b"".join(pieces), part.stream.fault))
    return result


ZSTD = zstandard.ZstdCompressor().compress


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (CONTENT, "report.csv", "report.csv"),
        (gzip.compress(CONTENT), "report.csv.gz", "report.csv"),
        (gzip.compress(CONTENT[:100]) + gzip.compress(CONTENT[100:]) + b"\0" * 512, "report.csv.gz", "report.csv"),
        (ZSTD(CONTENT), "report.csv.zst", "report.csv"),
        (ZSTD(CONTENT[:100]) + ZSTD(CONTENT[100:]), "report.csv.zst", "report.csv"),
        (zipped({"folder/inner.csv": CONTENT}), "report.zip", "inner.csv"),
        (zipped({"inner.csv.gz": gzip.compress(CONTENT)}, zipfile.ZIP_STORED), "report.zip", "inner.csv"),
        (gzip.compress(zipped({"inner.csv": CONTENT})), "report.zip.gz", "inner.csv"),
        (b"", "empty", "empty"),
        (b"\x1f", "short", "short"),
    ],
)
def test_wrappers_are_taken_off(data: bytes, name: str, expected: str) -> None:
    ((found, content, fault),) = contents(data, name=name)
    assert (found, fault) == (expected, "")
    assert content == (CONTENT if len(data) > 1 else data)


def test_each_member_of_an_archive_is_a_part() -> None:
    members = {"a.csv": b"1", "b/c.csv": CONTENT, "empty.csv": b""}
    assert contents(zipped(members)) == [("a.csv", b"1", ""), ("c.csv", CONTENT, ""), ("empty.csv", b"", "")]


@pytest.mark.parametrize(
    "data",
    [gzip.compress(CONTENT)[:-900], ZSTD(CONTENT)[:-900], gzip.compress(CONTENT)[:-4], gzip.compress(CONTENT)[:5]],
    ids=["gzip", "zstd", "gzip, its end", "gzip, its head"],  # gzip writes the time: no name is made of its bytes
)
def test_a_stream_that_breaks_off_is_told(data: bytes) -> None:
    ((_, content, fault),) = contents(data)
    assert CONTENT.startswith(content)
    assert "cut short or damaged" in fault


def test_a_damaged_stream_is_told() -> None:
    data = bytearray(gzip.compress(CONTENT))
    data[-6] ^= 1
    ((_, content, fault),) = contents(bytes(data))
    assert CONTENT.startswith(content)
    assert "incorrect data check" in fault


def test_a_truncated_report_is_never_silently_whole() -> None:
    (part,) = unwrap(io.BytesIO(gzip.compress(CONTENT)[:-2000]))
    records = combine([read_slice(one, CsvFormat()) for one in slices(part.stream, CsvFormat())])
    assert 0 < records.frame.height < 5000
    assert records.rejected["reason"].to_list() == ["truncated"]
    assert part.stream.fault


def gzip_bomb(size: int) -> bytes:
    """Zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()


@pytest.mark.parametrize(
    "data",
    [
        gzip_bomb(8 * MIB),
        ZSTD(bytes(8 * MIB)),
        zipped({"bomb": bytes(8 * MIB)}),
        zipped({f"bomb {number}": bytes(MIB) for number in range(8)}),
        gzip.compress(gzip_bomb(8 * MIB)),
    ],
    ids=["gzip", "zstd", "zip", "many", "nested"],
)
def test_bombs_are_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="bomb"):
        contents(data)


def test_the_total_is_bounded_too() -> None:
    with pytest.raises(BadInput, match="more than 1 MiB"):
        contents(gzip_bomb(2 * MIB), Limits(unwrapped=MIB))


def test_a_bomb_is_refused_before_it_fills_memory() -> None:
    (part,) = unwrap(io.BytesIO(gzip_bomb(64 * MIB)), limits=SMALL)
    got = [part.stream.read(MIB)]
    with pytest.raises(BadInput):
        got.extend(iter(lambda: part.stream.read(MIB), b""))
    assert len(got) <= 8


def test_wrappers_around_wrappers_have_an_end() -> None:
    with pytest.raises(BadInput, match="packed more than 2 times"):
        contents(gzip.compress(gzip.compress(gzip.compress(CONTENT))))


def test_archives_that_cannot_be_read() -> None:
    with pytest.raises(BadInput, match="broken or cut short"):
        contents(zipped({"a": CONTENT})[:-30])
    with pytest.raises(BadInput, match="holds 3 files"):
        contents(zipped(dict.fromkeys("abc", b"")), Limits(members=2))
    for nothing in (zipped({}), zipped({"folder/": b""}), gzip.compress(zipped({}))):
        with pytest.raises(BadInput, match=r"holds no file\. Ask"):
            contents(nothing)
    encrypted = bytearray(zipped({"a": CONTENT}))
    at = encrypted.rindex(b"PK\x01\x02")
    encrypted[at + 8] |= 1
    with pytest.raises(BadInput, match="encrypted"):
        contents(bytes(encrypted))


def test_an_archive_cannot_come_through_a_pipe() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(BadInput, match="pipe"):
        contents(Pipe(zipped({"a": CONTENT})))


def test_a_damaged_member_is_told() -> None:
    data = bytearray(zipped({"a": CONTENT}, zipfile.ZIP_STORED))
    data[200] ^= 1
    ((_, _, fault),) = contents(bytes(data))
    assert "damaged" in fault
