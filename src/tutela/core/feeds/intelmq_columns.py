"""What the column settings of IntelMQ's table parsers (CSV, HTML) mean, as the parts of a feed definition.

Source: the documentation of IntelMQ 3.5, "Parser Bots", and what its parsers were seen to do with recorded reports.
Shape: the parts are plain data (as YAML would hold them), validated as a whole by ``FeedDefinition`` afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from tutela.core.errors import BadInput
from tutela.core.feeds.patterns import REMEDY, problem
from tutela.core.idf.fields import EXTRA_PREFIX, FIELDS, IdfType

IGNORED: Final = frozenset({"", "__IGNORE__"})

FUZZY_TIMES: Final = (
    "auto",
    *(
        date + clock
        for date in ("%m/%d/%Y", "%m-%d-%Y", "%d/%m/%Y", "%d-%m-%Y")
        for clock in ("", " %H:%M", " %H:%M:%S")
    ),
)
"""How dateutil reads a time: what is clear by itself, else the month first, else the day first."""

_TIMES: Final[Mapping[str, tuple[str, ...]]] = {
    "timestamp": ("epoch",),
    "windows_nt": ("windows_nt",),
    "epoch_millis": ("auto",),  # ten digits are seconds there too, and "auto" goes by the length
    "utc_isoformat": ("auto",),
    "fuzzy": FUZZY_TIMES,
}


@dataclass(slots=True)
class TableParts:
    """What a list of columns comes to: made columns, fields, and the fields that must be valid."""

    columns: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, list[Any]] = field(default_factory=dict)
    strict: list[str] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """The parts as a definition holds them."""
        fields = {name: values[0] if len(values) == 1 else values for name, values in self.fields.items()}
        return {"columns": self.columns, "fields": fields, "strict": sorted(set(self.strict))}


@dataclass(frozen=True, slots=True)
class TableSettings:
    """The settings of one table parser that say what its columns are."""

    columns: tuple[tuple[str, ...], ...]
    required: tuple[bool, ...]
    times: tuple[str, ...]
    url_protocol: str | None
    regex_search: Mapping[str, str]
    type_translation: Mapping[str, str]
    data_type: Mapping[str, str]
    ignore_values: tuple[str, ...]
    split: tuple[str, str, int] | None

    @classmethod
    def read(cls, parameters: Mapping[str, Any], *, url_protocol: str | None = None) -> TableSettings:
        """The settings out of a parser's parameters. Raises BadInput for what cannot be carried over."""
        columns = tuple(tuple(part.strip() for part in one.split("|")) for one in names(parameters.get("columns")))
        if not columns:
            raise BadInput("the parser has no columns", remedy="Give the parameter columns.")
        required = tuple(bool(one) for one in parameters.get("columns_required") or ())
        if required and len(required) != len(columns):
            raise BadInput(
                "columns_required and columns are not of the same length", remedy="Give one truth value per column."
            )
        for key in {part for one in columns for part in one} - IGNORED:
            check_field(key)
        split_column = parameters.get("split_column")
        split = (
            (str(parameters.get("split_separator") or " "), int(parameters.get("split_index") or 0))
            if split_column
            else None
        )
        return cls(
            columns=columns,
            required=required or (True,) * len(columns),
            times=time_formats(parameters.get("time_format")),
            url_protocol=parameters.get("default_url_protocol", url_protocol) or None,
            regex_search={key: _searchable(value) for key, value in mapping(parameters, "column_regex_search").items()},
            type_translation=mapping(parameters, "type_translation"),
            data_type=mapping(parameters, "data_type"),
            ignore_values=names(parameters.get("ignore_values")),
            split=(str(split_column), *split) if split else None,
        )

    def parts(self) -> TableParts:
        """The columns as values of fields; source columns are called "0", "1" … by their position."""
        parts = TableParts()
        for index, alternatives in enumerate(self.columns):
            if not IGNORED.issuperset(alternatives):
                self._column(parts, index, alternatives)
        return parts

    def _column(self, parts: TableParts, index: int, alternatives: Sequence[str]) -> None:
        if len(alternatives) == 1:
            self._add(parts, alternatives[0], {"from": str(index), "steps": self.steps(index, alternatives[0])})
            self._require(parts, index, alternatives[0])
            return
        earlier: list[dict[str, Any]] = []
        for position, key in enumerate(alternatives):
            if key in IGNORED:
                return
            name = f"{index}.{position}"
            last = position == len(alternatives) - 1
            value: dict[str, Any] = {"from": str(index), "steps": self.steps(index, key)}
            if not last:
                value["steps"] += [{"valid": key}] if not key.startswith(EXTRA_PREFIX) else []
            else:
                self._require(parts, index, key)
            if earlier:
                value["when"] = {"all": list(earlier)}
            parts.columns[name] = value
            self._add(parts, key, {"from": name})
            earlier.append({"column": name, "empty": True})

    def _require(self, parts: TableParts, index: int, key: str) -> None:
        # A time that cannot be told ("02-15" of which year?) does not make the rest of the row worthless.
        if self.required[index] and not (key in FIELDS and FIELDS[key].type is IdfType.DATETIME):
            parts.strict.append(key)

    def _add(self, parts: TableParts, key: str, value: dict[str, Any]) -> None:
        parts.fields.setdefault(key, []).append({name: part for name, part in value.items() if part})

    def steps(self, index: int, key: str) -> list[Any]:
        """The steps from the text of a column to the value of a field."""
        steps: list[Any] = []
        if index < len(self.ignore_values) and self.ignore_values[index]:
            steps.append({"null_if": [self.ignore_values[index]]})
        if self.split and self.split[0] in {key, "|".join(self.columns[index])}:
            steps.append({"split": [self.split[1], self.split[2]]})
        if key in self.regex_search:
            steps.append({"extract": self.regex_search[key]})
        if key == "classification.type" and self.type_translation:
            steps.append({"translate": dict(self.type_translation)})
        if key in FIELDS and FIELDS[key].type is IdfType.DATETIME:
            steps.append({"time": list(self.times)})
        if key.endswith(".url") and self.url_protocol:
            steps.append({"default_scheme": self.url_protocol})
        if self.data_type.get(key) == "json":
            steps.append("json")
        return steps


