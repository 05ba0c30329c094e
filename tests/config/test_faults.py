"""What is no fault of ours has its name, whoever raises it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import polars as pl
import pytest
from django.db.utils import DatabaseError, OperationalError
from polars.exceptions import PolarsError

from tests.lake.test_table import events, put
from tutela.config.faults import known
from tutela.core.errors import Conflict, Unavailable
from tutela.lake.table import EventTable

if TYPE_CHECKING:
    from pathlib import Path


def test_a_full_disk_has_its_name() -> None:
    error = known(OSError(errno.ENOSPC, "No space left on device", "lake/part"))
    assert isinstance(error, Unavailable)
    assert "disk is full" in str(error)
    wrapped = RuntimeError("writing failed")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert isinstance(known(wrapped), Unavailable)
    assert "disk is full" in str(known(OperationalError("database or disk is full")))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.ENOENT, errno.EIO])
def test_a_file_that_the_system_refuses_is_named(number: int) -> None:
    error = known(OSError(number, os.strerror(number), "lake/part"))
    assert isinstance(error, Unavailable)
    assert error.where == "lake/part"
    assert os.strerror(number) in error.what


def test_what_polars_cannot_write_is_told_without_its_advice(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="os error") as raised:
        pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "file" / "part")
    told = known(raised.value)
    assert isinstance(told, Unavailable)
    assert "POLARS" not in str(told)


@pytest.mark.parametrize("message", ["database disk image is malformed", "file is not a database"])
def test_a_damaged_database_is_a_conflict(message: str) -> None:
    if os.environ.get("TUTELA_DATABASE_URL"):
        pytest.skip("a damaged server says something else")
    assert isinstance(known(DatabaseError(message)), Conflict)


@pytest.fixture
def part(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one file of a lake."""
    monkeypatch.setenv("TUTELA_HOME", str(home))
    put(EventTable(home / "lake"), events(1, 2), "load")
    return next((home / "lake").rglob("date=*/*.parquet"))


@pytest.mark.parametrize("kept", [None, 0, 3, 500])
def test_a_file_of_the_lake_that_is_gone_or_damaged_is_named(part: Path, kept: int | None, home: Path) -> None:
    if kept is None:
        part.unlink()
    else:
        os.truncate(part, kept)
    with pytest.raises((PolarsError, OSError)) as raised:
        EventTable(home / "lake").scan().collect()
    told = known(raised.value)
    assert isinstance(told, Conflict)
    assert told.where == str(part)


def test_damage_inside_a_file_is_found_too(part: Path, home: Path) -> None:
    with part.open("r+b") as file:
        file.write(b"PAR1" + bytes(400))
    with pytest.raises((PolarsError, OSError)) as raised:
        EventTable(home / "lake").scan().collect()
    told = known(raised.value)
    assert isinstance(told, Conflict)
    assert told.where == str(part)


@pytest.mark.usefixtures("part")
def test_an_error_of_ours_is_not_explained_away() -> None:
    assert known(ValueError("nobody foresaw this")) is None
    with pytest.raises(PolarsError) as raised:
        pl.DataFrame({"a": [1]}).select("b")
    assert known(raised.value) is None
