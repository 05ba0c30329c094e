"""One file that holds many: what went in comes out, and nothing else ever does."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tutela.core.errors import BadInput, Unavailable
from tutela.lake.pack import Packer, unpack

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"archive/a": b"one" * 1000, "archive/empty": b"", "feeds/" + "long" * 60 + ".yaml": bytes(range(256)) * 300}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "packed"
    with path.open("wb") as stream:
        pack = Packer(stream)
        for name, data in FILES.items():
            pack.add_bytes(name, data)
        pack.close()
    return path


def contents(path: Path, ratio: int = 1000) -> dict[str, bytes]:
    found = {}
    for name, size, stream in unpack(path, ratio=ratio):
        data = b"".join(iter(lambda: stream.read(700), b""))  # noqa: B023 - read at once
        assert size == len(data) == stream.member.size
        assert stream.member.sha256 == hashlib.sha256(data).hexdigest()
        found[name] = data
    return found


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
        for member, data in members:
            archive.addfile(member, io.BytesIO(data))
    return raw.getvalue()


def header(name: str = "archive/a", size: int = 0, **values: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = size
    for key, value in values.items():
        setattr(made, key, value)
    return made


def test_what_goes_in_comes_out(packed: Path) -> None:
    assert contents(packed) == FILES


def test_a_member_that_nobody_reads_is_passed_over(packed: Path) -> None:
    assert [name for name, _, _ in unpack(packed, ratio=1000)] == list(FILES)


def test_a_file_that_becomes_shorter_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = tmp_path / "grown"
    growing.write_bytes(b"x" * 10)
    monkeypatch.setattr("os.fstat", lambda _handle: type("Stat", (), {"st_size": 20}))
    pack = Packer(io.BytesIO())
    with pytest.raises(Unavailable, match="shorter"):
        pack.add_file("archive/a", growing)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_a_byte_that_is_another_is_told(packed: Path, data: st.DataObject) -> None:
    good = packed.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    bad = packed.with_name("bad")
    bad.write_bytes(good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :])
    with contextlib.suppress(BadInput):
        assert contents(bad) == FILES  # a bit of the frame that says nothing


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_cut_short_is_told(packed: Path, data: st.DataObject) -> None:
    good = packed.read_bytes()
    bad = packed.with_name("bad")
    bad.write_bytes(good[: data.draw(st.integers(0, len(good) - 1))])
    with pytest.raises(BadInput):
        contents(bad)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no backup at all",
        zstandard.compress(b""),
        zstandard.compress(b"no tar" * 1000),
        zstandard.compress(zstandard.compress(tar((header(), b"")))),
        tar((header(), b"")),
    ],
    ids=["empty", "text", "nothing", "no tar", "packed twice", "not packed"],
)
def test_what_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "none"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        contents(path)


@pytest.mark.parametrize(
    "hostile",
    [
        tar((header(type=tarfile.SYMTYPE, linkname="/etc/passwd"), b"")),
        tar((header(type=tarfile.LNKTYPE, linkname="/etc/passwd"), b"")),
        tar((header(type=tarfile.CHRTYPE, devmajor=1, devminor=5), b"")),
        tar((header(type=tarfile.FIFOTYPE), b"")),
        tar((header(type=tarfile.DIRTYPE), b"")),
        tar((header("archive/a/", type=tarfile.AREGTYPE), b"")),
        tar((header(pax_headers={"path": "x" * 5000}), b""), form=tarfile.PAX_FORMAT),
        tar((header("x" * 5000), b"")),
        header(size=2**40, type=tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT) + bytes(10240),
        header(size=2**40, type=tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT) + bytes(10240),
        header(size=2**40, type=tarfile.XHDTYPE).tobuf(tarfile.GNU_FORMAT) + bytes(10240),
        header(size=4, type=tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT) * 3000,
    ],
    ids=[
        *("symbolic link", "hard link", "device", "pipe", "folder", "folder as a file", "extended header", "long name"),
        *("sparse", "endless name", "endless header", "names of names"),
    ],
)
def test_what_is_no_plain_file_is_refused_before_it_is_read(hostile: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    path.write_bytes(zstandard.compress(hostile))
    with pytest.raises(BadInput):
        contents(path, ratio=10**6)


def test_a_size_that_is_only_claimed_ends_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "claimed"
    path.write_bytes(zstandard.compress(header(size=2**50).tobuf(tarfile.GNU_FORMAT) + bytes(10240)))
    with pytest.raises(BadInput):
        contents(path)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    size = 80 * 2**20
    path = tmp_path / "bomb"
    path.write_bytes(zstandard.compress(header(size=size).tobuf(tarfile.GNU_FORMAT) + bytes(size)))
    with pytest.raises(BadInput, match="bomb"):
        contents(path)


def test_a_link_to_a_backup_is_not_followed(packed: Path) -> None:
    link = packed.with_name("link")
    link.symlink_to(packed)
    with pytest.raises(BadInput, match="symbolic link"):
        contents(link)
