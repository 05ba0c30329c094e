"""The columns of a list of incidents, and what it can be narrowed down to: for page, file and interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tutela.core.idf.taxonomy import TAXONOMY_OF_TYPE
from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table
from tutela.web.words import INCIDENT_STATE, SEVERITY

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.apps.incidents.models import Incident


def _page(incident: Incident) -> str:
    return reverse("incident", args=[incident.pk])


def _state(incident: Incident) -> str:
    return str(INCIDENT_STATE[incident.state][0])


def _waiting(incident: Any) -> datetime | None:
    """As the query of the list gives it with each incident."""
    since: datetime | None = incident.waiting
    return since


TABLE: Final = Table(
    "incidents",
    (
        Column("title", _("Title"), lambda i: i.title, link=_page),
        Column("reference", _("Reference"), lambda i: i.reference, Kind.CODE, order=("-year", "-sequence")),
        Column("severity", _("Severity"), lambda i: i.severity, Kind.SEVERITY, order=("-severity", "-changed")),
        Column("state", _("State"), _state, plain=lambda i: i.state),
        Column("type", _("Type"), lambda i: i.type, is_minor=True),
        Column("owner", _("Handled by"), lambda i: i.owner, is_minor=True),
        Column("waiting", _("Waits since"), _waiting, Kind.TIME, is_minor=True),
        Column("changed", _("Last entry"), lambda i: i.changed, Kind.TIME, order=("-changed",)),
        Column("tlp", "TLP", lambda i: i.tlp, Kind.TLP, is_minor=True),
    ),
)

FILTERS: Final = [
    Filter(
        "state",
        _("State"),
        FilterKind.CHOICE,
        lambda: [(state, title) for state, (title, _tone) in INCIDENT_STATE.items()],
        is_first=True,
    ),
    Filter(
        "severity",
        _("Severity at least"),
        FilterKind.CHOICE,
        lambda: [(str(level), SEVERITY[level]) for level in range(5, 0, -1)],
        int,
        is_first=True,
    ),
    Filter(
        "waiting",
        _("Answer"),
        FilterKind.CHOICE,
        lambda: [("yes", _("is waited for")), ("no", _("nobody waits"))],
        lambda text: text == "yes",
    ),
    Filter("text", _("Text"), hint=_("title, INC-2026-0001"), is_first=True),
    Filter("owner", _("Handled by"), hint=_("e-mail address")),
    Filter("type", _("Type"), FilterKind.CHOICE, lambda: [(one, one) for one in sorted(TAXONOMY_OF_TYPE)]),
    Filter("below", _("Organisation"), hint=_("its id")),
    Filter("finding", _("Finding"), hint=_("its id"), parse=UUID),
]
