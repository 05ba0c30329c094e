"""The columns of a list of findings, and what it can be narrowed down to: for page, file and interface."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tutela.apps.findings.queries import OPEN_STATES
from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table
from tutela.web.words import SEVERITY, STATE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutela.apps.findings.models import Finding

OPEN: Final = "open"
STATES: Final = (OPEN, *STATE)
"""What can be asked of states: all that are open together, or one."""

_AGES: Final = (1, 7, 30, 90)


def condition(finding: Finding) -> str:
    """What is the matter, in the terms of RSIT and the feed."""
    more = finding.classification_identifier or finding.malware_name
    return " · ".join(dict.fromkeys(part for part in (finding.classification_type, more) if part))


def _page(finding: Finding) -> str:
    return reverse("finding", args=[finding.pk])


def _organisation(finding: Finding) -> str:
    return reverse("findings") + f"?below={finding.organisation}"


def _name(finding: Finding) -> str:
    return getattr(finding, "organisation_name", "") or finding.organisation


TABLE: Final = Table(
    "findings",
    (
        Column("asset", _("Asset"), lambda f: f.asset_key, Kind.CODE, link=_page),
        Column("severity", _("Severity"), lambda f: f.severity, Kind.SEVERITY, order=("-severity", "-last_seen")),
        Column("condition", _("Condition"), condition),
        Column("organisation", _("Organisation"), _name, order=("organisation", "-last_seen"), link=_organisation),
        Column("state", _("State"), lambda f: f.state, Kind.STATE),
        Column("first_seen", _("First seen"), lambda f: f.first_seen, Kind.TIME, is_minor=True),
        Column("last_seen", _("Last seen"), lambda f: f.last_seen, Kind.TIME, order=("-last_seen",)),
        Column("events", _("Events"), lambda f: f.events, Kind.NUMBER, is_minor=True),
        Column("feed", _("Feed"), lambda f: f.observer, is_minor=True),
        Column("vulnerabilities", _("Vulnerability"), lambda f: f.vulnerabilities, Kind.CODE, is_minor=True),
        Column("tlp", "TLP", lambda f: f.tlp, Kind.TLP, is_minor=True),
    ),
)


def states() -> list[tuple[str, Any]]:
    """Each state, and all that are open together."""
    return [(OPEN, _("open")), *((value, title) for value, (title, _tone) in STATE.items())]


def states_of(text: str) -> tuple[str, ...]:
    """The states that a choice stands for."""
    return OPEN_STATES if text == OPEN else (text,)


def _age(text: str) -> datetime:
    return datetime.combine(date.today() - timedelta(days=int(text)), time.min, UTC)  # noqa: DTZ011 - days of UTC servers


def filters(sectors: Iterable[str], feeds: Iterable[str], types: Iterable[str]) -> list[Filter]:
    """The filters, with the choices that there are."""
    ages = [(str(days), ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in _AGES]
    return [
        Filter("state", _("State"), FilterKind.CHOICE, states, states_of, is_first=True),
        Filter(
            "severity",
            _("Severity at least"),
            FilterKind.CHOICE,
            lambda: [(str(level), SEVERITY[level]) for level in range(5, 0, -1)],
            int,
            is_first=True,
        ),
        Filter("type", _("Type"), FilterKind.CHOICE, lambda: [(one, one) for one in types], is_first=True),
        Filter("network", _("Address or prefix"), hint="192.0.2.0/24", parse=_network, is_first=True),
        Filter("text", _("Text"), hint=_("asset, malware, CVE…"), is_first=True),
        Filter("below", _("Organisation"), hint=_("its id")),
        Filter("sector", _("Sector"), FilterKind.CHOICE, lambda: [(one, one) for one in sectors]),
        Filter("feed", _("Feed"), FilterKind.CHOICE, lambda: [(one, one) for one in feeds]),
        Filter("cve", "CVE", hint="CVE-2024-12345"),
        Filter("since", _("Seen in the last"), FilterKind.CHOICE, lambda: ages, _age),
    ]


def _network(text: str) -> str:
    from tutela.core.netspace.addresses import span  # noqa: PLC0415 - brings Polars, which a list does not need

    span(text)
    return text
