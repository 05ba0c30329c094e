"""The columns of a list of obligations, and what it can be narrowed down to: for page, file and interface."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tutela.apps.law.queries import law_of, library, title_of
from tutela.apps.obligations.models import Obligation
from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table
from tutela.web.words import OBLIGATION_STATE


def _page(one: Obligation) -> str:
    return reverse("obligation", args=[one.pk])


def _state(one: Obligation) -> str:
    return str(OBLIGATION_STATE[one.standing][0])


TABLE: Final = Table(
    "obligations",
    (
        Column("what", _("Report"), lambda o: title_of(o.regime, o.stage), link=_page),
        Column("due", _("Due"), lambda o: o.due, Kind.TIME, order=("turn",)),
        Column("state", _("State"), _state, plain=lambda o: o.state),
        Column("left", _("Left"), lambda o: o.due if o.state == "running" else None, Kind.LEFT),
        Column("organisation", _("Organisation"), lambda o: getattr(o, "organisation_name", o.organisation)),
        Column("incident", _("Incident"), lambda o: getattr(o, "reference", ""), Kind.CODE),
        Column("regime", _("Law"), lambda o: law_of(o.regime), is_minor=True, plain=lambda o: o.regime),
        Column("stage", _("Stage"), lambda o: o.stage, Kind.CODE, is_minor=True),
        Column("recipient", _("Recipient"), lambda o: o.recipient, is_minor=True),
    ),
)

FILTERS: Final = [
    Filter(
        "state",
        _("State"),
        FilterKind.CHOICE,
        lambda: [(state.value, OBLIGATION_STATE[state.value][0]) for state in Obligation.State],
        is_first=True,
    ),
    Filter(
        "when",
        _("Due"),
        FilterKind.CHOICE,
        lambda: [("overdue", _("overdue")), ("day", _("within 24 hours")), ("week", _("within a week"))],
        is_first=True,
    ),
    Filter("organisation", _("Organisation"), hint=_("its id"), is_first=True),
    Filter(
        "side",
        _("Owed by"),
        FilterKind.CHOICE,
        lambda: [("organisation", _("organisations")), ("authority", _("the authority"))],
    ),
    Filter("regime", _("Law"), FilterKind.CHOICE, lambda: [(one, one) for one in sorted(library().versions)]),
    Filter("incident", _("Incident"), hint=_("its id"), parse=UUID),
]
