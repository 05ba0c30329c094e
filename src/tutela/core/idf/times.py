"""Times as reports spell them, made into UTC datetimes (microseconds).

A *format* is a name or a pattern of Python's ``strptime``:

==================  ====================================================================================================
``auto``            every unambiguous spelling: ISO 8601 (date alone, blank or ``T``, fraction, ``Z``, ``+02``,
                    ``+0200``, ``+02:00``, basic form), RFC 2822, ``date``/``ctime``, month names in English,
                    ``31.12.2026``, numbers by their length (below). Never guessed: ``01/02/2026``, two days at once.
``epoch``           seconds since 1970, with or without a fraction (9 or 10 digits in ``auto``)
``epoch_millis``    milliseconds since 1970 (13 digits in ``auto``)
``epoch_micros``    microseconds since 1970 (16 digits in ``auto``)
``windows_nt``      100 nanoseconds since 1601, Windows FILETIME (18 digits in ``auto``)
==================  ====================================================================================================

A time without an offset is in ``assume_zone``; of an hour that a zone has twice the first is meant, one that it has not
is invalid. Zone names known beside UTC, GMT, Z: those of RFC 2822, CET and CEST. The name of a weekday is not checked.
Years before 1970 or after 2261 are invalid: they are faults of clocks, and 2262 ends 64 bits of nanoseconds elsewhere.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from tutela.core.errors import BadInput
from tutela.core.idf.fields import UTC_DATETIME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(2262, 1, 1, tzinfo=UTC)
_MICROSECONDS = 1_000_000
_SECONDS_1601_TO_1970 = 11_644_473_600

_QUICK: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(shape, re.ASCII), pattern)
    for shape, pattern in (
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "%Y-%m-%d %H:%M:%S"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "%Y-%m-%dT%H:%M:%S"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "%Y-%m-%dT%H:%M:%SZ"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z", "%Y-%m-%dT%H:%M:%S.%fZ"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?[+-]\d\d(:?\d\d)?", "%Y-%m-%dT%H:%M:%S.%f%z"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}", "%Y-%m-%d %H:%M:%S.%f"),
        (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
        (r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "%a, %d %b %Y %H:%M:%S %z"),
    )
)
"""Spellings that fill whole columns: recognised by one value, parsed without regular expressions."""

_ZONES = {
    **dict.fromkeys(("z", "utc", "gmt", "ut"), "+00:00"),
    **dict.fromkeys(("edt",), "-04:00"),
    **dict.fromkeys(("est", "cdt"), "-05:00"),
    **dict.fromkeys(("cst", "mdt"), "-06:00"),
    **dict.fromkeys(("mst", "pdt"), "-07:00"),
    **dict.fromkeys(("pst",), "-08:00"),
    **dict.fromkeys(("cet",), "+01:00"),
    **dict.fromkeys(("cest",), "+02:00"),
}
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}

_CLOCK = (
    r"(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]{1,9})[0-9]*)?)?"
    r"(?: *(?<half>[AaPp])\.?[Mm]\.?)?"
)
_BASIC_CLOCK = r"(?<hour>[0-9]{2}):?(?<minute>[0-9]{2})(?::?(?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]{1,9})[0-9]*)?)?"
_ZONE = rf" *(?<zone>(?i:{'|'.join(_ZONES)})|(?:UTC|GMT)?[+-][0-9]{{2}}(?::?[0-9]{{2}})?)?(?: *\([A-Za-z ]+\))?"
_WEEKDAY = r"^(?:[A-Za-z]{3,9}\.?,? +)?"
_MONTH = r"(?<month>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))[a-z]*\.?"
_DAY = r"(?<day>[0-9]{1,2})"
_YEAR = r"(?<year>[0-9]{4})"
_SPELLINGS = (
    rf"^{_YEAR}[-/.](?<month>[0-9]{{1,2}})[-/.]{_DAY}(?:[Tt _]+{_CLOCK})?{_ZONE}$",
    rf"^{_YEAR}(?<month>[0-9]{{2}})(?<day>[0-9]{{2}})(?:[Tt _]?{_BASIC_CLOCK})?{_ZONE}$",
    rf"^(?<day>[0-9]{{1,2}})\.(?<month>[0-9]{{1,2}})\.{_YEAR}(?:[T _,]+{_CLOCK})?{_ZONE}$",
    rf"{_WEEKDAY}{_DAY}[-/ ]+{_MONTH}[-/ ,]+{_YEAR}(?:[T :,]+{_CLOCK})?{_ZONE}$",
    rf"{_WEEKDAY}{_MONTH} +{_DAY}(?:st|nd|rd|th)?,? +{_YEAR}(?:[T :,]+{_CLOCK})?{_ZONE}$",
    rf"{_WEEKDAY}{_MONTH} +{_DAY} +{_CLOCK}{_ZONE} +{_YEAR}$",
)
_PARTS = ("year", "month", "day", "hour", "minute", "second", "fraction", "half", "zone")


def parse_time(value: pl.Expr, formats: Sequence[str] = (), *, assume_zone: str = "UTC") -> pl.Expr:
    """A String expression of times made into UTC datetimes (microseconds); null where no format fits.

    The first of ``formats`` (default ``auto``) that fits a value counts. Raises BadInput for a format or a zone that
    does not exist.
    """
    problem = next(filter(None, (format_problem(name) for name in formats)), None) or _zone_problem(assume_zone)
    if problem:
        raise BadInput(
            problem, remedy="Name a format such as %Y-%m-%d %H:%M:%S, epoch or auto, and a zone such as UTC."
        )
    parse = partial(parse_times, formats=tuple(formats), assume_zone=assume_zone)
    return value.map_batches(parse, return_dtype=UTC_DATETIME, is_elementwise=True)


def parse_times(values: pl.Series, formats: Sequence[str] = (), *, assume_zone: str = "UTC") -> pl.Series:
    """The same for a String series; the formats are taken to be sound."""
    text = values.str.strip_chars()
    found = pl.Series(values.name, [None], dtype=UTC_DATETIME).new_from_index(0, len(text))
    for name in formats or ("auto",):
        found = _fill(found, text, partial(_NAMED.get(name, partial(_by_pattern, pattern=name)), zone=assume_zone))
    return found.set((found < _FIRST) | (found >= _END), None).rename(values.name)


def format_problem(name: str) -> str | None:
    """What is wrong with the name or pattern of a time format; None when it is sound."""
    if name in _NAMED:
        return None
    if "%" not in name:
        return f"“{name}” is not the name of a time format."
    try:
        datetime.strptime("", name)  # noqa: DTZ007 - only the pattern is of interest
    except ValueError as error:
        return None if "does not match format" in str(error) else f"“{name}” is not a time format: {error}."
    except re.error:
        return f"“{name}” names the same part of a time twice."
    return None


def _zone_problem(zone: str) -> str | None:
    # Polars brings the zones along; Python's own may not be installed.
    try:
        pl.Series([_FIRST.replace(tzinfo=None)]).dt.replace_time_zone(zone)
    except pl.exceptions.ComputeError:
        return f"“{zone}” is not a time zone."
    return None


def _fill(found: pl.Series, text: pl.Series, parse: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """``found`` with what ``parse`` makes of the texts that have no time yet."""
    missing = found.is_null() & text.is_not_null()
    if missing.all():
        return parse(text)
    return found.scatter(missing.arg_true(), parse(text.filter(missing))) if missing.any() else found


def _auto(text: pl.Series, zone: str) -> pl.Series:
    found = pl.Series([None], dtype=UTC_DATETIME).new_from_index(0, len(text))
    untried = list(_QUICK)
    while (first := _first_missing(found, text)) is not None:
        quick = next((pair for pair in untried if pair[0].fullmatch(first)), None)
        if quick is None:
            break
        untried.remove(quick)
        found = _fill(found, text, partial(_by_pattern, pattern=quick[1], zone=zone))
    found = _fill(found, text, _by_length)
    for spelling in _SPELLINGS:
        found = _fill(found, text, partial(_by_spelling, spelling=spelling, zone=zone))
    return found


def _first_missing(found: pl.Series, text: pl.Series) -> str | None:
    place = (found.is_null() & text.is_not_null()).arg_max() if len(text) else None
    value = None if place is None or found[place] is not None else text[place]
    return value if isinstance(value, str) else None


def _by_pattern(text: pl.Series, pattern: str, zone: str) -> pl.Series:
    """By a pattern of Python's ``strptime``, in Polars' own parser where that understands it alike."""
    if pattern[:2] in {"%a", "%A"}:  # Polars refuses a weekday that is not the date's; reports do have those
        pattern, text = pattern[2:], text.str.replace(r"^\pL+", "")
    plain = pattern.replace(".%f", "%.f").replace("%z", "%#z")
    if any(directive in plain for directive in ("%a", "%A", "%f", "%Z")):
        return _by_python(text, pattern, zone)
    try:
        parsed = text.str.to_datetime(plain, strict=False, time_unit="us")
    except pl.exceptions.ComputeError:
        return _by_python(text, pattern, zone)
    return _in_utc(parsed, "UTC" if pattern.endswith("Z") else zone)


def _in_utc(parsed: pl.Series, zone: str) -> pl.Series:
    """Naive times taken to be in ``zone``, as UTC; times that have a zone already as they are."""
    if isinstance(parsed.dtype, pl.Datetime) and parsed.dtype.time_zone is not None:
        return parsed.dt.convert_time_zone("UTC")
    placed = parsed.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return placed.dt.convert_time_zone("UTC")


def _by_python(text: pl.Series, pattern: str, zone: str) -> pl.Series:
    """By Python's ``strptime``, each distinct text once: for what Polars' parser does not know."""
    distinct = text.drop_nulls().unique()
    names = re.compile(rf"\b(?:{'|'.join(_ZONES)})\b" if "%Z" in pattern else r"(?!)", re.IGNORECASE)
    pattern = pattern.replace("%Z", "%z")
    aware: list[datetime | None] = []
    naive: list[datetime | None] = []
    for value in distinct.to_list():
        spelled = names.sub(lambda match: _ZONES[match[0].lower()], value)
        try:
            time = datetime.strptime(spelled, pattern)  # noqa: DTZ007 - times without a zone get theirs below
        except ValueError:
            time = None
        has_zone = time is not None and time.tzinfo is not None
        aware.append(time.astimezone(UTC) if time is not None and has_zone else None)
        naive.append(None if has_zone else time)
    placed = _in_utc(pl.Series(naive, dtype=pl.Datetime("us")), zone)
    times = pl.Series(aware, dtype=UTC_DATETIME)
    times = times.zip_with(times.is_not_null(), placed)
    return text.replace_strict(distinct, times, default=None, return_dtype=UTC_DATETIME)


def _by_number(text: pl.Series, zone: str, *, per_second: int, before_1970: int = 0) -> pl.Series:
    """A count of units since an origin ``before_1970`` seconds before 1970; numbers know no ``zone``."""
    del zone
    whole = text.str.extract(r"^([0-9]{1,19})(?:\.[0-9]*)?$").cast(pl.Int64, strict=False)
    fraction = text.str.extract(r"^[0-9]{1,19}(\.[0-9]+)$").cast(pl.Float64).fill_null(0.0)
    if per_second > _MICROSECONDS:
        micros = whole // (per_second // _MICROSECONDS) - before_1970 * _MICROSECONDS
    else:
        scale = _MICROSECONDS // per_second
        limit = _END.timestamp() * per_second  # beyond it the product may not fit
        micros = whole.set(whole > int(limit), None) * scale + (fraction * scale).round().cast(pl.Int64)
    return micros.cast(UTC_DATETIME)


_epoch = partial(_by_number, per_second=1)
_epoch_millis = partial(_by_number, per_second=1_000)
_epoch_micros = partial(_by_number, per_second=_MICROSECONDS)
_windows_nt = partial(_by_number, per_second=10_000_000, before_1970=_SECONDS_1601_TO_1970)


def _by_length(text: pl.Series) -> pl.Series:
    """Numbers, told apart by how many digits they have."""
    digits = text.str.extract(r"^([0-9]{9,18})(?:\.[0-9]+)?$").str.len_bytes()
    found = pl.Series([None], dtype=UTC_DATETIME).new_from_index(0, len(text))
    for lengths, parse in (((9, 10), _epoch), ((13,), _epoch_millis), ((16,), _epoch_micros), ((18,), _windows_nt)):
        places = digits.is_in(lengths).fill_null(value=False).arg_true()
        if len(places):
            found = found.scatter(places, parse(text.gather(places), "UTC"))
    return found


def _by_spelling(text: pl.Series, spelling: str, zone: str) -> pl.Series:
    """By a regular expression with the parts of a time as named groups."""
    parts = text.str.extract_groups(spelling).struct.unnest()
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in _PARTS if name not in parts.columns]
    parts = parts.with_columns(absent).select(_PARTS)
    month = pl.col("month").str.to_lowercase()
    numbers = {name: str(number) for name, number in _MONTHS.items()}
    hour = pl.col("hour").cast(pl.Int64).fill_null(0)
    noon = pl.when(pl.col("half").str.to_lowercase() == "p").then(12).otherwise(0)
    hour = pl.when(pl.col("half").is_null()).then(hour).when(hour.is_between(1, 12)).then(hour % 12 + noon)
    written = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        "year",
        month.replace(numbers),
        "day",
        hour,
        pl.col("minute").fill_null("0"),
        pl.col("second").fill_null("0"),
        pl.col("fraction").fill_null("0"),
    )
    offset = pl.col("zone").str.to_lowercase().replace(_ZONES).str.replace("^(utc|gmt)", "")
    table = parts.select(naive=written, aware=written + offset)
    aware = table["aware"].str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", strict=False, time_unit="us")
    naive = table["naive"].str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    return _in_utc(aware, "UTC").zip_with(table["aware"].is_not_null(), _in_utc(naive, zone))


_NAMED: dict[str, Callable[..., pl.Series]] = {
    "auto": _auto,
    "epoch": _epoch,
    "epoch_millis": _epoch_millis,
    "epoch_micros": _epoch_micros,
    "windows_nt": _windows_nt,
}
