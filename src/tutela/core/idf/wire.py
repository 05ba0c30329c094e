"""Events as IDF JSON lines, as IntelMQ's users exchange them, and back.

Going out: one flat object a line with dotted keys; what is null is left out; times as ``2026-01-31T12:00:00+00:00``,
with microseconds where there are any; TLP by the names of its first version; ``extra`` opened into ``extra.<key>``,
where a value may be any JSON. ``AMBER+STRICT``, which that version has not, goes out as ``RED``: never to more people.

Coming in: the same, strictly. A value of the wrong JSON type, an unknown field or an invalid value is an error with its
row; the other values of the row are kept. Nested objects are not opened: a value of ``extra`` stays what
it is, also an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from tutela.core.idf.fields import EVENT_FIELDS, EXTRA, EXTRA_PREFIX, FIELDS, Field, IdfType
from tutela.core.idf.json_text import LONG_NUMBER, canonical_json, canonical_text, loads, members
from tutela.core.idf.types import EMPTY_VALUES, explain_invalid, sanitise_series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

ROWS_AT_ONCE: Final = 50_000
TYPE_KEY: Final = "__type"
EVENT_TYPE: Final = "Event"
ERROR_SCHEMA: Final = pl.Schema({"row": pl.UInt32, "field": pl.String, "value": pl.String, "reason": pl.String})

_FIRST_TLP_NAMES: Final = {"CLEAR": "WHITE", "AMBER+STRICT": "RED"}
_EMPTY_JSON: Final = ("null", *(canonical_text(value) for value in EMPTY_VALUES))
_HAS_OFFSET: Final = r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$"
_SHOWN: Final = 200
_NOT_TEXT: Final[Mapping[IdfType, type]] = {
    IdfType.INTEGER: int,
    IdfType.ASN: int,
    IdfType.FLOAT: float,
    IdfType.ACCURACY: float,
    IdfType.BOOLEAN: bool,
}
_ALSO_ALLOWED: Final[Mapping[IdfType, tuple[type, ...]]] = {
    IdfType.FLOAT: (int,),
    IdfType.ACCURACY: (int,),
    IdfType.JSON: (dict, list),
}
_JSON_TYPE: Final = {one.name: _NOT_TEXT.get(one.type, str) for one in EVENT_FIELDS if one.name != EXTRA}


@dataclass(frozen=True, slots=True)
class Reading:
    """Events read from IDF, and what was wrong with them.

    ``frame``: ``row`` (UInt32, 1-based) and the columns of ``event_schema()``; ``errors``: row, field, value, reason.
    """

    frame: pl.DataFrame
    errors: pl.DataFrame


def extra_members(table: pl.DataFrame, json_keys: Collection[str] = ()) -> pl.Series:
    """The same before it is put in braces: members in the order of the columns, each followed by a comma."""
    return members(table.select(_extra_values(one, is_json=one.name in json_keys) for one in table), json_keys)


def to_idf(frame: pl.DataFrame) -> Iterator[bytes]:
    """Each event as one line of IDF JSON, with the line feed at its end; columns that are not of IDF are left out."""
    names = sorted(one.name for one in EVENT_FIELDS if one.name in frame.columns and one.name != EXTRA)
    end = f"{canonical_text(TYPE_KEY)}:{canonical_text(EVENT_TYPE)}}}\n"
    for part in frame.iter_slices(ROWS_AT_ONCE):
        table = part.select(_outgoing(FIELDS[name], part[name]) for name in names)
        text = members(table) if names else pl.Series([""]).new_from_index(0, part.height)
        columns = {"members": text} | ({EXTRA: _extra_members(part[EXTRA])} if EXTRA in part.columns else {})
        line = pl.concat_str(pl.lit("{"), *columns, pl.lit(end)).cast(pl.Binary)
        yield from pl.DataFrame(columns).select(line).to_series()


def from_idf(rows: Iterable[bytes | str | Mapping[str, Any]]) -> Reading:
    """IDF JSON lines (or dictionaries) as typed events; a row that is no event at all is only among the errors."""
    incoming = _Incoming()
    for number, row in enumerate(rows, start=1):
        incoming.add(number, row)
    numbers = pl.Series("row", incoming.numbers, dtype=pl.UInt32)
    errors = [pl.DataFrame(incoming.errors, schema=ERROR_SCHEMA, orient="row")]
    columns = [numbers]
    for one in EVENT_FIELDS:
        text = pl.Series(one.name, incoming.texts[one.name], dtype=pl.String)
        if not len(text):
            columns.append(_nothing(len(numbers), one.name, one.type.dtype))
            continue
        text = text.extend_constant(None, len(numbers) - len(text))
        values = _strictly(one, text)
        columns.append(values)
        wrong = values.is_null() & text.is_not_null()
        errors.append(_errors(one, numbers.filter(wrong), text.filter(wrong)))
    return Reading(pl.DataFrame(columns), pl.concat(errors).sort("row", "field"))


class _Incoming:
    """What was read so far: the text of each value by field, a list as long as the last row that has the field."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.texts: dict[str, list[str | None]] = {one.name: [] for one in EVENT_FIELDS}
        self.errors: list[tuple[int, str, str, str]] = []

    def add(self, number: int, row: bytes | str | Mapping[str, Any]) -> None:
        """One row."""
        event = _event(row)
        if event is None:
            shown = row.decode(errors="replace") if isinstance(row, bytes) else str(row)
            self.errors.append((number, "", shown[:_SHOWN], "not an IDF event"))
            return
        self.numbers.append(number)
        extra: dict[str, Any] = {}
        for key, value in event.items():
            if value is None:
                continue
            if type(value) is _JSON_TYPE.get(key):
                if value not in EMPTY_VALUES:
                    self._keep(key, value if type(value) is str else canonical_text(value))
            elif key.startswith(EXTRA_PREFIX):
                extra[key[len(EXTRA_PREFIX) :]] = value
            elif key == EXTRA and (inside := _object(value)) is not None:
                extra |= {name: one for name, one in inside.items() if one is not None}
            elif key != TYPE_KEY:
                self._doubt(number, key, value)
        if extra:
            self._keep(EXTRA, canonical_text(extra))

    def _keep(self, key: str, text: str) -> None:
        texts = self.texts[key]
        if missing := len(self.numbers) - 1 - len(texts):
            texts.extend([None] * missing)
        texts.append(text)

    def _doubt(self, number: int, key: str, value: Any) -> None:
        one = FIELDS.get(key)
        if one is None:
            self.errors.append((number, key, str(value)[:_SHOWN], "not a field of IDF"))
        elif type(value) in _ALSO_ALLOWED.get(one.type, ()):
            self._keep(key, canonical_text(value))
        else:
            kind = _JSON_TYPE[key].__name__ if key in _JSON_TYPE else dict.__name__
            self.errors.append((number, key, str(value)[:_SHOWN], f"{explain_invalid(one)}: JSON {kind} expected"))


