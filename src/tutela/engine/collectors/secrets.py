"""Secrets by their names: a file that its owner alone can read, or a variable of the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from tutela.core.errors import WrongUse
from tutela.lake.incoming import read_own

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES: Final = 8192


def secret(home: Path, name: str) -> str:
    """One line of text, never told in any error; raises WrongUse where it is not there, or others can read it.

    ``TUTELA_HOME/secrets/NAME`` goes before ``TUTELA_SECRET_NAME`` (capitals, ``_`` for ``-``).
    """
    path = home / "secrets" / name
    variable = f"TUTELA_SECRET_{name.upper().replace('-', '_')}"
    if os.path.lexists(path):
        where, found = str(path), _of_file(path)
    else:
        where, found = variable, os.environ.get(variable, "")
    if not found:
        what = "the secret is empty or not there."
        raise WrongUse(what, where=where, remedy=f"Write it into {path} (mode 0600), or set {variable}.")
    if not found.isprintable() or not found.isascii():
        raise WrongUse("the secret is not one line of plain ASCII.", where=where, remedy="Write it anew.")
    return found


def _of_file(path: Path) -> str:
    return read_own(path, _MOST_BYTES).decode("utf-8", "replace").rstrip("\r\n")
