"""The columns of a list of notices, and what it can be narrowed down to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table
from tutela.web.words import NOTICE_STATE

if TYPE_CHECKING:
    from tutela.apps.notices.models import Notice


def _page(notice: Notice) -> str:
    return reverse("notice", args=[notice.pk])


def _state(notice: Notice) -> str:
    return str(NOTICE_STATE[notice.state][0])


TABLE: Final = Table(
    "notices",
    (
        Column("created", _("Written"), lambda n: n.created, Kind.TIME, order=("-created",)),
        Column("subject", _("Subject"), lambda n: n.subject, link=_page),
        Column("state", _("State"), _state, plain=lambda n: n.state),
        Column("findings", _("Findings"), lambda n: n.findings, Kind.NUMBER, order=("-findings", "-created")),
        Column("recipient", _("To"), lambda n: n.recipient, is_minor=True),
        Column("organisation", _("Organisation"), lambda n: n.organisation, order=("organisation", "-created")),
        Column("sent", _("Sent"), lambda n: n.sent, Kind.TIME, is_minor=True),
        Column("deadline", _("To be fixed by"), lambda n: n.deadline, Kind.TIME, is_minor=True),
    ),
)

FILTERS: Final = [
    Filter(
        "state",
        _("State"),
        FilterKind.CHOICE,
        lambda: [(state, title) for state, (title, _tone) in NOTICE_STATE.items()],
        is_first=True,
    ),
    Filter("below", _("Organisation"), hint=_("its id"), is_first=True),
]