def _nothing(height: int, name: str = EXTRA, dtype: pl.DataType | None = None) -> pl.Series:
    return pl.Series(name, [None], dtype=dtype or pl.String()).new_from_index(0, height)


def _object(value: Any) -> Mapping[str, Any] | None:
    """A JSON object, or what a text of one holds."""
    try:
        inside: Any = loads(value) if isinstance(value, bytes | str) else value
    except ValueError:
        return None
    return inside if isinstance(inside, Mapping) else None


def _event(row: bytes | str | Mapping[str, Any]) -> Mapping[str, Any] | None:
    event = _object(row)
    return event if event is not None and event.get(TYPE_KEY, EVENT_TYPE) == EVENT_TYPE else None


def _strictly(one: Field, text: pl.Series) -> pl.Series:
    if one.name == EXTRA:
        return text
    values = sanitise_series(one, text)
    if one.type is IdfType.DATETIME:
        return values.set(~text.str.contains(_HAS_OFFSET), None)
    return values


def _errors(one: Field, numbers: pl.Series, text: pl.Series) -> pl.DataFrame:
    table = pl.DataFrame([numbers, text.str.head(_SHOWN).alias("value")])
    said = {"field": pl.lit(one.name), "reason": pl.lit(explain_invalid(one))}
    return table.with_columns(**said).select(ERROR_SCHEMA.names())


def _extra_values(values: pl.Series, *, is_json: bool) -> pl.Series:
    """Values as ``json_objects`` takes them, null where they say nothing."""
    if is_json and values.dtype == pl.String:
        spelled = canonical_json(values)
        as_text = spelled.is_null() & values.is_not_null()
        if as_text.any():
            quoted = [canonical_text(value) for value in values.filter(as_text).to_list()]
            spelled = spelled.scatter(as_text.arg_true(), pl.Series(quoted, dtype=pl.String))
        return _without(spelled, _EMPTY_JSON)
    if values.dtype == pl.String:
        return _without(values, EMPTY_VALUES)
    if values.dtype.is_float():
        return values.cast(pl.Float64).set(~values.is_finite(), None)
    if values.dtype.is_integer() or values.dtype == pl.Boolean:
        return values
    return _spelled_times(values) if isinstance(values.dtype, pl.Datetime) else values.cast(pl.String)


def _without(values: pl.Series, unwanted: Collection[str]) -> pl.Series:
    places = values.is_in(list(unwanted))
    return values.set(places, None) if places.any() else values


def _outgoing(one: Field, values: pl.Series) -> pl.Series:
    """The values of one field as IDF writes them."""
    if one.type is IdfType.DATETIME:
        return _spelled_times(values)
    if one.type is IdfType.TLP:
        return values.replace(_FIRST_TLP_NAMES)
    return values.set(~values.is_finite(), None) if values.dtype.is_float() else values


def _spelled_times(values: pl.Series) -> pl.Series:
    """UTC times as ``2026-01-31T12:00:00+00:00``, with microseconds only where there are any."""
    text = values.dt.to_string("%Y-%m-%dT%H:%M:%S+00:00")
    broken = values.dt.microsecond() > 0
    if broken.any():
        text = values.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f+00:00").zip_with(broken, text)
    return text


def _extra_members(extra: pl.Series) -> pl.Series:
    """The members of ``extra`` under their full names, each followed by a comma, without the braces."""
    if extra.null_count() == len(extra):
        return pl.Series(EXTRA, [""]).new_from_index(0, len(extra))
    read = loads if extra.str.contains(LONG_NUMBER).any() else orjson.loads

    def opened(text: str | None) -> str:
        inside = {f"{EXTRA_PREFIX}{key}": value for key, value in read(text).items()} if text else None
        return f"{canonical_text(inside)[1:-1]}," if inside else ""

    return pl.Series(EXTRA, [opened(text) for text in extra.to_list()], dtype=pl.String)
