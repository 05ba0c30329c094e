"""What a text leads to, of all that the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tutela.apps.constituency import queries as constituency
from tutela.apps.findings import queries as findings
from tutela.apps.findings.queries import FindingFilter
from tutela.apps.incidents import queries as incidents
from tutela.apps.incidents.queries import IncidentFilter
from tutela.core.asked import Asked, Kind, asked
from tutela.core.errors import WrongUse

if TYPE_CHECKING:
    from pathlib import Path

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.findings.models import Finding
    from tutela.apps.incidents.models import Incident
    from tutela.core.actor import Viewer

MOST: Final = 20
"""Hits of one kind that are shown; a list has the others."""

_PLACES: Final = frozenset({Kind.ADDRESS, Kind.NETWORK, Kind.AS_NUMBER, Kind.DOMAIN, Kind.URL})


@dataclass(frozen=True, slots=True)
class Holder:
    """An organisation that holds what was asked for, and why it is the one that an event would concern."""

    organisation: Organisation
    key: str
    kind: str
    wins: bool
    reason: str


@dataclass(slots=True)
class Hits:
    """What was found, by kind."""

    question: Asked | None
    organisations: list[Organisation] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How much is shown."""
        return len(self.organisations) + len(self.holders) + len(self.incidents) + len(self.findings)


def search(text: str, viewer: Viewer, *, home: Path) -> Hits:
    """All that ``text`` leads to; each kind at most `MOST`."""
    question = asked(text)
    hits = Hits(question)
    if question is None:
        return hits
    if question.kind in _PLACES:
        hits.holders = _holders(question, viewer, home)
    if question.kind in {Kind.WORDS, Kind.DOMAIN}:
        hits.incidents = list(incidents.incidents_for(viewer, IncidentFilter(text=question.text))[:MOST])
        hits.organisations = list(constituency.organisations_called(viewer, question.text)[:MOST])
    hits.findings = _findings(question, viewer)
    return hits


def _holders(question: Asked, viewer: Viewer, home: Path) -> list[Holder]:
    text = f"AS{question.text}" if question.kind is Kind.AS_NUMBER else question.text
    try:
        candidates = constituency.explain(home, text)
    except WrongUse:  # it has the form of a name and is none
        return []
    ids = {candidate.holding.organisation for candidate in candidates}
    visible = {one.global_id: one for one in constituency.organisations_for(viewer).filter(global_id__in=ids)}
    return [
        Holder(visible[each.holding.organisation], each.holding.key, each.holding.kind, each.winner, each.reason)
        for each in candidates
        if each.holding.organisation in visible
    ][:MOST]


def _findings(question: Asked, viewer: Viewer) -> list[Finding]:
    if question.kind is Kind.IDENTIFIER:
        one = findings.finding_by(question.text, viewer)
        return [one] if one else []
    wanted = {
        Kind.VULNERABILITY: FindingFilter(cve=question.text),
        Kind.WORDS: FindingFilter(text=question.text),
        Kind.NETWORK: FindingFilter(network=question.text),
    }.get(question.kind, FindingFilter(asset=question.text))
    return list(findings.findings_for(viewer, wanted)[:MOST])
