"""Times in the spellings that reports use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.errors import BadInput
from tutela.core.idf.fields import UTC_DATETIME
from tutela.core.idf.times import format_problem, parse_time, parse_times

MOMENT = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
AT_FOUR = MOMENT.replace(second=0)
MIDNIGHT = datetime(2020, 1, 2, tzinfo=UTC)

SPELLINGS = [
    ("2020-01-02 03:04:05", MOMENT),
    ("2020-01-02T03:04:05", MOMENT),
    ("2020-01-02T03:04:05Z", MOMENT),
    ("2020-01-02 03:04:05Z", MOMENT),
    ("2020-01-02 03:04:05 UTC", MOMENT),
    ("2020-01-02 03:04:05 +0000 (UTC)", MOMENT),
    ("2020-01-02T03:04:05+00", MOMENT),
    ("2020-01-02T05:04:05+02:00", MOMENT),
    ("2020-01-02T05:04:05+0200", MOMENT),
    ("2020-01-01T23:34:05-03:30", MOMENT),
    ("2020-01-02T03:04:05.901916+00:00", MOMENT.replace(microsecond=901916)),
    ("2020-01-02T03:04:05.1234567Z", MOMENT.replace(microsecond=123456)),
    ("2020-01-02T03:04:05.000000000+00:00", MOMENT),
    ("2020-01-02 03:04:05,198", MOMENT.replace(microsecond=198000)),
    ("2020-01-02 03:04", AT_FOUR),
    ("2020-01-02T03:04Z", AT_FOUR),
    ("2020-01-02", MIDNIGHT),
    ("2020/01/02", MIDNIGHT),
    ("2020/1/2 3:04:05", MOMENT),
    ("20200102T030405Z", MOMENT),
    ("20200102", MIDNIGHT),
    ("20200102030405", MOMENT),
    ("1577934245", MOMENT),
    ("1577934245.5", MOMENT.replace(microsecond=500000)),
    ("1577934245000", MOMENT),
    ("1577934245000007", MOMENT.replace(microsecond=7)),
    ("132224078450000000", MOMENT),
    ("Thu, 02 Jan 2020 03:04:05 +0000", MOMENT),
    ("Thu, 2 Jan 2020 03:04:05 GMT", MOMENT),
    ("Fri, 02 Jan 2020 06:04:05 +0300", MOMENT),  # no Friday; seen in reports
    ("Thu Jan  2 03:04:05 2020", MOMENT),
    ("Wed Jan 01 20:04:05 PDT 2020", MOMENT),
    ("Thursday January 02 2020 03:04:05.4870", MOMENT.replace(microsecond=487000)),
    ("January 2nd, 2020 3:04 AM", AT_FOUR),
    ("Jan 2, 2020", MIDNIGHT),
    ("02-Jan-2020 03:04:05", MOMENT),
    ("02/Jan/2020:04:04:05 +0100", MOMENT),
    ("02.01.2020 03:04", AT_FOUR),
    ("2020-01-02 12:30:00 AM", datetime(2020, 1, 2, 0, 30, tzinfo=UTC)),
    ("2020-01-02 12:30:00 PM", datetime(2020, 1, 2, 12, 30, tzinfo=UTC)),
    (" 2020-01-02 03:04:05 ", MOMENT),
    ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ("2261-12-31T23:59:59Z", datetime(2261, 12, 31, 23, 59, 59, tzinfo=UTC)),
]

INVALID = [
    "01/02/2020",
    "2020-02-30",
    "2020-01-02 25:00:00",
    "2020-01-02 13:04:05 PM",
    "2020-01-02 03:04:05 XYZ",
    "1969-12-31 23:59:59",
    "2262-01-01",
    "9999-12-31 23:59:59",
    "0001-01-01",
    "0000-00-00 00:00:00",
    "99999999999999999999",
    "-1",
    "0",
    "soon",
    "",
    None,
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_spelling(text, expected):
    assert parse_times(pl.Series([text])).to_list() == [expected]


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text):
    assert parse_times(pl.Series([text], dtype=pl.String)).to_list() == [None]


def test_a_column_of_all_spellings():
    column = pl.Series([text for text, _ in SPELLINGS] + INVALID)
    assert parse_times(column).to_list() == [moment for _, moment in SPELLINGS] + [None] * len(INVALID)


@pytest.mark.parametrize("values", [[], [None], ["x"]])
def test_the_type_is_always_the_same(values):
    assert parse_times(pl.Series(values, dtype=pl.String)).dtype == UTC_DATETIME


def test_as_an_expression_also_over_a_constant():
    frame = pl.DataFrame({"a": ["2020-01-02 03:04:05", None]})
    parsed = frame.select(parse_time(pl.col("a")), b=parse_time(pl.lit("20200102")))
    assert parsed.to_dict(as_series=False) == {"a": [MOMENT, None], "b": [MIDNIGHT, MIDNIGHT]}


@pytest.mark.parametrize(
    ("formats", "text", "expected"),
    [
        (["%d/%m/%Y %H:%M:%S"], "02/01/2020 03:04:05", MOMENT),
        (["%m/%d/%Y", "%d.%m.%Y"], "02.01.2020", MIDNIGHT),
        (["%d %b %y"], "02 Jan 20", MIDNIGHT),
        (["%A %B %d %Y %H:%M:%S.%f"], "Thursday January 02 2020 03:04:05.4870", MOMENT.replace(microsecond=487000)),
        (["%a, %d %b %Y %H:%M:%S %Z"], "Thu, 02 Jan 2020 03:04:05 GMT", MOMENT),
        (["%d %b %Y, a %A"], "02 Jan 2020, a Thursday", MIDNIGHT),
        (["%Y-%m-%d %H"], "2020-01-02 03", MOMENT.replace(minute=0, second=0)),
        (["%Y-%m-%d %H:%M:%S,%f"], "2020-01-02 03:04:05,5", MOMENT.replace(microsecond=500000)),
        (["%Y-%m-%dT%H:%M:%S%z"], "2020-01-02T04:04:05+01:00", MOMENT),
        (["epoch"], "1577934245", MOMENT),
        (["epoch"], "0", datetime(1970, 1, 1, tzinfo=UTC)),
        (["epoch"], "99999999999999999", None),
        (["epoch_millis"], "1577934245001", MOMENT.replace(microsecond=1000)),
        (["epoch_micros"], "1577934245000001", MOMENT.replace(microsecond=1)),
        (["windows_nt"], "132224078450000010", MOMENT.replace(microsecond=1)),
        (["%d/%m/%Y", "auto"], "2020-01-02T03:04:05Z", MOMENT),
        (["%d/%m/%Y"], "2020-01-02", None),
    ],
)
def test_named_formats(formats, text, expected):
    assert parse_times(pl.Series([text]), formats).to_list() == [expected]


def test_a_zone_for_times_that_have_none():
    column = pl.Series(["2024-07-01 02:00:00", "2024-07-01T00:00:00Z", "2024-03-31 02:30:00", "2024-10-27 02:30:00"])
    parsed = parse_times(column, assume_zone="Europe/Vienna").to_list()
    summer = datetime(2024, 7, 1, tzinfo=UTC)
    assert parsed == [summer, summer, None, datetime(2024, 10, 27, 0, 30, tzinfo=UTC)]
    by_python = parse_times(pl.Series(["2024-07-01 02"]), ["%Y-%m-%d %H"], assume_zone="Europe/Vienna")
    assert by_python.to_list() == [summer]


@pytest.mark.parametrize("name", ["%Q", "soon", "%Y %Y", ""])
def test_a_format_that_is_none_is_told(name):
    assert format_problem(name)
    with pytest.raises(BadInput):
        parse_time(pl.col("a"), [name])


@pytest.mark.parametrize("name", ["%Y-%m-%d", "epoch", "auto", "%H (", "%d.%m.%Y %H:%M:%S"])
def test_a_sound_format(name):
    assert format_problem(name) is None


def test_a_zone_that_is_none_is_told():
    with pytest.raises(BadInput, match="time zone"):
        parse_time(pl.col("a"), assume_zone="Middle/Earth")


moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2261, 12, 30))  # noqa: DTZ001 - zone below
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(deadline=None)
@given(st.lists(moments, min_size=1, max_size=10), zones)
def test_what_python_writes_is_read(values, zone):
    aware = [value.replace(tzinfo=UTC).astimezone(zone) for value in values]
    written = [value.isoformat() for value in aware] + [value.isoformat(sep=" ") for value in aware]
    assert parse_times(pl.Series(written)).to_list() == aware + aware
    whole = [value.replace(microsecond=0) for value in aware]
    assert parse_times(pl.Series([format_datetime(value) for value in whole])).to_list() == whole


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=10))
def test_no_text_breaks_it(values):
    assert len(parse_times(pl.Series(values, dtype=pl.String))) == len(values)
