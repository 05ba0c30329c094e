"""The columns of a list of organisations, and what it can be narrowed down to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tutela.apps.constituency.models import Organisation
from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Iterable


def _page(organisation: Organisation) -> str:
    return reverse("organisation", args=[organisation.pk])


TABLE: Final = Table(
    "organisations",
    (
        Column("name", _("Organisation"), lambda o: o.display_name, link=_page, plain=lambda o: o.name("en")),
        Column("id", _("Id"), lambda o: o.global_id, Kind.CODE, order=("global_id",)),
        Column("sector", _("Sector"), lambda o: o.sector, order=("sector",)),
        Column("jurisdiction", _("Country"), lambda o: o.jurisdiction, order=("jurisdiction",), is_minor=True),
        Column(
            "criticality",
            _("Criticality"),
            lambda o: o.get_criticality_display() if o.criticality else "",
            plain=lambda o: o.criticality,
        ),
        Column("parent", _("Belongs to"), lambda o: o.parent_id or "", Kind.CODE, is_minor=True),
        Column("place", _("Place in the tree"), lambda o: o.path, Kind.CODE, order=("path",), is_minor=True),
    ),
)


def filters(sectors: Iterable[str], jurisdictions: Iterable[str]) -> list[Filter]:
    """The filters, with the choices that there are."""
    levels: list[tuple[str, Any]] = [(value, title) for value, title in Organisation.Criticality.choices if value]
    return [
        Filter("text", _("Name or id"), is_first=True),
        Filter("sector", _("Sector"), FilterKind.CHOICE, lambda: [(one, one) for one in sectors], is_first=True),
        Filter(
            "jurisdiction",
            _("Country"),
            FilterKind.CHOICE,
            lambda: [(one, one) for one in jurisdictions],
            is_first=True,
        ),
        Filter("criticality", _("Criticality"), FilterKind.CHOICE, lambda: levels, is_first=True),
    ]
