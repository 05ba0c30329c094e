"""The drawing of what is due when: one line for each thing, time from left to right on a logarithmic scale.

The scale shows hours and months in one picture. As with charts, colours come from classes and nothing has a style.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTH: Final = 720
_LEFT, _RIGHT, _TOP = 214, 26, 4
_ROW, _HEAD, _AXIS = 32, 26, 24
_LONGEST: Final = 34
_CLOSEST: Final = 62
_TICKS: Final = (1 / 6, 0.5, 1, 4, 12, 24, 72, 168, 720, 2160, 4320, 8760)
_DAY: Final = 24
_MIDDLE: Final = 0.55


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that is due: its name, its limit in words, and from when to when in hours (None: there is no number).

    ``group``: what starts it, in words; bars of one group stand together.
    """

    group: str
    name: str
    limit: str
    begins: float = 0
    ends: float | None = None
    tone: str = "series0"


def drawn(title: str, bars: Sequence[Bar]) -> SafeString:
    """The drawing; what it shows is said in its description too, and whoever uses it puts a table beside it."""
    last = max((one.ends for one in bars if one.ends is not None), default=0.0)
    shortest = min((one.ends - one.begins for one in bars if one.ends is not None), default=1.0)
    scale = _Scale(max(shortest, 1 / 6) / 2, last)
    parts: list[SafeString] = []
    y = float(_TOP)
    for group, members in groupby(bars, key=lambda one: one.group):
        parts.append(format_html('<text class="head" x="0" y="{}">{}</text>', _f(y + 17), group))
        y += _HEAD
        for one in members:
            parts.append(_row(one, y, scale))
            y += _ROW
    axis = _axis(scale, y) if last else SafeString()
    said = "; ".join(f"{one.group}: {one.name}, {one.limit}" for one in bars)
    return format_html(
        '<svg class="chart course" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}{}</svg>",
        _WIDTH,
        _f(y + (_AXIS if last else 0)),
        title,
        title,
        said,
        axis,
        mark_safe("".join(parts)),  # noqa: S308 - each part was escaped
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Hours to the place across: fine near the event, coarse far from it."""

    unit: float
    last: float

    def x(self, hours: float) -> float:
        whole = math.log1p(self.last / self.unit) or 1
        return _LEFT + math.log1p(hours / self.unit) / whole * (_WIDTH - _LEFT - _RIGHT)


def _row(one: Bar, y: float, scale: _Scale) -> SafeString:
    name = one.name if len(one.name) <= _LONGEST else f"{one.name[: _LONGEST - 1]}…"
    label = format_html('<text class="name" x="0" y="{}">{}</text>', _f(y + 20), name)
    if one.ends is None:
        open_ = '<circle class="open" cx="{}" cy="{}" r="4"/><text x="{}" y="{}">{}</text>'
        mark = format_html(open_, _LEFT + 4, _f(y + 16), _LEFT + 14, _f(y + 20), one.limit)
    else:
        mark = _bar(one, y, scale.x(one.begins), scale.x(one.ends))
    return format_html("<g><title>{}: {}</title>{}{}</g>", one.name, one.limit, label, mark)


def _bar(one: Bar, y: float, begin: float, end: float) -> SafeString:
    is_far = end > _LEFT + (_WIDTH - _LEFT) * _MIDDLE
    bar = (
        '<rect class="{}" x="{}" y="{}" width="{}" height="6" rx="3"/><circle class="{}" cx="{}" cy="{}" r="5"/>'
        '<text x="{}" y="{}" text-anchor="{}">{}</text>'
    )
    return format_html(
        bar,
        one.tone,
        _f(begin),
        _f(y + 17),
        _f(max(end - begin, 1)),
        one.tone,
        _f(end),
        _f(y + 20),
        _f(end + 5 if is_far else begin),
        _f(y + 11),
        "end" if is_far else "start",
        one.limit,
    )


def _axis(scale: _Scale, foot: float) -> SafeString:
    template = '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="middle">{}</text>'
    rows = (
        (_f(scale.x(hours)), _f(scale.x(hours)), _TOP, _f(foot), _f(scale.x(hours)), _f(foot + 16), length(hours))
        for hours in _ticks(scale)
    )
    return format_html_join("", template, rows)


def _ticks(scale: _Scale) -> Iterator[float]:
    """Round times that do not stand too close to each other, from the event on."""
    last = -math.inf
    for hours in (0, *_TICKS):
        x = scale.x(hours)
        if hours <= scale.last and x - last >= _CLOSEST:
            last = x
            yield hours


def length(hours: float) -> str:
    """A round length of time in a few letters, in the language of the page."""
    if hours == 0:
        return "0"
    if hours < 1:
        minutes = round(hours * 60)
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    if hours <= 3 * _DAY:
        whole = round(hours)
        return ngettext("%(count)s hour", "%(count)s hours", whole) % {"count": whole}
    days = round(hours / _DAY)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def _f(value: float) -> str:
    return f"{value:.1f}"
