"""A definition in YAML as a value: every error of it at once, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from tutela.core.errors import BadInput, DefinitionErrors, Problem
from tutela.core.yaml_text import MAXIMUM_BYTES, Document, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)


def read(content: bytes | str, path: str, model: type[Model], help_: str) -> Model:
    """The value of a YAML text; raises DefinitionErrors. ``help_``: where it is told what can stand there."""
    value, problems = shape(read_yaml(content), path, model, help_)
    if value is None:
        raise DefinitionErrors(problems)
    return value


def shape(document: Document, path: str, model: type[Model], help_: str) -> tuple[Model | None, list[Problem]]:
    """The value of a text that was read (None where it has not the shape), and all errors of it."""
    problems = [Problem(path, line, what, "Mend the text.") for line, what in document.faults]
    if not problems and not isinstance(document.data, dict):
        problems = [Problem(path, 1, "holds nothing of that kind.", f"See {help_}.")]
    if problems:
        return None, problems
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        found = [_problem(path, document.line(one["loc"]), one, help_) for one in error.errors()]
        return None, list(dict.fromkeys(found))


def _problem(path: str, line: int, error: ErrorDetails, help_: str) -> Problem:
    place = ".".join(str(step) for step in error["loc"]) or "the file"
    if error["type"] == "missing":
        return Problem(path, line, f"{place} is missing.", f"Add it; see {help_}.")
    if error["type"] == "extra_forbidden":
        return Problem(path, line, f"{place} is no key that is known.", f"Take it away; {help_} has them all.")
    if error["type"] == "too_short":
        return Problem(path, line, f"{place} is empty.", f"Put something there; see {help_}.")
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    return Problem(path, line, f"{place}: {message}.", f"{help_} says what can stand there.")


def content_of(path: Path) -> bytes:
    """What stands in the file of a definition, or so much of it that it is seen to be too large; raises BadInput."""
    remedy = "Mend the file, or take it away."
    if path.exists() and not path.is_file():
        raise BadInput("is no regular file.", where=str(path), remedy=remedy)
    try:
        with path.open("rb") as file:
            return file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=str(path), remedy=remedy) from error
