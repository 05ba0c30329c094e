"""Kinds of arguments that converters take, each with its check."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tutela.core.errors import BadInput
from tutela.core.idf.fields import FIELDS
from tutela.core.idf.times import format_problem, parse_time


def regex_problem(pattern: str) -> str | None:
    """What is wrong with a regular expression of Rust's syntax; None when it is sound."""
    try:
        pl.select(pl.lit("").str.contains(pattern, strict=True))
    except pl.exceptions.ComputeError as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("error: ")
        return f"the regular expression {pattern!r} does not compile: {reason}"
    return None


def _sound_regex(pattern: str) -> str:
    problem = regex_problem(pattern)
    if problem:
        raise ValueError(problem)
    return pattern


def _one_group(pattern: str) -> str:
    groups = pl.select(pl.lit("").str.extract_groups(_sound_regex(pattern))).dtypes[0]
    if not isinstance(groups, pl.Struct) or len(groups.fields) != 1:
        raise ValueError(
            f"the regular expression {pattern!r} needs exactly one group; (?:…) makes one that does not count"
        )
    return pattern


def _known_field(name: str) -> str:
    if name not in FIELDS:
        raise ValueError(f"{name!r} is no IDF field")
    return name


def _time_format(name: str) -> str:
    problem = format_problem(name)
    if problem:
        raise ValueError(problem)
    return name


def _zone(name: str) -> str:
    try:
        parse_time(pl.lit(""), assume_zone=name)
    except BadInput as error:
        raise ValueError(error.what) from error
    return name


Regex = Annotated[str, AfterValidator(_sound_regex)]
RegexWithGroup = Annotated[str, AfterValidator(_one_group)]
FieldName = Annotated[str, AfterValidator(_known_field)]
TimeFormat = Annotated[str, AfterValidator(_time_format)]
Zone = Annotated[str, AfterValidator(_zone)]


def as_text(value: object) -> object:
    """A literal of a definition as the text that a report has for it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


Text = Annotated[str, BeforeValidator(as_text)]
Table = dict[Text, Text | None]


class Times(BaseModel):
    """How times are spelled, and in which zone they are when they do not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formats: tuple[TimeFormat, ...] = Field(default=("auto",), min_length=1)
    zone: Zone = "UTC"
