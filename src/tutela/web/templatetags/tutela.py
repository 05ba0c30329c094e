"""Parts of pages: ``{% load tutela %}``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tutela.core.findings.fold import TLP_LEVELS
from tutela.web.cards import cards_of
from tutela.web.words import ACT, SEVERITY, STATE, WORD

if TYPE_CHECKING:
    from django.template import Context
    from django.utils.safestring import SafeString

    from tutela.web.table import Cell

register = template.Library()
_NEAR: Final = 24 * 3600


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small picture that says nothing by itself: a word stands beside it, or is hidden there."""
    turns = " turns" if name in {"next", "back", "leave"} else ""
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="#i-{}"></use></svg>', turns, name)


@register.simple_tag(takes_context=True)
def cards(context: Context, page: str, subject: object) -> SafeString:
    """What later apps lay onto a page about something."""
    return cards_of(page, context["request"], subject)


@register.simple_tag
def severity(level: int | None) -> SafeString:
    """A severity (0 undefined … 5 critical) as a word with its mark."""
    number = level or 0
    return format_html('<span class="severity s{}">{}</span>', number, SEVERITY[number])


@register.simple_tag
def tlp(level: int) -> SafeString:
    """A level of TLP 2.0, in the colours that it prescribes."""
    return format_html('<span class="tlp t{}">TLP:{}</span>', level, TLP_LEVELS[level])


@register.simple_tag
def state(value: str) -> SafeString:
    """The state of a finding."""
    title, tone = STATE.get(value, (value, ""))
    return format_html('<span class="badge {}">{}</span>', tone, title)


@register.simple_tag
def step(act: str) -> str:
    """What somebody did, as it is told afterwards."""
    return str(ACT[act][1]) if act in ACT else act


@register.simple_tag
def word(value: str) -> SafeString:
    """What a report says about a finding."""
    title, tone = WORD.get(value, (value, ""))
    return format_html('<span class="word {}">{}</span>', tone, title)


@register.simple_tag
def moment(value: datetime | None) -> SafeString | str:
    """A time in the viewer's zone, to the minute; in UTC, to the second, where one points at it."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    exact = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, local.strftime("%Y-%m-%d %H:%M")
    )


@register.simple_tag
def moment_in(value: datetime | None, zone: str) -> str:
    """A time in another zone, with the zone's short name; nothing where the viewer reckons so anyway."""
    if value is None or not zone or timezone.get_current_timezone_name() == zone:
        return ""
    return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")


@register.simple_tag
def left(due: datetime | None) -> SafeString | str:
    """How long it is to a moment, or how long it is over, with the tone that its nearness asks for."""
    if due is None:
        return "–"
    seconds = (due - timezone.now()).total_seconds()
    tone = "bad" if seconds < 0 else "warn" if seconds < _NEAR else ""
    said = _("%(time)s over") if seconds < 0 else _("in %(time)s")
    return format_html('<span class="badge {}">{}</span>', tone, said % {"time": _length(abs(seconds))})


def _length(seconds: float) -> str:
    """A length of time in its largest unit, or two where the first is small."""
    minutes = int(seconds // 60)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days > 1:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if hours > 0:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)s min") % {"minutes": minutes}


@register.filter
def grouped(value: int | None) -> str:
    """A number with its thousands apart."""
    return "–" if value is None else formats.number_format(value, force_grouping=True, use_l10n=True)


@register.inclusion_tag("web/cell.html")
def cell(given: Cell) -> dict[str, Any]:
    """A cell of a table."""
    return {"cell": given, "kind": given.column.kind.value, "value": given.value, "link": given.link}
