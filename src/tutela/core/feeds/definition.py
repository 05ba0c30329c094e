"""The definition of a feed: how one kind of report is read, what its columns mean, and what a finding of it is.

One YAML file holds one definition; `linter.py` reads it and reports all errors, `compile.py` makes it run.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    field_serializer,
    field_validator,
    model_validator,
)

from tutela.core.feeds.formats.specification import Format
from tutela.core.feeds.patterns import Pattern
from tutela.core.feeds.values import Condition, Value
from tutela.core.netspace.addresses import span
from tutela.core.netspace.domains import domain_key

NAME = r"^[a-z0-9][a-z0-9_.-]*$"
URL = r"^https?://\S+$"
FIELD = r"^[a-z0-9_.]+$|^extra\..+$"

FieldName = Annotated[str, Field(pattern=FIELD)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tlp(enum.StrEnum):
    """The Traffic Light Protocol, version 2.0."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"


class Recognise(_Part):
    """How a report is known to be of this feed, for `--feed auto`; what is given must all hold."""

    file_name: Pattern | None = Field(default=None, description="A regular expression found in the name of the file.")
    url: Pattern | None = Field(
        default=None, description="A regular expression found in the address it was fetched from."
    )
    columns: tuple[str, ...] = Field(default=(), description="Columns that its header must have (CSV only).")
    content: Pattern | None = Field(default=None, description="A regular expression found in its first 4 KiB.")


class Replaces(_Part):
    """An IntelMQ parser that this feed stands for."""

    module: str = Field(description="The module of the IntelMQ bot, such as intelmq.bots.parsers.blocklistde.parser.")
    when: dict[str, JsonValue] = Field(
        default_factory=dict, description="Parameters of the bot that must have these values; none means always."
    )


class Rest(_Part):
    """What happens to the source columns that no field reads."""

    prefix: str = Field(default="extra.", pattern=r"^extra\.", description="They are kept under this prefix.")
    leave_out: tuple[str, ...] = Field(default=(), alias="except", description="Columns that are left out.")
    only: tuple[str, ...] = Field(
        default=(), description="Only columns whose names begin with one of these; none means all."
    )

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Each(_Part):
    """One record becomes one event for each part of a column, or for each of several given values."""

    column: str = Field(description="The column that holds several values; each event has one of them there.")
    separator: str | None = Field(
        default=None,
        min_length=1,
        description="What stands between the values; white space around them is cut. Without it: a JSON array.",
    )
    values: tuple[str, ...] = Field(
        default=(),
        max_length=100,
        description="Instead of parts: a new column with one of these values; one event for each of them.",
    )
    into: str | None = Field(
        default=None,
        description="The name of the column that has the part; without it the parts take the place of the whole.",
    )


class Expand(_Part):
    """A column that holds a JSON object becomes a column for each of its keys, whatever they are."""

    column: str = Field(description="The column that holds the object; text that is no object is left as it is.")
    prefix: str = Field(description="What stands before each key in the name of its column.")


class Finding(_Part):
    """What makes two events of the feed the same finding."""

    asset: tuple[FieldName, ...] = Field(
        default=("source.ip", "source.network", "source.fqdn", "source.url"),
        min_length=1,
        description="IDF fields that name the asset; the first that has a value counts.",
    )
    fields: tuple[FieldName, ...] = Field(
        default=("classification.type", "classification.identifier"),
        description="IDF fields whose values tell two conditions on one asset apart.",
    )
    recipe: Literal[1] = Field(default=1, description="Which recipe of the fingerprint is used.")


