from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutela.core.errors import WrongUse
from tutela.engine.collectors.secrets import secret

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(home: Path) -> Path:
    path = home / "secrets" / "scans-password"
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    path.write_text("correct horse\n")
    return path


def test_a_file_goes_before_the_environment(file: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTELA_SECRET_SCANS_PASSWORD", "battery")
    assert secret(home, "scans-password") == "correct horse"
    file.unlink()
    assert secret(home, "scans-password") == "battery"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_what_others_may_read_is_no_secret(file: Path, home: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(WrongUse, match="others than its owner") as told:
        secret(home, "scans-password")
    assert "chmod 600" in told.value.remedy


@pytest.mark.parametrize(
    "content", [b"correct\nhorse\n", b"correct\r\nX-Evil: horse", b"\xffhorse", b"", b"\n", b"x" * 9000]
)
def test_what_is_no_line_of_text_is_refused_and_not_repeated(file: Path, home: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(WrongUse) as told:
        secret(home, "scans-password")
    assert "horse" not in str(told.value)


def test_a_link_is_not_followed(file: Path, home: Path) -> None:
    (file.parent / "other").symlink_to(file)
    with pytest.raises(WrongUse, match="link"):
        secret(home, "other")


def test_one_that_is_not_there_is_told_with_both_places(home: Path) -> None:
    with pytest.raises(WrongUse, match="not there") as told:
        secret(home, "absent")
    assert "TUTELA_SECRET_ABSENT" in told.value.remedy
    assert "secrets/absent" in told.value.remedy
