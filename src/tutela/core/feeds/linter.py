"""Feed definitions checked before they run: all errors of all files at once, each with its line and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tutela.core.errors import DefinitionErrors, Problem
from tutela.core.feeds.checks import CHECKS
from tutela.core.feeds.converters import CONVERTERS
from tutela.core.feeds.definition import FeedDefinition
from tutela.core.feeds.patterns import PatternError
from tutela.core.reading import content_of
from tutela.core.yaml_text import Document, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

ERROR = "error"


def lint(files: Mapping[str, bytes | str]) -> list[Problem]:
    """All problems of definition files, given by path and content, in the order of the files and their lines."""
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for path, content in files.items():
        definition, found = check(path, content)
        problems += found
        if definition is None:
            continue
        first = seen.setdefault(definition.name, path)
        if first != path:
            what = f"the name “{definition.name}” is taken by {first}."
            problems.append(Problem(path, 1, what, "Give the feed a name of its own."))
    return problems


def check(path: str, content: bytes | str) -> tuple[FeedDefinition | None, list[Problem]]:
    """The definition (None when it has not the right shape) and all problems of one text, by line."""
    document = read_yaml(content)
    problems = [Problem(path, line, what, "Mend the text.") for line, what in document.faults]
    definition = None
    if document.data is not None or not document.faults:
        definition, more = _shaped(path, document)
        problems += more
    if definition is not None:
        problems += faults(definition, path, document)
    return definition, sorted(problems, key=lambda one: one.line)


def faults(definition: FeedDefinition, path: str, document: Document | None = None) -> list[Problem]:
    """The rules that a definition of the right shape does not keep; without a document no line is known."""
    return [
        Problem(path, document.line(place) if document else 0, what, remedy, one.severity)
        for one in CHECKS
        for place, what, remedy in one.function(definition, path)
    ]


def parse(text: bytes | str, path: str = "<text>") -> FeedDefinition:
    """The definition in a text; raises DefinitionErrors with all errors (warnings do not count)."""
    definition, problems = check(path, text)
    errors = [one for one in problems if one.severity == ERROR]
    if definition is None or errors:
        raise DefinitionErrors(errors)
    return definition


def load(path: Path) -> FeedDefinition:
    """The definition in a file; raises DefinitionErrors with all errors, BadInput where the file cannot be read."""
    return parse(content_of(path), str(path))


def schema() -> dict[str, Any]:
    """The JSON Schema of definition files, for editors."""
    whole = FeedDefinition.model_json_schema(by_alias=True)
    parts = whole["$defs"]
    reference = {"$ref": "#/$defs/Value"}
    for properties, key in ((parts["Value"]["properties"], "from"), (whole["properties"], "skip")):
        one = properties[key].pop("items")
        properties[key]["anyOf"] = [{"type": properties[key].pop("type"), "items": one}, one]
    parts["Value"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": reference}, parts["Value"]]}
    parts["Step"] = {
        "anyOf": [{"enum": sorted(CONVERTERS)}, {"type": "object", "minProperties": 1, "maxProperties": 1}]
    }
    return whole


def _shaped(path: str, document: Document) -> tuple[FeedDefinition | None, list[Problem]]:
    if not isinstance(document.data, dict):
        return None, [Problem(path, 1, "the file is no feed definition.", "Begin with `name:`; see docs/feeds.")]
    try:
        return FeedDefinition.model_validate(document.data), []
    except ValidationError as error:
        problems = [_problem(path, document, one) for one in error.errors()]
        return None, list(dict.fromkeys(problems))


def _problem(path: str, document: Document, error: ErrorDetails) -> Problem:
    place = ".".join(str(step) for step in error["loc"])
    kind, message = error["type"], error["msg"].removeprefix("Value error, ")
    line = document.line(error["loc"])
    if kind == "missing":
        return Problem(path, line, f"{place} is missing.", f"Add it: {_described(str(error['loc'][-1]))}")
    if kind == "extra_forbidden":
        return Problem(
            path, line, f"{place} is no key of a definition.", "Remove it, or look for the right key in docs/feeds."
        )
    remedy = "Write it as the JSON Schema (`tutela feeds schema`) says."
    if isinstance(error.get("ctx", {}).get("error"), PatternError):
        remedy = PatternError.remedy
    return Problem(path, line, f"{place}: {message.rstrip('.')}.", remedy)


def _described(key: str) -> str:
    field = FeedDefinition.model_fields.get(key)
    return (field.description if field else None) or "see docs/feeds."
