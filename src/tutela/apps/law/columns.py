"""The columns of the list of laws, and what it can be narrowed down to: for page, file and interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table
from tutela.web.words import CONFIDENCE, LAW_STATUS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tutela.apps.law.queries import Regime
    from tutela.core.law.instrument import Instrument


def _law(regime: Regime) -> Instrument:
    return regime.compiled.instrument


def _from(regime: Regime) -> str:
    day = _law(regime).validity.from_
    return day.isoformat() if day else ""


def _page(regime: Regime) -> str:
    return reverse("law", args=[regime.compiled.id])


TABLE: Final[Table[Regime]] = Table(
    "laws",
    (
        Column("instrument", _("Law"), lambda r: r.name, link=_page),
        Column("regime", _("Regime"), lambda r: r.compiled.id, Kind.CODE, is_minor=True),
        Column("jurisdiction", _("Where"), lambda r: _law(r).jurisdiction),
        Column(
            "status",
            _("Status"),
            lambda r: str(LAW_STATUS[_law(r).status][0]),
            plain=lambda r: str(_law(r).status),
        ),
        Column("from", _("In force from"), _from, is_minor=True),
        Column("stages", _("Reports"), lambda r: r.stages, Kind.NUMBER, is_minor=True),
        Column(
            "confidence",
            _("Known from"),
            lambda r: str(CONFIDENCE[r.confidence][0]),
            plain=lambda r: str(r.confidence),
        ),
        Column("unverified", _("Unverified"), lambda r: r.unverified, Kind.NUMBER),
    ),
    key=lambda regime: regime.compiled.id,
)


def filters(jurisdictions: Sequence[str]) -> list[Filter]:
    """The filters; where laws hold is known only once the library is read."""
    return [
        Filter("text", _("Text"), hint=_("name, article, whom it binds"), is_first=True),
        Filter(
            "jurisdiction",
            _("Where"),
            FilterKind.CHOICE,
            lambda: [(one, one) for one in jurisdictions],
            is_first=True,
        ),
        Filter(
            "status",
            _("Status"),
            FilterKind.CHOICE,
            lambda: [(status, title) for status, (title, _tone) in LAW_STATUS.items()],
            is_first=True,
        ),
        Filter(
            "confidence",
            _("Known from"),
            FilterKind.CHOICE,
            lambda: [(one, title) for one, (title, _tone) in CONFIDENCE.items()],
            is_first=True,
        ),
    ]


def chosen(regimes: Iterable[Regime], values: Mapping[str, Any]) -> list[Regime]:
    """Those that the filters leave."""
    tests: dict[str, Callable[[Regime], bool]] = {
        "text": lambda one: values["text"].casefold() in _words(one),
        "jurisdiction": lambda one: _law(one).jurisdiction == values["jurisdiction"],
        "status": lambda one: _law(one).status == values["status"],
        "confidence": lambda one: one.confidence == values["confidence"],
    }
    asked = [test for name, test in tests.items() if values.get(name)]
    return [one for one in regimes if all(test(one) for test in asked)]


def _words(regime: Regime) -> str:
    law = _law(regime)
    return " ".join((law.id, *law.instrument.values(), law.article, law.who.text)).casefold()
