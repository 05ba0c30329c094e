"""Files from outside: only regular ones are read; no link is followed, and nothing is waited for."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from tutela.core.errors import BadInput, WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """What ``paths`` name, and in place of a folder what is in it, in alphabetical order; none of it is opened yet."""
    for path in paths:
        try:
            inside = sorted(path.iterdir()) if stat.S_ISDIR(path.lstat().st_mode) else None
        except OSError:
            inside = None  # who opens it is told why
        if inside is None:
            yield path
        else:
            yield from files([entry for entry in inside if not entry.name.startswith(".")])


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read it; what it is is asked of the open file, so nobody can change it in between.

    Raises BadInput for a symbolic link, a folder, a device, a pipe, a socket, and what may not be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _refusal(path, error) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _irregular(path, "no regular file")
    return os.fdopen(handle, "rb")


def read_own(path: Path, most: int) -> bytes:
    """A secret in a regular file that its owner alone can read; raises WrongUse where it is not so, or is too large."""
    try:
        with open_regular(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(most + 1)
    except BadInput as error:
        raise WrongUse(error.what, where=error.where, remedy=error.remedy) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise WrongUse("others than its owner may read the secret.", where=str(path), remedy=f"chmod 600 {path}")
    if len(content) > most:
        raise WrongUse("is too large for a secret.", where=str(path), remedy="Write the secret alone into it.")
    return content


def _refusal(path: Path, error: OSError) -> BadInput:
    if error.errno == errno.ELOOP:
        return _irregular(path, "a symbolic link")
    if error.errno == errno.ENXIO:  # a socket
        return _irregular(path, "no regular file")
    if error.errno == errno.ENOENT:
        return BadInput("there is no such file.", where=str(path), remedy="Check the path.")
    return BadInput(f"cannot be read: {error.strerror}.", where=str(path), remedy="Check the path and the permissions.")


def _irregular(path: Path, kind: str) -> BadInput:
    return BadInput(f"is {kind}, and is not read.", where=str(path), remedy="Give the path of the file itself.")
