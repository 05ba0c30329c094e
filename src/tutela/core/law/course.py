"""The course of a regime: when each of its reports is due, as lengths of time from the event that starts them.

It is for drawing only: a month counts as 30 days and a business day as 1.4, while clocks count by the rule of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tutela.core.law.instrument import OF_A_STAGE, Event, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutela.core.law.instrument import Limit, Period, Stage

_HOURS: Final = {
    Unit.MINUTE: 1 / 60,
    Unit.HOUR: 1.0,
    Unit.DAY: 24.0,
    Unit.MONTH: 24.0 * 30,
    Unit.BUSINESS_DAY: 24.0 * 7 / 5,
}


class Span(NamedTuple):
    """A limit of a stage: ``begins`` and ``ends`` in hours after the first event of its course (``start``).

    ``start`` is None where there is no number, and nothing can be drawn but that there is something to do. ``of``: the
    stage whose submission or receipt starts it, where it is drawn from there because that one has no limit of its own.
    """

    stage: Stage
    limit: Limit
    start: Event | None
    of: str | None
    begins: float
    ends: float


def hours(period: Period) -> float:
    """About how many hours a period has."""
    return period.number * _HOURS[period.unit]


def course(stages: Iterable[Stage]) -> list[Span]:
    """The limits of all stages in their order; a report that follows another begins where the other ends at the latest.

    With several limits of one stage, what follows it is drawn after the longest of them.
    """
    found: list[Span] = []
    longest: dict[str, Span] = {}
    for stage in stages:
        spans = [_span(stage, limit, longest) for limit in stage.due.earliest_of]
        found += spans
        drawn = [one for one in spans if one.start is not None]
        if drawn:
            longest[stage.id] = max(drawn, key=lambda one: one.ends)
    return found


def _span(stage: Stage, limit: Limit, longest: dict[str, Span]) -> Span:
    if limit.within is None or limit.from_ is None:
        return Span(stage, limit, None, None, 0, 0)
    before = longest.get(limit.of or "") if limit.from_ in OF_A_STAGE else None
    if before is not None:
        return Span(stage, limit, before.start, before.of, before.ends, before.ends + hours(limit.within))
    return Span(stage, limit, limit.from_, limit.of, 0, hours(limit.within))