def names(value: Any) -> tuple[str, ...]:
    """A list of names, or a text with commas between them."""
    if value is None:
        return ()
    return tuple(str(one).strip() for one in (value.split(",") if isinstance(value, str) else value))


def mapping(parameters: Mapping[str, Any], key: str) -> dict[str, str]:
    """A parameter that is a dictionary, or a text that holds one as JSON. Raises BadInput for anything else."""
    value = parameters.get(key)
    if isinstance(value, str) and value.strip():
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise BadInput(f"{key} is not JSON: {error}", remedy="Write it as a mapping.") from error
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(f"{key} is not a mapping", remedy="Write it as a mapping.")
    return {str(name): str(one) for name, one in value.items()}


def time_formats(given: Any) -> tuple[str, ...]:
    """The formats that a ``time_format`` stands for. Raises BadInput for one that does not exist."""
    if given in (None, "", False):
        return FUZZY_TIMES
    name, _, pattern = str(given).partition("|")
    if name in {"from_format", "from_format_midnight"} and pattern:
        return (pattern,)
    if name not in _TIMES:
        raise BadInput(
            f"time_format {given!r} is not known", remedy=f"Known are {', '.join(_TIMES)} and from_format|PATTERN."
        )
    return _TIMES[name]


def check_field(key: str) -> None:
    """Nothing for a field of events or an ``extra.`` one. Raises BadInput for any other name."""
    if key not in FIELDS and not (key.startswith(EXTRA_PREFIX) and len(key) > len(EXTRA_PREFIX)):
        raise BadInput(f"{key!r} is not a field of events", remedy="Use an IDF field, extra.NAME, or __IGNORE__.")


def _searchable(pattern: str) -> str:
    """The pattern with one group around the whole, as a search finds it. Raises BadInput where that cannot be."""
    whole = "(" + re.sub(r"(?<!\\)((?:\\\\)*)\((?!\?)", r"\1(?:", pattern) + ")"
    wrong = problem(pattern) or problem(whole)
    if wrong:
        raise BadInput(wrong, remedy=REMEDY)
    return whole
