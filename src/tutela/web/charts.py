"""Charts as SVG, drawn on the server: they print, need no script, and say in words and in a table what they show.

All numbers given are finite and not negative. Colours come from classes; nothing has a style of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 24
_STEPS: Final = (1, 2, 3, 4, 5, 6, 8, 10)
_WIDEST = 48
_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Series:
    """Some numbers in a row, their name, and the class that colours them."""

    name: str
    values: Sequence[float]
    tone: str


def stacked(title: str, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Bars that stand on each other, one for each label; the first series at the bottom."""
    totals = [sum(one.values[index] for one in series) for index in range(len(labels))]
    top = _ceiling(max(totals, default=0))
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    bars: list[SafeString] = []
    for index in range(len(labels)):
        foot = 0.0
        for one in series:
            value = one.values[index]
            if value:
                bars.append(_bar(index, slot, foot, value, top, one, labels[index]))
            foot += value
    return _chart(title, labels, series, top, mark_safe("".join(bars)))  # noqa: S308 - each bar was escaped


def line(title: str, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """A line for each series, the ground below it lightly filled."""
    top = _ceiling(max((value for one in series for value in one.values), default=0))
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    drawn: list[SafeString] = []
    for one in series:
        points = [(_LEFT + (index + 0.5) * slot, _y(value, top)) for index, value in enumerate(one.values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        foot = f"{_y(0, top):.1f}"
        area = f"{points[0][0]:.1f},{foot} {path} {points[-1][0]:.1f},{foot}" if points else ""
        drawn.append(format_html('<polygon class="area {}" points="{}"/>', one.tone, area))
        drawn.append(format_html('<polyline class="lines {}" points="{}"/>', one.tone, path))
        if points:
            drawn.append(format_html('<circle class="{}" cx="{}" cy="{}" r="3"/>', one.tone, *map(_f, points[-1])))
    return _chart(title, labels, series, top, mark_safe("".join(drawn)))  # noqa: S308 - as above


def legend(series: Sequence[Series]) -> SafeString:
    """The names of the series beside their colours."""
    swatch = (
        '<li><svg class="chart" viewBox="0 0 10 10" aria-hidden="true">'
        '<rect class="{}" width="10" height="10" rx="2"/></svg>{}</li>'
    )
    return format_html(
        '<ul class="legend">{}</ul>', format_html_join("", swatch, ((one.tone, one.name) for one in series))
    )


def _chart(title: str, labels: Sequence[str], series: Sequence[Series], top: float, drawn: SafeString) -> SafeString:
    said = "; ".join(f"{one.name}: {sum(one.values):.15g}" for one in series)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}{}{}</svg>",
        _WIDTH,
        _HEIGHT,
        title,
        title,
        said,
        _grid(top),
        drawn,
        _bottom(labels),
    )


def _bar(index: int, slot: float, foot: float, value: float, top: float, one: Series, label: str) -> SafeString:
    width = min(slot * 0.76, _WIDEST)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1"><title>{}: {} {}</title></rect>',
        one.tone,
        f"{_LEFT + (index + 0.5) * slot - width / 2:.1f}",
        f"{_y(foot + value, top):.1f}",
        f"{width:.1f}",
        f"{max(_y(foot, top) - _y(foot + value, top), 0.5):.1f}",
        label,
        f"{value:.15g}",
        one.name,
    )


def _grid(top: float) -> SafeString:
    heights = [top * part / 4 for part in range(5)]
    template = '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>'
    rows = (
        (_LEFT, _WIDTH - _RIGHT, _f(_y(h, top)), _f(_y(h, top)), _LEFT - 6, _f(_y(h, top) + 4), _short(h))
        for h in heights
    )
    return format_html_join("", template, rows)


def _bottom(labels: Sequence[str]) -> SafeString:
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    every = max(1, -(-len(labels) // _LABELS))
    template = '<text x="{}" y="{}" text-anchor="middle">{}</text>'
    rows = (
        (_f(_LEFT + (index + 0.5) * slot), _HEIGHT - 7, label)
        for index, label in enumerate(labels)
        if (len(labels) - 1 - index) % every == 0
    )
    return format_html_join("", template, rows)


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (value / top) * (_HEIGHT - _TOP - _BOTTOM)


def _ceiling(value: float) -> float:
    """The next number whose quarters can be read, so that the lines of the grid stand at whole numbers."""
    quarter = max(1, math.ceil(value / 4))
    power = int(10 ** (len(str(quarter)) - 1))
    return 4.0 * next(step * power for step in _STEPS if step * power >= quarter)


def _short(value: float) -> str:
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"


def _f(value: float) -> str:
    return f"{value:.1f}"
