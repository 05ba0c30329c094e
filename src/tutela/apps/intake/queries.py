"""What may be asked of what came in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson
from django.db.models import Count, Max, Min, Q, Sum

from tutela.apps.intake.models import Collection, Load, Report
from tutela.core.feeds.definition import Covers
from tutela.core.findings.proof import Look, stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from tutela.core.actor import Viewer


def unfinished_loads() -> list[Load]:
    """Loads that were received and not settled, oldest first."""
    return list(Load.objects.filter(state=Load.State.RECEIVED).order_by("created", "id"))


def settled_loads(identifiers: Sequence[UUID]) -> set[UUID]:
    """Which of these loads are settled."""
    return set(Load.objects.filter(pk__in=identifiers, state=Load.State.SETTLED).values_list("pk", flat=True))


def load_of(identifier: UUID) -> Load:
    """One load."""
    return Load.objects.get(pk=identifier)


def reports_of(load: Load) -> list[Report]:
    """The reports of one load, in their order; of a replay, the report whose quarantine is read again."""
    if load.replay_of is not None:
        return [load.replay_of]
    return list(Report.objects.filter(load=load).order_by("position"))


def feeds_of(load: Load) -> set[str]:
    """The feeds whose reports a load reads."""
    return {report.feed for report in reports_of(load)}


def is_read_whole(load: Load, report: Report) -> bool:
    """Whether a load reads all rows of its report: the first time, and in a replay when the format was changed.

    What a format leaves out has no row number, so with another format the numbers in quarantine mean other rows.
    """
    if load.replay_of is None:
        return True
    before, now = (orjson.loads(text)["format"] for text in (report.definition, load.definition))
    return bool(before != now)


def collections() -> dict[str, Collection]:
    """How each collector does that ever had a turn, by name; it holds nothing of any organisation."""
    return {one.name: one for one in Collection.objects.order_by("name")}


def reports_for(viewer: Viewer) -> QuerySet[Report]:
    """All reports; only the authority itself sees them, since a report concerns many organisations."""
    reports = Report.objects.order_by("-received", "load", "position")
    return reports if viewer.organisations is None else reports.none()


def report_by(prefix: str, viewer: Viewer) -> Report | None:
    """The one report whose content hash begins with ``prefix``; None where there is none or more than one."""
    found = list(reports_for(viewer).filter(content__startswith=prefix.lower())[:2])
    return found[0] if len(found) == 1 else None


_LOOKED_BACK: Final = timedelta(days=90)
_ENOUGH: Final = 3
"""Reports from which a rhythm can be told."""
_LATE, _SILENT = 2, 5
"""So many times its usual pause a feed has been quiet when it is late, and when it is silent."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How a feed does: its reports of the last 90 days, and its rhythm."""

    name: str
    reports: int
    events: int
    new: int
    quarantined: int
    not_whole: int
    first: datetime
    last: datetime
    now: datetime

    @property
    def pause(self) -> timedelta | None:
        """The mean time between two reports; None where there are too few to tell."""
        return (self.last - self.first) / (self.reports - 1) if self.reports >= _ENOUGH else None

    @property
    def rhythm(self) -> str:
        """``on-time``, ``late`` or ``silent``; ``unknown`` where too few reports came in to tell."""
        pause = self.pause
        if not pause:
            return "unknown"
        quiet = self.now - self.last
        return "silent" if quiet > _SILENT * pause else "late" if quiet > _LATE * pause else "on-time"


def feed_names(viewer: Viewer) -> list[str]:
    """The names of the feeds of which a report ever came in."""
    return sorted(reports_for(viewer).order_by().values_list("feed", flat=True).distinct())


