"""What may be asked of findings."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Left

from tutela.apps.constituency.queries import names, organisations_below, organisations_for
from tutela.apps.findings import reviewing
from tutela.apps.findings.models import INDEXED, Finding, Step
from tutela.apps.intake import queries as intake
from tutela.apps.ledger import queries as ledger
from tutela.core.errors import WrongUse
from tutela.core.findings.deadline import DAYS, overdue_before
from tutela.core.findings.life import OPEN, Act, State, possible, transition
from tutela.core.findings.pace import ACTS
from tutela.core.findings.proof import Word
from tutela.core.findings.statement import Statement
from tutela.core.idf.taxonomy import TAXONOMY_OF_TYPE
from tutela.core.netspace.addresses import number, span
from tutela.core.rights import Right
from tutela.lake.query import EventFilter, objects, page, query
from tutela.lake.table import EventTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from tutela.apps.intake.models import Report
    from tutela.core.actor import Viewer
    from tutela.core.findings.proof import Verdict

_MOST_WORDS: Final = 8
_RARE: Final = 2_000
OPEN_STATES: Final = tuple(state.value for state in OPEN)

RIGHT_TO: Final = {
    Act.ACKNOWLEDGE: Right.ACKNOWLEDGE_FINDINGS,
    Act.CLAIM: Right.CLAIM_FINDINGS,
    Act.DISPUTE: Right.JUDGE_FINDINGS,
    Act.ACCEPT: Right.JUDGE_FINDINGS,
    Act.WITHDRAW: Right.JUDGE_FINDINGS,
}
"""The right that each step by a person needs."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings: every part that is given must hold.

    ``below`` is an organisation with all its descendants, ``state`` any of several.
    """

    below: str | None = None
    sector: str | None = None
    state: tuple[str, ...] = ()
    type: str | None = None
    severity: int | None = None
    cve: str | None = None
    asset: str | None = None
    network: str | None = None
    text: str | None = None
    feed: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def findings_for(viewer: Viewer, wanted: FindingFilter | None = None) -> QuerySet[Finding]:
    """The findings that the viewer may see and ``wanted`` describes, worst and latest first."""
    wanted = wanted or FindingFilter()
    condition = _whose(viewer, wanted) & _what(wanted)
    if set(wanted.state) == set(OPEN_STATES):
        condition &= Q(is_open=1)
    elif wanted.state:
        condition &= Q(state__in=wanted.state)
    if wanted.since is not None:
        condition &= Q(last_seen__gte=wanted.since)
    if wanted.until is not None:
        condition &= Q(last_seen__lt=wanted.until)
    findings = Finding.objects.alias(asset_start=Left("asset_key", INDEXED))
    return findings.filter(condition).order_by("-severity", "-last_seen", "id")


def worst_of(organisation: str, viewer: Viewer, most: int) -> list[Finding]:
    """The worst of what is open at an organisation."""
    return list(findings_for(viewer, FindingFilter(state=OPEN_STATES)).filter(organisation=organisation)[:most])


def _whose(viewer: Viewer, wanted: FindingFilter) -> Q:
    condition = Q()
    visible = organisations_for(viewer)
    if viewer.organisations is not None:
        condition &= Q(organisation__in=visible.values("global_id"))
    if wanted.below is not None:
        condition &= Q(organisation__in=organisations_below(viewer, wanted.below))
    if wanted.sector is not None:
        condition &= Q(organisation__in=visible.filter(sector=wanted.sector).values("global_id"))
    return condition


def _what(wanted: FindingFilter) -> Q:
    exact = {"classification_type": wanted.type, "severity__gte": wanted.severity, "observer": wanted.feed}
    condition = Q(**{name: value for name, value in exact.items() if value is not None})
    if wanted.cve is not None:
        # the whole number: CVE-2024-1234 is not in CVE-2024-12345
        condition &= Q(
            flaw__isnull=False, vulnerabilities__iregex=rf"(^|[^0-9A-Za-z-]){re.escape(wanted.cve)}($|[^0-9])"
        )
    if wanted.asset is not None:
        condition &= _is(wanted.asset)
    if wanted.network is not None:
        condition &= Q(asset_first__range=_bounds(wanted.network))
    if wanted.text and wanted.text.split():
        condition &= _holds(wanted.text.split())
    return condition


def _is(asset: str) -> Q:
    """An asset in any spelling: an address by its place, anything else by its name."""
    spelled = _spelled(asset)
    try:
        return Q(asset_first=f"{number(spelled):032x}")
    except ValueError:
        spellings = {asset, spelled}
        start = {one[:INDEXED] for one in spellings}
        return Q(asset_first__isnull=True, asset_start__in=start, asset_key__in=spellings)


def _holds(words: Sequence[str]) -> Q:
    """All words in what describes a finding.

    Rare ones are looked up first, in the index alone. Of common ones a list has its first rows soon enough.
    """
    condition = reduce(and_, (Q(words__icontains=word) for word in words[:_MOST_WORDS]))
    found = Finding.objects.filter(condition).order_by("words")  # in the order of the index: so SQLite reads it
    rare = list(found.values_list("pk", flat=True)[: _RARE + 1])
    return Q(pk__in=rare) if len(rare) <= _RARE else condition


def _bounds(network: str) -> tuple[str, str]:
    """The first and the last place of a prefix, an address or a range on the line of 128 bits, as they are kept."""
    try:
        first, last = span(network)
    except ValueError as error:
        raise WrongUse(
            f"{network!r} is neither an address nor a prefix.", remedy="Write 192.0.2.0/24 or 2001:db8::/32."
        ) from error
    return f"{first:032x}", f"{last:032x}"


def _spelled(asset: str) -> str:
    """An asset in the spelling in which it is kept: names in small letters, addresses as short as they can be."""
    try:
        address = ipaddress.ip_address(asset)
    except ValueError:
        return asset.lower()
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def finding_by(prefix: str, viewer: Viewer) -> Finding | None:
    """The one finding the viewer may see whose id begins with ``prefix``; None where there is none or more than one."""
    digits = prefix.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{1,32}", digits):
        return None
    # SQLite keeps ids as text and PostgreSQL as UUIDs: both know the order, only one knows how an id begins
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    found = list(findings_for(viewer).filter(id__gte=first, id__lte=last)[:2])
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of a list can be set to."""

    sectors: list[str]
    feeds: list[str]
    types: list[str]


