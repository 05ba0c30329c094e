"""What the reports that are here mean for the findings that stand: for the review, and for a page."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Q

from tutela.apps.constituency import queries as constituency
from tutela.apps.findings.models import Finding
from tutela.apps.intake import queries as intake
from tutela.core.errors import TutelaError
from tutela.core.findings.life import OPEN, Act, State
from tutela.core.findings.proof import Look, Subject, Verdict, Word, judge
from tutela.core.findings.scope import covers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tutela.apps.intake.queries import Evidence
    from tutela.core.netspace.snapshot import Snapshot

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
    is_closed = finding.state == State.CLOSED.value
    return Subject(finding.last_observer, finding.last_seen, finding.last_reported, after, needed, is_closed)


def verdict(finding: Finding, evidence: Evidence) -> Verdict:
    """What the reports say about a finding; those that came in before it was last shown say nothing new."""
    first = bisect_left(evidence.looks, finding.last_reported, key=lambda look: look.received)
    looks = evidence.looks[first:]
    shown = {look.snapshot for look in looks if look.received == finding.last_reported}
    return judge(subject(finding, evidence), [_scoped(look, finding, evidence, shown) for look in looks])


def _scoped(look: Look, finding: Finding, evidence: Evidence, shown: set[str]) -> Look:
    """A report with what it says of this asset: whether its scope holds it, and whose it was when it came in."""
    scope = evidence.scopes.get(look.report)
    if scope:
        look = replace(look, covers=covers(scope, finding.asset_type, finding.asset_key))
    if shown != {look.snapshot}:  # the constituency was changed since it was shown: it may be somebody else's now
        look = replace(look, holds=_holder(look.snapshot, finding.asset_key) == finding.organisation)
    return look


@lru_cache(maxsize=2)
def _frozen(home: str, snapshot: str) -> Snapshot:
    return constituency.snapshot(Path(home), snapshot)


@lru_cache(maxsize=50_000)
def _holder(snapshot: str, asset: str) -> str:
    """Whose an asset was in a constituency, by the asset alone; nothing where that cannot be told."""
    try:
        candidates = _frozen(str(settings.TUTELA.home), snapshot).explain(asset)
    except (TutelaError, OSError):
        return ""
    return candidates[0].holding.organisation if candidates else ""


def may_change(feed: str, now: datetime) -> bool:
    """Whether any finding that this feed showed last could take a step: a look at an index, before reports are read."""
    quiet = Q(state__in=_UNCLAIMED, last_reported__lt=intake.last_received(feed) or now)
    again = Q(state=State.CLOSED.value, last_reported__gt=F("closed"))
    wanted = quiet | again | Q(state=State.CLAIMED.value)
    return Finding.objects.filter(wanted, last_observer=feed).exists()


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


def proven_at(found: Due, evidence: Evidence) -> datetime:
    """When the last report came in on which a closure stands."""
    ids = {entry["report"] for entry in proof(found)}
    return max(look.received for look in evidence.looks if look.report in ids)
