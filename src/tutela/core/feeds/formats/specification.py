"""The ``format`` part of a feed definition: how a report of this feed is laid out, option by option.

Source of the CSV rules: RFC 4180 as Python's ``csv`` module reads it (``strict=False``, ``doublequote=True``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tutela.core.feeds.patterns import GroupPattern, Pattern, named_groups

Encoding = Literal["auto", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "windows-1252"]


class BaseFormat(BaseModel):
    """What all formats share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: Encoding = Field(
        "auto",
        description="Encoding of the text. auto: by byte order mark, else UTF-8, where a line that is not valid UTF-8 "
        "is read as Latin-1. A record that is not valid in an encoding named here goes to quarantine.",
    )


class LineBased(BaseFormat):
    """What the formats of one record per line share."""

    skip_lines: int = Field(0, ge=0, le=10_000, description="Leave out this many lines at the start of the report.")
    comments: tuple[str, ...] = Field(
        (), description='A line that starts with one of these (after blanks) is not a record, for example ["#", ";"].'
    )
    preamble: dict[str, GroupPattern] = Field(
        default_factory=dict,
        description="New columns with one value for all records, found in the text before the first record (comment "
        "lines, skipped lines, header): column name to a regular expression with one group.",
    )

    @property
    def header_in_first_line(self) -> bool:
        """Whether the first line that is not skipped and no comment holds the column names."""
        return False

    @property
    def quoting(self) -> str | None:
        """The quoting character, if values may stand in quotes and hold line ends."""
        return None


class CsvFormat(LineBased):
    """Values separated by a delimiter: CSV, TSV and their relatives."""

    type: Literal["csv"] = "csv"
    delimiter: str = Field(
        ",", min_length=1, max_length=16, description="What stands between values; may be several characters."
    )
    delimiter_pattern: Pattern | None = Field(
        None,
        description="Instead of delimiter: a regular expression that matches what stands between values, such as "
        "'\\s+'.",
    )
    quote: str | None = Field(
        '"',
        min_length=1,
        max_length=1,
        description="The quoting character; doubled inside quotes it stands for itself. null: no quoting. Without "
        "effect where the delimiter is longer than one character or a pattern.",
    )
    header: Literal["first", "comment", "none"] = Field(
        "first",
        description="Where the column names stand. first: the first line that is no comment. comment: the last "
        "comment line before the first record. none: nowhere; give columns, else they are named 1, 2, 3 ...",
    )
    header_pattern: GroupPattern | None = Field(
        None,
        description="The column names are what this expression's group finds in a line of the text before the first "
        "record.",
    )
    columns: tuple[str, ...] = Field(
        (),
        description="Column names in order. With a header they replace its names; the header line is still left out.",
    )
    skip_initial_space: bool = Field(default=False, description="Leave out blanks that follow a delimiter.")
    strip: bool = Field(default=False, description="Leave out blanks around each value.")
    ragged: Literal["pad", "quarantine", "join", "cut"] = Field(
        "pad",
        description="A row shorter or longer than the header. pad: a short row lacks its last values, a long one goes "
        "to quarantine. quarantine: both go to quarantine. join: as pad, but what is too much belongs to the last "
        "value. cut: as pad, but what is too much is left out. Surplus values that are all empty (a delimiter at the "
        "end of the line) are left out in any case.",
    )

    @property
    def header_in_first_line(self) -> bool:
        """Whether the first line that is not skipped and no comment holds the column names."""
        return self.header == "first" and self.header_pattern is None

    @property
    def quoting(self) -> str | None:
        """The quoting character, if values may stand in quotes and hold line ends."""
        return self.quote if len(self.delimiter) == 1 and self.delimiter_pattern is None else None

    @model_validator(mode="after")
    def _names_are_given_once(self) -> CsvFormat:
        if len(set(self.columns)) != len(self.columns):
            message = "columns holds a name twice"
            raise ValueError(message)
        return self


class LinesFormat(LineBased):
    """Free text lines, read by a regular expression with named groups."""

    type: Literal["lines"] = "lines"
    pattern: Pattern = Field(
        "(?P<line>.*)",
        description="A regular expression; its named groups become columns. Without named groups the whole match is "
        "column 'line'.",
    )
    match: Literal["whole", "start", "search", "every"] = Field(
        "whole",
        description="whole: the pattern matches the whole line (blanks around it left out); start: its start; search: "
        "somewhere in it; every: each place where it matches is a record.",
    )
    unmatched: Literal["quarantine", "skip"] = Field(
        "quarantine", description="What becomes of a line that does not match."
    )
    context: GroupPattern | None = Field(
        None,
        description="A line that matches this is no record; its named groups are columns of all lines that follow, "
        "until it matches again. The report is then read in one piece.",
    )
    replace: tuple[tuple[Annotated[str, Field(min_length=1)], str], ...] = Field(
        (), description="Text replaced in each line before it is matched, in order: [[from, to], ...]."
    )

    @model_validator(mode="after")
    def _groups_are_columns(self) -> LinesFormat:
        patterns = (self.pattern, *((self.context,) if self.context else ()))
        reserved = [name for one in patterns for name in named_groups(one) if name.startswith("__")]
        if reserved:
            message = f"no group may be named {reserved[0]}: names that begin with __ are Tutela's own"
            raise ValueError(message)
        return self


