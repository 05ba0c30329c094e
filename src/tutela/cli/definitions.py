"""Checking files of definitions, of whatever kind: gather them, read them, tell every error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

from tutela.cli.output import emit, say
from tutela.core.errors import BadInput, Problem
from tutela.core.reading import content_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_COLUMNS = ("file", "line", "severity", "what", "remedy")


def lint(
    known: Iterable[Path],
    given: Iterable[Path],
    problems_of: Callable[[Mapping[str, bytes]], list[Problem]],
    *,
    as_json: bool,
) -> NoReturn:
    """Check definitions and folders of them; ends with 1 where there is an error. What is ``given`` must be there."""
    files = [*_gathered(known), *_gathered(given, must=True)]
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            contents[str(path)] = content_of(path)
        except BadInput as error:
            problems.append(Problem(error.where, 1, error.what, error.remedy))
    problems += problems_of(contents)
    rows = (dict(zip(_COLUMNS, (p.path, p.line, p.severity, p.what, p.remedy), strict=True)) for p in problems)
    emit(rows, _COLUMNS, as_json=as_json)
    errors = sum(problem.severity == "error" for problem in problems)
    say(f"{len(files)} definitions read, {errors} errors")
    raise typer.Exit(1 if errors else 0)


def _gathered(paths: Iterable[Path], *, must: bool = False) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(path.rglob("*.y*ml"))
        elif path.exists():
            files.append(path)
        elif must:
            raise BadInput("is not there.", where=str(path), remedy="Give a definition or a folder of definitions.")
    return files