def choices(viewer: Viewer) -> Choices:
    """The sectors in care, the feeds that came in, the types that there are; no look at all findings is needed."""
    sectors = organisations_for(viewer).exclude(sector="").order_by("sector").values_list("sector", flat=True)
    return Choices(list(sectors.distinct()), intake.feed_names(viewer), sorted(TAXONOMY_OF_TYPE))


def name_organisations(findings: Iterable[Finding], language: str) -> None:
    """Give each finding the name of its organisation (``organisation_name``), all at one look."""
    found = list(findings)
    known = names((one.organisation for one in found), language=language)
    for one in found:
        one.organisation_name = known.get(one.organisation, one.organisation)  # type: ignore[attr-defined]


def events_of(finding: Finding, viewer: Viewer, *, limit: int = 50) -> list[dict[str, Any]]:
    """The latest events of a finding, as IDF with what Tutela knows about each; none for who may not see events."""
    if not viewer.may(Right.SEE_EVENTS):
        return []
    wanted = EventFilter(organisations=[finding.organisation], fingerprint=finding.fingerprint)
    return list(objects(page(query(EventTable(settings.TUTELA.lake_path), wanted), limit=limit)))


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many findings of a severity an organisation has: open, of these overdue, and of these first seen today."""

    organisation: str
    severity: int
    open: int
    overdue: int
    new: int


def open_counts(now: datetime) -> Iterator[OpenCount]:
    """What is open of everybody's, counted; for measuring, which knows no viewer."""
    late = reduce(or_, (Q(severity=level, first_seen__lt=overdue_before(now, level)) for level in range(len(DAYS))))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        Finding.objects.filter(is_open=1)
        .order_by()
        .values("organisation", "severity")
        .annotate(open_=Count("pk"), overdue=Count("pk", filter=late), new=Count("pk", filter=Q(first_seen__gte=today)))
    )
    for one in rows.iterator():
        yield OpenCount(one["organisation"], one["severity"], one["open_"], one["overdue"], one["new"])


