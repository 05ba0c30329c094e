"""The collectors of an installation: one YAML file each in ``TUTELA_HOME/collectors``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutela.core.collectors.definition import AUTO, load
from tutela.core.errors import BadInput, DefinitionErrors, Problem, WrongUse
from tutela.core.reading import content_of
from tutela.core.yaml_text import read_yaml
from tutela.engine.catalogue import Catalogue
from tutela.engine.collectors.secrets import secret

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tutela.core.collectors.definition import Collector


@dataclass(slots=True)
class Collectors:
    """Those that can be read, by name, and why the others cannot."""

    sound: dict[str, Collector] = field(default_factory=dict)
    refused: dict[str, BadInput] = field(default_factory=dict)

    def get(self, name: str) -> Collector:
        """One collector; raises WrongUse where there is none, DefinitionErrors or BadInput where it cannot be read."""
        if name in self.refused:
            raise self.refused[name]
        if name not in self.sound:
            raise WrongUse(f"There is no collector “{name}”.", remedy="See `tutela collectors list`.")
        return self.sound[name]


def collectors_of(home: Path) -> Collectors:
    """All collectors of a home folder; one that cannot be read hides no other."""
    found = Collectors()
    for path in _files(home):
        try:
            found.sound[path.stem] = load(content_of(path), str(path), path.stem)
        except BadInput as error:
            found.refused[path.stem] = error
    return found


def lint(home: Path, paths: Iterable[Path] = ()) -> tuple[int, list[Problem]]:
    """How many definitions there are, and every error of all of them: also feeds and secrets that are not there."""
    files = list(paths) or _files(home)
    catalogue = Catalogue(home)
    problems: list[Problem] = []
    for path in files:
        try:
            content = content_of(path)
            problems += _missing(load(content, str(path), path.stem), content, path, home, catalogue)
        except DefinitionErrors as error:
            problems += error.problems
        except BadInput as error:
            problems.append(Problem(str(path), 0, error.what, error.remedy))
    return len(files), problems


def _files(home: Path) -> list[Path]:
    return sorted((home / "collectors").glob("*.y*ml"))


def _missing(collector: Collector, content: bytes, path: Path, home: Path, catalogue: Catalogue) -> list[Problem]:
    """What the definition speaks of and is not there."""
    lines, problems = read_yaml(content), []
    if collector.feed != AUTO:
        try:
            catalogue.get(collector.feed)
        except (WrongUse, BadInput) as error:
            problems.append(Problem(str(path), lines.line(("feed",)), error.what, error.remedy))
    for place, name in collector.secrets().items():
        try:
            secret(home, name)
        except WrongUse as error:
            problems.append(Problem(str(path), lines.line(place), f"{error.where}: {error.what}", error.remedy))
    return problems
