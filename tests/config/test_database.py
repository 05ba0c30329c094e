"""Addresses of databases: what is wrong with one is told, and never with a part of its password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.config import environment
from tutela.config.database import checked, postgresql
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from pathlib import Path

WRONG = {
    "sqlite:////tmp/a.sqlite3": "TUTELA_HOME",
    "oracle://u:hidden@localhost/x": "postgresql://",
    "postgresql:x": "postgresql://",
    "postgresql://u:hidden@localhost:99999/x": "port",
    "postgresql://u:hidden@localhost:0/x": "port",
    "postgresql://u:hidden@localhost:abc/x": "port",
    "postgresql://u@localhost/x?port=70000": "port",
    "postgresql://u@localhost/x?port=many": "port",
    "postgresql://u:hidden@:5432/x": "host",
    "postgresql:///x": "host",
    "postgresql://u:hidden@localhost": "name of a database",
    "postgresql://u:hidden@localhost/": "name of a database",
    "postgresql://u:hidden@localhost/x?hidden=1": "option",
    "postgresql://u:hid den@localhost/x": "blank",
    "postgresql://u:hid\nden@localhost/x": "control",
    "postgresql://u:hid%zzden@localhost/x": "percent-encoded",
    "postgresql://u:hid#den@localhost/x": "percent-encoded",
    "postgresql://u:hid/den@localhost/x": "percent-encoded",
    "postgresql://u:1/hidden@localhost/x": "percent-encoded",
    "postgresql://u:1?hidden@localhost/x": "percent-encoded",
    "postgresql://u:hidden@[::1/x": "percent-encoded",
}


@pytest.mark.parametrize("url", WRONG)
def test_a_wrong_address_is_wrong_use_without_its_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTELA_DATABASE_URL", url)
    with pytest.raises(WrongUse, match=WRONG[url]) as told:
        environment.load()
    assert "TUTELA_DATABASE_URL" in str(told.value)
    assert not re.search("hid|den", str(told.value))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_no_sentence_repeats_a_password(password: str) -> None:
    secret = f"s3cr3t{password}s3cr3t"
    try:
        checked(f"postgresql://u:{secret}@localhost/x")
    except ValueError as error:
        assert "s3cr3t" not in str(error)  # noqa: PT017 - what is right need not raise


@pytest.mark.parametrize(
    ("url", "host", "port", "name"),
    [
        ("postgres://db.example.org/x", "db.example.org", "", "x"),
        ("postgresql://u@[2001:db8::1]:5433/x%20y", "2001:db8::1", "5433", "x y"),
        ("postgresql://u@/x?host=/run/postgresql", "/run/postgresql", "", "x"),
        ("postgresql://u@%2Frun%2Fpostgresql/x", "/run/postgresql", "", "x"),
        ("postgresql://a.example.org,b.example.org/x?target_session_attrs=any", "a.example.org,b.example.org", "", "x"),
        ("postgresql://u@localhost/?dbname=y&port=5434", "localhost", "5434", "y"),
    ],
)
def test_addresses_as_postgresql_writes_them(url: str, host: str, port: str, name: str) -> None:
    database = postgresql(checked(url))
    assert (database["HOST"], database["PORT"], database["NAME"]) == (host, port, name)


@pytest.mark.parametrize("setting", ["TUTELA_HOME", "TUTELA_LAKE"])
@pytest.mark.parametrize(
    "given", ["s3://bucket/x", "file:///tmp/x", "/dev/null", " ", "~nobody-of-that-name/x", "a*", "a[b]", "a%20", "a=b"]
)
def test_what_is_no_folder_of_this_machine_is_wrong_use(
    setting: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, given)
    with pytest.raises(WrongUse, match=setting):
        environment.load()


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "LAKE", "DATABASE_URL", "WORKERS", "LOG"):
        monkeypatch.setenv(f"TUTELA_{name}", "")
    loaded = environment.load()
    assert (loaded.home, loaded.lake_path) == (tmp_path / "var", tmp_path / "var/lake")
    assert loaded.log == "warning"


def test_folders_are_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "dana"))
    monkeypatch.setenv("TUTELA_HOME", "here")
    monkeypatch.setenv("TUTELA_LAKE", "~/lake")
    loaded = environment.load()
    assert (loaded.home, loaded.lake_path) == (tmp_path / "here", tmp_path / "dana/lake")