def feeds_for(viewer: Viewer, now: datetime) -> list[Feed]:
    """Every feed with a report in the last 90 days, by name."""
    counted = (
        reports_for(viewer)
        .order_by()
        .filter(received__gte=now - _LOOKED_BACK)
        .values("feed")
        .annotate(
            reports=Count("pk"),
            sum_events=Sum("events"),
            sum_new=Sum("new"),
            sum_quarantined=Sum("quarantined"),
            not_whole=Count("pk", filter=Q(whole=False)),
            first=Min("received"),
            last=Max("received"),
        )
        .order_by("feed")
    )
    return [
        Feed(
            one["feed"],
            one["reports"],
            one["sum_events"],
            one["sum_new"],
            one["sum_quarantined"],
            one["not_whole"],
            one["first"],
            one["last"],
            now,
        )
        for one in counted
    ]


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports; ``trouble`` is ``quarantined``, ``not-whole`` or ``failed``."""

    feed: str = ""
    trouble: str = ""
    name: str = ""


def reports_like(viewer: Viewer, wanted: ReportFilter) -> QuerySet[Report]:
    """The reports that ``wanted`` describes."""
    found = reports_for(viewer)
    if wanted.feed:
        found = found.filter(feed=wanted.feed)
    if wanted.name:
        found = found.filter(file_name__icontains=wanted.name)
    troubles = {
        "quarantined": Q(quarantined__gt=0),
        "not-whole": Q(whole=False),
        "failed": Q(state=Report.State.FAILED),
    }
    return found.filter(troubles.get(wanted.trouble, Q()))


def received_before(moment: datetime) -> list[Report]:
    """Settled reports that were received before ``moment``; for retention, which knows no viewer."""
    return list(Report.objects.filter(received__lt=moment).exclude(state=Report.State.RECEIVED))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The reports of a feed as evidence, the earliest first, and how many it takes without a claim."""

    looks: list[Look]
    gone_after: int
    is_snapshot: bool
    scopes: dict[str, Covers]


def reports_by(identifiers: Sequence[str]) -> dict[UUID, Report]:
    """Reports by id; for what names them as its proof, to whoever may see that."""
    return Report.objects.in_bulk(list(identifiers))


_MOST_LOOKS: Final = 500


_DECIDING: Final = (
    "format each settings columns expand skip fields rest constants required strict keep_invalid finding recognise"
).split()


@lru_cache(maxsize=512)
def reading_of(definition: str) -> str:
    """A hash of what decides which findings a report shows: the parts of its definition that say how it is read."""
    parts = orjson.loads(definition)
    wanted = {name: parts[name] for name in _DECIDING if name in parts}
    return hashlib.sha256(orjson.dumps(wanted, option=orjson.OPT_SORT_KEYS)).hexdigest()


@lru_cache(maxsize=512)
def _is_piece(definition: str) -> bool:
    return bool(orjson.loads(definition).get("pieces"))


def last_received(feed: str) -> datetime | None:
    """When the last report of a feed came in."""
    return Report.objects.filter(feed=feed).order_by("-received").values_list("received", flat=True).first()


def evidence(feed: str, *, since: datetime | None = None) -> Evidence:
    """What the latest reports of a feed (since ``since``) can prove; for whoever may see the finding they speak of."""
    settled = Report.objects.filter(feed=feed).exclude(state=Report.State.RECEIVED).select_related("load")
    settled = settled if since is None else settled.filter(received__gte=since)
    reports = list(settled.order_by("-received")[:_MOST_LOOKS])
    looks = [
        Look(
            report=str(report.pk),
            feed=feed,
            stream=stream(report.file_name),
            received=report.received,
            newest=report.period_last,
            events=report.events,
            quarantined=report.quarantined,
            whole=bool(report.whole),
            failed=report.state == Report.State.FAILED,
            reading=reading_of(report.definition),
            snapshot=report.load.snapshot,
            is_piece=_is_piece(report.definition),
        )
        for report in reversed(reports)
    ]
    definition = orjson.loads(reports[0].definition) if reports else {}
    scopes = {str(report.pk): Covers.model_validate_json(report.scope) for report in reports if report.scope}
    return Evidence(looks, int(definition.get("gone_after", 1)), bool(definition.get("snapshot")), scopes)
