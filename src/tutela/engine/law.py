"""The library of law of one home folder: what is built in, with the overlays and instruments of the authority's own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tutela.core.feeds.linter import content_of
from tutela.core.law.linter import load

if TYPE_CHECKING:
    from tutela.core.law.library import Library

BUILT_IN = Path(__file__).resolve().parent.parent / "content" / "laws"
FOLDER = "laws"


def files(home: Path, built_in: Path = BUILT_IN) -> dict[str, bytes]:
    """Every file of law by its path: the built-in ones, then those in ``laws`` of the home folder; raises BadInput."""
    paths = [*sorted(built_in.rglob("*.y*ml")), *sorted((home / FOLDER).rglob("*.y*ml"))]
    return {str(path): content_of(path) for path in paths}


def library(home: Path) -> Library:
    """The library, read once for each state of its files; raises DefinitionErrors with all their errors."""
    own = home / FOLDER
    state = tuple(sorted((str(path), path.stat().st_mtime_ns) for path in own.rglob("*.y*ml"))) if own.is_dir() else ()
    return _library(home, state)


@lru_cache(maxsize=4)
def _library(home: Path, state: tuple[tuple[str, int], ...]) -> Library:
    del state  # another state is another library
    return load(files(home))
