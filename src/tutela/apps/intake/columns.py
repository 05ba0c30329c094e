"""The columns of a list of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table

if TYPE_CHECKING:
    from tutela.apps.intake.models import Report


def _page(report: Report) -> str:
    return reverse("report", args=[report.pk])


def _whole(report: Report) -> str:
    return "" if report.whole is None else str(_("yes") if report.whole else _("no"))


TABLE: Final = Table(
    "reports",
    (
        Column("received", _("Received"), lambda r: r.received, Kind.TIME, order=("-received",), link=_page),
        Column("file_name", _("File"), lambda r: r.file_name),
        Column("feed", _("Feed"), lambda r: r.feed, order=("feed", "-received")),
        Column("state", _("State"), lambda r: r.get_state_display()),
        Column("whole", _("Whole"), _whole),
        Column("rows", _("Rows"), lambda r: r.rows, Kind.NUMBER, order=("-rows",)),
        Column("events", _("Events"), lambda r: r.events, Kind.NUMBER, order=("-events",)),
        Column("new", _("New"), lambda r: r.new, Kind.NUMBER),
        Column("quarantined", _("Quarantined"), lambda r: r.quarantined, Kind.NUMBER, order=("-quarantined",)),
        Column("content", "SHA-256", lambda r: r.content, Kind.CODE, is_minor=True),
    ),
)

TROUBLES: Final = {
    "quarantined": _("rows in quarantine"),
    "not-whole": _("did not come in whole"),
    "failed": _("could not be read"),
}

FILTERS: Final = [
    Filter("trouble", _("With"), FilterKind.CHOICE, lambda: list(TROUBLES.items()), is_first=True),
    Filter("name", _("File name"), is_first=True),
]
