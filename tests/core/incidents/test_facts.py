from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import WrongUse
from tutela.core.incidents.facts import BY_NAME, FACTS, Type, read


def test_each_fact_has_a_name_of_its_own() -> None:
    assert len(BY_NAME) == len(FACTS)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("inc.ongoing", "yes", True),
        ("inc.ongoing", " No ", False),
        ("inc.users", "1200", 1200),
        ("inc.users_pct", "0.5", 0.5),
        ("inc.cause", " a stolen key ", "a stolen key"),
        ("event.aware", "2026-03-01 14:05", "2026-03-01T14:05:00+00:00"),
        ("event.aware", "2026-03-01T14:05+08:00", "2026-03-01T06:05:00+00:00"),
    ],
)
def test_what_people_write_is_read_by_the_type_of_the_fact(name: str, text: str, value: object) -> None:
    assert read(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("inc.ongoing", "perhaps"),
        ("inc.users", "many"),
        ("inc.users", "-1"),
        ("inc.users", "nan"),
        ("inc.users", "inf"),
        ("inc.users", "1e300"),
        ("inc.cause", "  "),
        ("inc.cause", "x" * 2001),
        ("event.aware", "yesterday"),
        ("inc.nothing", "yes"),
    ],
)
def test_what_is_no_value_of_it_is_refused(name: str, text: str) -> None:
    with pytest.raises(WrongUse, match=name):
        read(name, text)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_moment_is_the_same_moment_in_utc(moment: datetime) -> None:
    said = read("event.occurred", moment.isoformat())
    assert isinstance(said, str)
    assert datetime.fromisoformat(said) == moment.astimezone(UTC)


@given(st.text(max_size=100))
def test_any_text_is_a_value_or_a_sentence(text: str) -> None:
    for fact in FACTS:
        try:
            value = read(fact.name, text)
        except WrongUse:
            continue
        else:
            assert isinstance(value, bool) == (fact.type is Type.YES_NO)
