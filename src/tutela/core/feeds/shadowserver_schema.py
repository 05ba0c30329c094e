"""Shadowserver's schema before it is used: report types that cannot be read are told, each with its key; others stay.

The file comes from outside and may be of another version, cut short or changed by hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from tutela.core.errors import BadInput, Problem
from tutela.core.feeds.compile import compile_feed
from tutela.core.feeds.shadowserver import META, definition
from tutela.core.idf.fields import EXTRA, EXTRA_PREFIX, FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REMEDY: Final = "Mend it, or import the schema as Shadowserver publishes it."
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,100}")
_URL: Final = re.compile(r"https?://\S+")
_PARTS: Final = ("required_fields", "optional_fields")
_SHORTEST, _LONGEST = 2, 4


def well_formed(schema: Any) -> tuple[dict[str, Any], list[Problem]]:
    """The report types that have the right form, and what is wrong with the others; quick enough for every start."""
    if not isinstance(schema, dict):
        return {}, [Problem("schema", 0, "it is no object of report types.", REMEDY)]
    good: dict[str, Any] = {}
    problems: list[Problem] = []
    taken: dict[Any, str] = {}
    for key, entry in schema.items():
        wrong = list(_faults_of_meta(entry) if key == META else _faults(key, entry))
        if key != META and not wrong and (first := taken.setdefault(entry.get("file_name", key), key)) != key:
            wrong.append(f"file_name is that of {first:.100}.")
        problems += [Problem(f"{key:.100}", 0, what, REMEDY) for what in wrong]
        if not wrong:
            good[key] = entry
    return good, problems


def readable(schema: Any) -> tuple[dict[str, Any], list[Problem]]:
    """The report types of which feeds can be made, and why the others cannot."""
    good, problems = well_formed(schema)
    for key in [key for key in good if key != META]:
        problem = _of_definition(good, key)
        if problem is not None:
            problems.append(problem)
            del good[key]
    return good, problems


def _of_definition(schema: Mapping[str, Any], key: str) -> Problem | None:
    try:
        feed = definition(schema, key)
        compile_feed(feed)
    except BadInput as error:
        return Problem(key, 0, error.what, error.remedy)
    except ValidationError as error:
        first = error.errors()[0]
        return Problem(key, 0, f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", REMEDY)
    unknown = [name for name in feed.fields_given() if not _is_field(name)]
    return Problem(key, 0, f"{min(unknown)} is no IDF field.", REMEDY) if unknown else None


def _is_field(name: str) -> bool:
    return (name in FIELDS and name != EXTRA) or name.startswith(EXTRA_PREFIX)


def _faults_of_meta(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("date_created", ""), str):
        yield "date_created is no text; the version of the schema is not known."


def _faults(key: str, entry: Any) -> Iterator[str]:
    """What is wrong with one report type, each in a sentence that names the key."""
    if not isinstance(entry, dict):
        yield "the report type is no object."
        return
    name = entry.get("file_name", key)
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name):
        yield "file_name is not made of letters, digits and underscores."
    if not isinstance(entry.get("feed_name"), str) or not entry["feed_name"]:
        yield "feed_name is missing or no text."
    url = entry.get("url")
    if url is not None and not (isinstance(url, str) and (not url or _URL.fullmatch(url))):
        yield "url is no address."
    if "required_fields" not in entry:
        yield "required_fields is missing."
    for part in _PARTS:
        yield from _faults_of_rows(part, entry.get(part, []))
    constants = entry.get("constant_fields", {})
    if not isinstance(constants, dict):
        yield "constant_fields is no object."
    elif any(isinstance(value, (dict, list)) or value is None for value in constants.values()):
        yield "constant_fields holds a value that is neither text, number nor truth."


def _faults_of_rows(part: str, rows: Any) -> Iterator[str]:
    if not isinstance(rows, list):
        yield f"{part} is no list."
        return
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or not _SHORTEST <= len(row) <= _LONGEST:
            yield f"{part}, row {number} is no list of field, column and converter."
        elif not all(isinstance(text, str) and text for text in row[:2]):
            yield f"{part}, row {number}: field or column is no text."
        elif row[2:3] and not isinstance(row[2], str | None):
            yield f"{part}, row {number}: the converter is no text."
