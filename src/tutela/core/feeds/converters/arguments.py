"""Kinds of arguments that converters take, each with its check."""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tutela.core.errors import BadInput
from tutela.core.idf.fields import FIELDS
from tutela.core.idf.times import format_problem, parse_time


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
