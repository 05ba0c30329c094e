"""How the entries of a timeline are told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tutela.apps.law.queries import called, in_order
from tutela.core.findings.fold import TLP_LEVELS
from tutela.web.words import INCIDENT_ACT, INCIDENT_PART, INCIDENT_REASON, SEVERITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutela.apps.incidents.models import Entry, Fact


def told(entry: Entry) -> dict[str, Any]:
    """An entry as a page shows it: who did what, what it was about, and when."""
    return {
        "at": entry.at,
        "who": "Tutela" if entry.actor_kind == "system" else entry.actor_name,
        "did": INCIDENT_ACT[entry.act],
        "about": _about(entry.data),
        "text": entry.text,
        "audience": entry.organisation or INCIDENT_PART.get(entry.audience, ""),
        "other": entry.data.get("other", ""),
        "reference": entry.data.get("reference", ""),
    }


def _about(data: dict[str, Any]) -> str:
    """What an entry was about, in a few words."""
    parts = [_change(name, data[name]) for name in _TITLES if isinstance(data.get(name), list)]
    if "fact" in data:
        parts.append(f"{called(data['fact'])}: {value(data['value'])}")
    if "about" in data:
        parts.append(data["about"])
    if "organisation" in data:
        parts.append(data["organisation"])
    if "part" in data:
        parts.append(str(INCIDENT_PART[data["part"]]))
    if "reason" in data:
        parts.append(str(INCIDENT_REASON[data["reason"]]))
    if data.get("findings"):
        parts.append(_("findings: %(count)s") % {"count": data["findings"]})
    return " · ".join(parts)


_TITLES = ("title", "type", "severity", "tlp", "owner")


def _change(name: str, values: list[Any]) -> str:
    words = {
        "title": _("Title"),
        "type": _("Type"),
        "severity": _("Severity"),
        "tlp": "TLP",
        "owner": _("Handled by"),
    }
    scale: dict[str, Any] = {"severity": SEVERITY, "tlp": TLP_LEVELS}
    before, after = (str(scale[name][one]) if name in scale else str(one or "–") for one in values)
    return f"{words[name]}: {before} → {after}"


def value(given: Any) -> str:
    """The value of a fact, for people."""
    if given is None:
        return _("not known")
    if isinstance(given, bool):
        return _("yes") if given else _("no")
    if isinstance(given, str):
        try:
            return timezone.localtime(datetime.fromisoformat(given)).strftime("%Y-%m-%d %H:%M %Z")
        except ValueError:
            return given
    return str(given)


def all_stated(found: list[list[Fact]], organisations: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """Facts as a page shows them, in the order in which laws ask: of the whole incident, then of each organisation."""
    place = {name: number for number, name in enumerate(in_order({facts[0].name for facts in found}))}
    found = sorted(found, key=lambda facts: (facts[0].organisation, place[facts[0].name]))
    return [[stated(one, organisations) for one in facts] for facts in found]


def stated(fact: Fact, organisations: Mapping[str, Any]) -> dict[str, Any]:
    """A fact as a page shows it, with the organisation of which it was stated."""
    return {
        "title": called(fact.name),
        "of": organisations.get(fact.organisation, fact.organisation),
        "value": value(fact.value),
        "evidence": fact.evidence,
        "who": fact.actor_name,
        "at": fact.stated,
    }
