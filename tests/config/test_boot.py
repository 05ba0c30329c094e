from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tutela.config import boot, environment
from tutela.core.errors import Conflict, Unavailable, WrongUse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.django_db
def test_a_database_of_this_version_needs_nothing(settings: Any) -> None:
    assert not boot.missing(settings.TUTELA)


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_refused(settings: Any) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.recorder import MigrationRecorder  # noqa: PLC0415

    MigrationRecorder(connection).record_applied("ledger", "0999_from_the_future")
    with pytest.raises(Conflict, match="newer version"):
        boot.missing(settings.TUTELA)


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # as on a disk that is mounted for reading only
    with pytest.raises(Unavailable, match="may not be written to") as told:
        boot.check_writable(tmp_path)
    assert told.value.where == str(tmp_path)


def test_a_lake_without_its_log_does_not_begin_anew(tmp_path: Path) -> None:
    boot.check_lake(tmp_path)
    (tmp_path / "date=2026-03-01").mkdir()
    with pytest.raises(Conflict, match="log of the event lake"):
        boot.check_lake(tmp_path)
    (tmp_path / "_delta_log").mkdir()
    boot.check_lake(tmp_path)


def test_without_settings_everything_lies_under_var(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUTELA_HOME")
    monkeypatch.delenv("TUTELA_DATABASE_URL", raising=False)
    loaded = environment.load()
    assert loaded.home == tmp_path / "var"
    assert loaded.lake_path == tmp_path / "var/lake"
    assert loaded.database()["NAME"] == str(tmp_path / "var/tutela.sqlite3")


def test_a_postgresql_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTELA_DATABASE_URL", "postgresql://u%40x:p%3Aw@db.example.org:5433/tutela?sslmode=require")
    database = environment.load().database()
    assert (database["USER"], database["PASSWORD"], database["HOST"]) == ("u@x", "p:w", "db.example.org")
    assert (database["PORT"], database["NAME"]) == ("5433", "tutela")
    assert database["OPTIONS"] == {"sslmode": "require"}


def test_a_postgresql_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTELA_DATABASE_URL", "postgresql://u@/tutela?host=/run/postgresql")
    database = environment.load().database()
    assert (database["HOST"], database["PORT"], database["OPTIONS"]) == ("/run/postgresql", "", {})


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTELA_WORKERS", "-1")
    monkeypatch.setenv("TUTELA_DATABASE_URL", "oracle://x")
    with pytest.raises(WrongUse) as told:
        environment.load()
    assert "TUTELA_WORKERS" in str(told.value)
    assert "TUTELA_DATABASE_URL" in str(told.value)
