"""Where an export goes: standard output, or a file that bears its name only once it is whole."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAM = "-"


@contextmanager
def target(output: str) -> Iterator[BinaryIO]:
    """A stream for what goes to ``output``; a file is replaced at the end, and stays as it was when the block fails."""
    if output == STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    place = _checked(output)
    unfinished = place.with_name(f"{place.name}.{uuid.uuid4().hex[:8]}.unfinished")
    try:
        with unfinished.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if place.exists():
            shutil.copymode(place, unfinished)  # what only some might read stays so
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


def _checked(output: str) -> Path:
    """The file that is meant, behind any link. Raises WrongUse where there can be none."""
    given = Path(output)
    if given.is_dir():
        raise WrongUse("is a folder.", where=output or "--output", remedy="Name a file in it with --output.")
    if given.exists() and not given.is_file():
        raise WrongUse("is no file.", where=output, remedy="For a stream, leave --output out and redirect.")
    place = given.resolve()
    if not place.parent.is_dir():
        raise WrongUse("there is no such folder.", where=str(place.parent), remedy="Make it first.")
    return place
