"""A file of rules or of words as a value: every error of it at once, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tutela.core.errors import DefinitionErrors, Problem
from tutela.core.feeds.yaml_text import read_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)


def read(content: bytes | str, path: str, model: type[Model], help_: str) -> Model:
    """The value of a YAML text; raises DefinitionErrors. ``help_``: where it is told what can stand there."""
    document = read_yaml(content)
    problems = [Problem(path, line, what, "Mend the text.") for line, what in document.faults]
    if not problems and not isinstance(document.data, dict):
        problems = [Problem(path, 1, "holds nothing of that kind.", f"See {help_}.")]
    if problems:
        raise DefinitionErrors(problems)
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        found: list[Any] = [_problem(path, document.line(one["loc"]), one, help_) for one in error.errors()]
        raise DefinitionErrors(found) from error


def _problem(path: str, line: int, error: ErrorDetails, help_: str) -> Problem:
    place = ".".join(str(step) for step in error["loc"]) or "the file"
    if error["type"] == "missing":
        return Problem(path, line, f"{place} is missing.", f"Add it; see {help_}.")
    if error["type"] == "extra_forbidden":
        return Problem(path, line, f"{place} is no key that is known.", f"Take it away; {help_} has them all.")
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    return Problem(path, line, f"{place}: {message}.", f"{help_} says what can stand there.")
