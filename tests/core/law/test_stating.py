"""What people write is read by the type of the fact, or refused with a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutela.core.errors import WrongUse
from tutela.core.law.facts import Type
from tutela.core.law.linter import load
from tutela.core.law.stating import INCIDENT, MOMENTS, ORGANISATION, PLACE, read, statable
from tutela.engine.law import BUILT_IN

if TYPE_CHECKING:
    from tutela.core.law.library import Library

LIBRARY: Library = load({str(path): path.read_bytes() for path in sorted(BUILT_IN.rglob("*.y*ml"))})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("inc.ongoing", "yes", True),
        ("inc.ongoing", " No ", False),
        ("inc.users", "1200", 1200),
        ("inc.users_pct", "0.5", 0.5),
        ("org.nis2_class", "essential", "essential"),
        ("inc.users", "unknown", None),
        ("event.aware", "2026-03-01 14:05", "2026-03-01T14:05:00+00:00"),
        ("event.aware", "2026-03-01T14:05+08:00", "2026-03-01T06:05:00+00:00"),
        ("event.submitted.eu.dora.art19.initial", "2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("timezone", "Europe/Luxembourg", "Europe/Luxembourg"),
        ("country", "LU", "LU"),
    ],
)
def test_what_people_write_is_read_by_the_type_of_the_fact(name: str, text: str, value: object) -> None:
    assert read(LIBRARY, name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("inc.ongoing", "perhaps"),
        ("inc.users", "many"),
        ("inc.users", "-1"),
        ("inc.users", "nan"),
        ("inc.users", "inf"),
        ("inc.users", "1e300"),
        ("inc.users", "0.5"),
        ("org.nis2_class", "huge"),
        ("event.aware", "yesterday"),
        ("event.aware", "0001-01-01T00:00+14:00"),
        ("event.submitted", "2026-03-01"),
        ("event.submitted.eu.dora.art19.never", "2026-03-01"),
        ("inc.nothing", "yes"),
        ("timezone", "../etc/passwd"),
        ("country", "Atlantis"),
        ("inc.users", "1" * 3_000),
    ],
)
def test_what_is_no_value_of_it_is_refused(name: str, text: str) -> None:
    with pytest.raises(WrongUse, match=name):
        read(LIBRARY, name, text)


@given(st.datetimes(min_value=datetime(1991, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_moment_is_the_same_moment_in_utc(moment: datetime) -> None:
    said = read(LIBRARY, "event.occurred", moment.isoformat())
    assert isinstance(said, str)
    assert datetime.fromisoformat(said) == moment.astimezone(UTC)


@given(st.text(max_size=100))
def test_any_text_is_a_value_or_a_sentence(text: str) -> None:
    facts = [*statable(LIBRARY, ORGANISATION), *statable(LIBRARY, INCIDENT)]
    types = {fact.name: fact.type for fact in facts}
    for name in (*types, *MOMENTS, *PLACE):
        try:
            value = read(LIBRARY, name, text)
        except WrongUse:
            continue
        else:
            assert value is None or isinstance(value, bool) == (types.get(name) is Type.YES_NO)
