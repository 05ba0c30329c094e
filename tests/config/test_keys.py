"""The key of sessions and links: made once, seen by nobody else, and the same for all processes."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tutela.config.environment import Environment
from tutela.config.keys import make_secret_key, secret_key

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    environment = Environment(home=tmp_path)
    make_secret_key(tmp_path)
    made = secret_key(environment)
    make_secret_key(tmp_path)
    assert secret_key(environment) == made
    assert len(made) >= 50
    assert stat.S_IMODE((tmp_path / "keys/secret-key").stat().st_mode) == 0o600


def test_of_many_that_make_it_at_once_one_does(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make_secret_key, [tmp_path] * 32))
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secret-key"]


def test_before_there_is_one_each_process_has_its_own(tmp_path: Path) -> None:
    environment = Environment(home=tmp_path)
    assert secret_key(environment) != secret_key(environment)
    assert not (tmp_path / "keys").exists(), "a question writes nothing"


def test_one_that_is_given_wins(tmp_path: Path) -> None:
    make_secret_key(tmp_path)
    assert secret_key(Environment(home=tmp_path, secret_key="given")) == "given"  # noqa: S106 - no secret of anybody