class Covers(_Part):
    """What the reports of the feed are limited to; an asset that lies in none of it is never shown absent by them."""

    networks: tuple[str, ...] = Field(default=(), max_length=10_000, description="Prefixes, addresses or ranges.")
    asns: tuple[int, ...] = Field(default=(), max_length=10_000, description="AS numbers, for findings on those.")
    domains: tuple[str, ...] = Field(default=(), max_length=10_000, description="Domains, with all below them.")

    @field_validator("networks")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            span(one)
        return given

    @field_validator("domains")
    @classmethod
    def _domains(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(domain_key(one) for one in given)


class FeedDefinition(_Part):
    """How one kind of report is read."""

    name: str = Field(
        pattern=NAME, description="The unique name, as used on the command line and as the name of the file."
    )
    title: str = Field(min_length=1, description="The name for people.")
    provider: str = Field(min_length=1, description="Who makes the reports.")
    documentation: str = Field(pattern=URL, description="Where the provider describes the report.")
    licence: str = Field(min_length=1, description="Under which terms the data may be used.")
    source: str = Field(default="", description="What this definition was written from.")
    language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", description="The language of its texts (BCP 47)."
    )
    version: str = Field(default="1", min_length=1, description="The version of this definition.")
    format: Format = Field(description="How the bytes become rows and columns.")
    recognise: Recognise = Field(default_factory=Recognise, description="How `--feed auto` knows the feed.")
    replaces: tuple[Replaces, ...] = Field(default=(), description="IntelMQ parsers that this feed stands for.")
    expected: tuple[str, ...] = Field(
        default=(),
        max_length=4096,
        description="The columns the provider documents; a report with others is read, and said to have drifted.",
    )
    each: Each | None = Field(default=None, description="Makes one record several events.")
    settings: dict[str, bool | int | float | str] = Field(
        default_factory=dict, description="Choices with their usual values; they can be read as columns setting.NAME."
    )
    columns: dict[str, Value] = Field(
        default_factory=dict,
        max_length=500,
        description="Columns made from others before anything else, in this order.",
    )
    expand: tuple[Expand, ...] = Field(
        default=(),
        max_length=50,
        description="JSON objects in columns (given or made) taken apart into columns of their own.",
    )
    skip: tuple[Condition, ...] = Field(
        default=(), max_length=500, description="Rows for which one of these holds are left out, and counted."
    )
    fields: dict[FieldName, Value] = Field(
        max_length=1000, description="IDF fields (or extra.*) and where their values come from."
    )
    rest: Literal["extra", "ignore", "idf"] | Rest = Field(
        default="extra",
        description="What happens to columns that no field reads: kept under extra., ignored, kept elsewhere, or (idf) "
        "taken for the IDF field of their own name, and kept under extra. where there is none.",
    )
    constants: dict[FieldName, JsonValue] = Field(
        default_factory=dict,
        max_length=1000,
        description="IDF fields (or extra.*) that are the same in every row that does not say otherwise.",
    )
    required: tuple[FieldName, ...] = Field(default=(), description="Fields without which a row goes to quarantine.")
    strict: tuple[FieldName, ...] = Field(
        default=(),
        description="Fields whose value, where there is one, must be valid: else the row goes to quarantine.",
    )
    keep_invalid: tuple[FieldName, ...] = Field(
        default=(),
        description="Fields whose source text, when not valid for them, is also kept, as extra.COLUMN.",
    )
    keep_empty: tuple[FieldName, ...] = Field(
        default=(),
        description="Fields of extra.* kept as empty text where the report has their column and the row no value.",
    )
    finding: Finding = Field(default_factory=Finding, description="What makes two events the same finding.")
    gone_after: int = Field(
        default=3, ge=1, description="After how many whole reports without it an asset counts as no longer affected."
    )
    covers: Covers | None = Field(
        default=None, description="What its reports are limited to; without it they may show any asset."
    )
    tlp: Tlp | None = Field(
        default=None, description="The Traffic Light Protocol level of events that do not tell theirs."
    )
    redistribution: Literal["public", "affected", "constituency", "none"] = Field(
        default="affected",
        description="Who may be given the data: everybody, whom it concerns, the whole constituency, nobody.",
    )
    snapshot: bool = Field(
        default=False,
        description="Whether a report lists all that is there now, so that absence from it means something.",
    )
    pieces: bool = Field(
        default=False,
        description="Whether its reports are pieces of a stream: that one does not show an asset proves nothing.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.snapshot and self.pieces:
            raise ValueError("a report cannot list all that is there and be a piece of a stream (snapshot, pieces)")
        return self

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("skip"), dict):
            return {**data, "skip": [data["skip"]]}
        return data

    @field_serializer("format", mode="wrap")
    def _with_type(self, written: Format, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without its type a format could not be read again, also where defaults are left out."""
        return {"type": written.type, **handler(written)}

    def values(self) -> Iterator[tuple[str, Value]]:
        """All values with the place they stand at, such as ``fields.source.ip``."""
        for part, values in (("columns", self.columns), ("fields", self.fields)):
            for name, value in values.items():
                for inner in value.walk():
                    yield f"{part}.{name}", inner

    def fields_given(self) -> set[str]:
        """The IDF fields and ``extra.*`` names that a row of this feed can have."""
        return {*self.fields, *self.constants}
