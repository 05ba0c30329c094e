"""The course of a regime: what follows another report begins where that one ends at the latest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutela.core.law.course import course, hours
from tutela.core.law.instrument import Event, Period, Unit

if TYPE_CHECKING:
    from tutela.core.law.course import Span
    from tutela.core.law.library import Library


def _course(library: Library, regime: str) -> list[Span]:
    return course(one.stage for one in library.versions[regime][-1].stages)


def _drawn(spans: list[Span]) -> list[tuple[str, Event | None, float, float]]:
    return [(one.stage.id, one.start, one.begins, one.ends) for one in spans]


def test_reports_that_follow_each_other_are_drawn_one_after_the_other(library: Library) -> None:
    assert _drawn(_course(library, "eu.dora.art19"))[:4] == [
        ("initial", Event.DETERMINED, 0, 4),
        ("initial", Event.AWARE, 0, 24),
        ("intermediate", Event.AWARE, 24, 96),
        ("final", Event.AWARE, 96, 96 + 720),
    ]


def test_what_has_no_number_has_no_length(library: Library) -> None:
    spans = {one.stage.id: one for one in _course(library, "eu.dora.art19")}
    assert (spans["clients"].start, spans["clients"].ends) == (None, 0)


def test_every_limit_of_every_regime_is_drawn_once(library: Library) -> None:
    for versions in library.versions.values():
        for one in versions:
            limits = [limit for each in one.stages for limit in each.stage.due.earliest_of]
            spans = course(each.stage for each in one.stages)
            assert [span.limit for span in spans] == limits
            assert all(span.ends > span.begins for span in spans if span.start is not None)


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [(Unit.MINUTE, 0.5), (Unit.HOUR, 30), (Unit.DAY, 720), (Unit.MONTH, 21_600), (Unit.BUSINESS_DAY, 1008)],
)
def test_a_length_of_time_has_about_so_many_hours(unit: Unit, wanted: float) -> None:
    assert hours(Period(number=30, unit=unit)) == pytest.approx(wanted)