def paces(day: date) -> Iterator[tuple[str, str, float]]:
    """Whose finding, what was waited for, and how many seconds since it was open, of each such step of a day (UTC).

    For measuring, which knows no viewer.
    """
    begin = datetime.combine(day, time.min, UTC)
    steps = Step.objects.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    rows = steps.filter(act__in=[act.value for act in ACTS]).values_list("finding__organisation", "act", "at", "opened")
    for organisation, act, at, opened in rows.iterator():
        if opened is not None:  # a step from before this was written down
            yield organisation, act, (at - opened).total_seconds()


def organisations_to_tell() -> list[str]:
    """Ids of the organisations that have findings of which nobody was told yet; for telling, which knows no viewer."""
    return list(_untold().order_by("organisation").values_list("organisation", flat=True).distinct())


def to_tell(organisation: str) -> QuerySet[Finding]:
    """The findings of an organisation of which nobody was told since they are open, the worst first; as above."""
    return _untold().filter(organisation=organisation).order_by("-severity", "first_seen", "id")


def untold_among(findings: Sequence[UUID]) -> int:
    """Of how many of these findings nobody was told since they are open; as above."""
    parts = (findings[start : start + 5_000] for start in range(0, len(findings), 5_000))
    return sum(_untold().filter(pk__in=part).count() for part in parts)


def _untold() -> QuerySet[Finding]:
    return Finding.objects.filter(state__in=[state.value for state in transition(Act.NOTIFY).before])


def possible_acts(finding: Finding, viewer: Viewer) -> list[Act]:
    """The steps that the viewer can take with a finding now."""
    return [row.act for row in possible(State(finding.state)) if viewer.may(RIGHT_TO[row.act])]


def life_of(finding: Finding) -> list[Step]:
    """The steps of a finding that the caller was allowed to see, the first first."""
    return list(finding.steps.order_by("at", "id"))


def step_of(finding: Finding, entry: int | None = None) -> Step | None:
    """The step of a finding that an entry of the ledger speaks of; without a number the last that one speaks of."""
    steps = finding.steps.filter(entry__isnull=False) if entry is None else finding.steps.filter(entry=entry)
    return steps.select_related("finding").order_by("-at", "-entry").first()


def statement_of(step: Step) -> Statement:
    """What the ledger commits to of a step that the caller was allowed to see."""
    return Statement(
        finding=step.finding_id,
        fingerprint=step.finding.fingerprint,
        asset=step.finding.asset_key,
        act=step.act,
        before=step.before,
        after=step.after,
        at=step.at,
        opened=step.opened,
        evidence=step.evidence,
    )


def receipt_of(step: Step) -> str:
    """The receipt of the entry that holds a step; empty where there is none."""
    return ledger.receipt_or_nothing(step.entry)


def _proof_of_closure(finding: Finding) -> list[tuple[str, Word]]:
    """The reports that proved a closed finding gone; nothing for one that is not closed."""
    if finding.state != State.CLOSED.value:
        return []
    step = finding.steps.filter(act=Act.CLOSE.value).order_by("-at").first()
    return [(entry["report"], Word(entry["says"])) for entry in step.evidence] if step else []


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the reports say about a finding now: the verdict, and the reports with their words, the latest first."""

    verdict: Verdict
    reports: list[tuple[Report, Word]]
    is_snapshot: bool


def outlook(finding: Finding) -> Outlook:
    """What would prove a finding closed, and what each report since it was last shown says."""
    evidence = intake.evidence(finding.last_observer, since=finding.last_reported)
    verdict = reviewing.verdict(finding, evidence)
    words = _proof_of_closure(finding) or verdict.words
    known = intake.reports_by([report for report, _ in words])
    pairs = [(known[UUID(report)], word) for report, word in words if UUID(report) in known]
    return Outlook(verdict, list(reversed(pairs)), evidence.is_snapshot)
