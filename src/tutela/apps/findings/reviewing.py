"""What the reports that are here mean for the findings that stand: for the review, and for a page."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import F

from tutela.apps.findings.models import Finding
from tutela.core.findings.life import OPEN, Act, State
from tutela.core.findings.proof import Look, Subject, Verdict, Word, judge
from tutela.core.findings.scope import covers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutela.apps.intake.queries import Evidence

_UNCLAIMED = [state.value for state in OPEN if state is not State.CLAIMED]


@dataclass(frozen=True, slots=True)
class Due:
    """A step that the evidence asks for."""

    finding: Finding
    act: Act
    verdict: Verdict


def subject(finding: Finding, evidence: Evidence) -> Subject:
    """A finding as far as proof is concerned."""
    after = {State.CLAIMED: finding.claimed, State.CLOSED: finding.closed}.get(State(finding.state))
    needed = 1 if after and evidence.is_snapshot else evidence.gone_after
    return Subject(finding.last_observer, finding.last_seen, finding.last_reported, after, needed)


def verdict(finding: Finding, evidence: Evidence) -> Verdict:
    """What the reports say about a finding; those that came in before it was last shown say nothing new."""
    first = bisect_left(evidence.looks, finding.last_reported, key=lambda look: look.received)
    looks = [_scoped(look, finding, evidence) for look in evidence.looks[first:]]
    return judge(subject(finding, evidence), looks)


def _scoped(look: Look, finding: Finding, evidence: Evidence) -> Look:
    """A report that is limited to something, with whether that holds the asset."""
    scope = evidence.scopes.get(look.report)
    return replace(look, covers=covers(scope, finding.asset_type, finding.asset_key)) if scope else look


def due(feed: str, evidence: Evidence) -> Iterator[Due]:
    """The steps that are due among the findings that this feed showed last."""
    findings = Finding.objects.filter(last_observer=feed)
    for finding in findings.filter(state=State.CLAIMED.value).iterator():
        found = verdict(finding, evidence)
        if found.contradicted or found.proven:
            yield Due(finding, Act.CONTRADICT if found.contradicted else Act.CLOSE, found)
    for finding in findings.filter(state=State.CLOSED.value, last_reported__gt=F("closed")).iterator():
        found = verdict(finding, evidence)
        if found.contradicted:
            yield Due(finding, Act.CONTRADICT, found)
    good = [look for look in evidence.looks if look.whole and not look.quarantined and not look.failed and look.events]
    if len(good) < evidence.gone_after:
        return
    enough = good[-evidence.gone_after].received  # what was shown later cannot be absent so many times
    for finding in findings.filter(state__in=_UNCLAIMED, last_reported__lt=enough).iterator():
        found = verdict(finding, evidence)
        if found.proven:
            yield Due(finding, Act.CLOSE, found)


def proof(found: Due) -> list[dict[str, str]]:
    """The reports on which a step stands, each with what it says, to be kept with the step."""
    wanted = {Act.CLOSE: {Word.ABSENT}, Act.CONTRADICT: {Word.SHOWN}}[found.act]
    return [{"report": report, "says": word.value} for report, word in found.verdict.words if word in wanted]


def proven_at(found: Due, evidence: Evidence) -> object:
    """When the last report came in on which a closure stands."""
    ids = {entry["report"] for entry in proof(found)}
    return max(look.received for look in evidence.looks if look.report in ids)
