"""The library of law of one home folder: what is built in, with the overlays and instruments of the authority's own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tutela.core.law.linter import load
from tutela.core.reading import content_of

if TYPE_CHECKING:
    from tutela.core.law.library import Library

BUILT_IN = Path(__file__).resolve().parent.parent / "content" / "laws"
FOLDER = "laws"


def folders(home: Path) -> tuple[Path, Path]:
    """Where files of law lie: the built-in ones, and those of the authority."""
    return BUILT_IN, home / FOLDER


def library(home: Path) -> Library:
    """The library, read once for each state of its files; raises DefinitionErrors with all their errors."""
    own = home / FOLDER
    state = tuple(sorted((str(path), path.stat().st_mtime_ns) for path in own.rglob("*.y*ml"))) if own.is_dir() else ()
    return _library(home, state)


@lru_cache(maxsize=4)
def _library(home: Path, state: tuple[tuple[str, int], ...]) -> Library:
    del state  # another state is another library
    paths = [path for folder in folders(home) for path in sorted(folder.rglob("*.y*ml"))]
    return load({str(path): content_of(path) for path in paths})