class KeyValueFormat(LineBased):
    """Lines of ``key=value`` pairs; each key becomes a column."""

    type: Literal["key_value"] = "key_value"
    pair_separator: str = Field(" ", min_length=1, description="What stands between pairs.")
    key_value_separator: str = Field("=", min_length=1, description="What stands between a key and its value.")
    quote: str | None = Field(
        '"', min_length=1, max_length=1, description="A value may stand between these; null: no quoting."
    )


class Flattened(BaseFormat):
    """What the formats of nested objects share: how objects become columns."""

    rows: str | None = Field(
        None,
        description="Path (keys joined by dots) from the document to the array of records; columns are named from "
        "there. Without it: the document itself, or each element where it is an array.",
    )
    entries: tuple[str, ...] = Field(
        (),
        description="Paths to objects that are really lists: {a: 1, b: 2} becomes [{key: a, value: 1}, {key: b, "
        "value: 2}]. The empty path is the document. Done before rows is looked for.",
    )
    explode: tuple[str, ...] = Field(
        (),
        description="Paths to arrays inside a record: each element makes a record of its own, with all other values "
        "of the record. An absent or empty array gives one record without it.",
    )
    branches: tuple[tuple[str, ...], ...] = Field(
        (),
        description="Instead of explode: several lists of paths; each makes its own records, one after another. An "
        "empty list is the record as it stands. An absent array gives no record.",
    )
    whole: tuple[str, ...] = Field(
        (),
        description="Paths of objects that are kept as JSON text instead of being taken apart; * stands for all that "
        "lie directly in a record.",
    )
    keep: dict[str, str] = Field(
        default_factory=dict,
        description="New columns with the JSON text of what stands at a path of the record before explode and "
        "branches, beside its parts: column name to path. The empty path is the whole record.",
    )


class NdjsonFormat(Flattened):
    """One JSON object per line."""

    type: Literal["ndjson"] = "ndjson"


class JsonFormat(Flattened):
    """One JSON document: an object, an array of objects, or several documents one after another."""

    type: Literal["json"] = "json"


class XmlFormat(BaseFormat):
    """One XML document; namespaces are left out of names."""

    type: Literal["xml"] = "xml"
    rows: str = Field(
        description="The elements that are records: a name, or the end of a path such as entries/entry. An element's "
        "children "
        "become columns named by dotted path, attributes @name, text beside children #text; what repeats is a JSON "
        "array."
    )
    ancestors: bool = Field(
        default=False,
        description="Also give attributes and plain children of the elements around a record, as columns name.child.",
    )
    pairs: XmlPairs | None = Field(
        None,
        description="Children that carry their column name inside: found in the record and in the elements around it.",
    )


class XmlPairs(BaseModel):
    """Elements that name their own column, as an OpenIOC IndicatorItem does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    element: str = Field(description="The name of the child element.")
    key: str = Field(description="Path from it to the column name, such as Context/@search.")
    value: str = Field(description="Path from it to the value, such as Content.")


class HtmlTableFormat(BaseFormat):
    """A table of an HTML page."""

    type: Literal["html_table"] = "html_table"
    attribute: str | None = Field(None, description="Take the tables that have this attribute ...")
    attribute_value: str | None = Field(None, description="... with this value (a class may be one of several).")
    index: int = Field(0, ge=0, description="Which of the tables, counted from 0.")
    header: Literal["first", "none"] = Field("first", description="Whether the first row holds the column names.")
    columns: tuple[str, ...] = Field((), description="Column names in order; with a header they replace its names.")
    links: bool = Field(
        default=False, description="Also give the address of the first link of each cell, as column NAME@href."
    )
    ragged: Literal["pad", "quarantine", "cut"] = Field(
        "pad",
        description="A row with fewer cells than columns: pad lacks the last ones; a longer row goes to quarantine "
        "(cut: is cut).",
    )


XmlFormat.model_rebuild()

Format = Annotated[
    CsvFormat | LinesFormat | KeyValueFormat | NdjsonFormat | JsonFormat | XmlFormat | HtmlTableFormat,
    Field(discriminator="type"),
]
