"""The key with which sessions and links are signed: given, or made once and kept beside the data."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tutela.config.environment import Environment

_BYTES: Final = 48


def secret_key(environment: Environment) -> str:
    """The key in force; before the first boot, when none is on disk, one for this process alone."""
    path = key_path(environment.home)
    if environment.secret_key:
        return environment.secret_key
    return path.read_text().strip() if path.exists() else secrets.token_urlsafe(_BYTES)


def make_secret_key(home: Path) -> None:
    """Make the key if there is none; of two processes that try at once, one does, and nobody sees half a key."""
    path = key_path(home)
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent)  # nobody else may read it, from the start
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(_BYTES))
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        Path(unfinished).unlink()


def key_path(home: Path) -> Path:
    """Where the key lies that is not given."""
    return home / "keys" / "secret-key"
