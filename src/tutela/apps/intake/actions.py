"""Changes to what came in: receive reports, settle loads, write down how collectors do."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tutela.apps.intake.models import Collection, Load, Report
from tutela.apps.intake.queries import is_read_whole, reports_of
from tutela.apps.ledger import actions as ledger
from tutela.apps.ledger.actions import Act
from tutela.lake.sent import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tutela.core.actor import Actor, Basis


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report in the archive, and the feed that reads it."""

    content: str
    size: int
    file_name: str
    feed: str
    definition: str
    scope: str = ""


@dataclass(slots=True)
class Tally:
    """What became of the rows of one report: ``rows`` = ``read`` (gave events) + ``skipped`` + ``quarantined``."""

    rows: int = 0
    read: int = 0
    skipped: int = 0
    quarantined: int = 0
    events: int = 0
    new: int = 0
    invalid: int = 0
    whole: bool = True
    period_first: datetime | None = None
    period_last: datetime | None = None
    problems: list[str] = field(default_factory=list)
    failed: bool = False

    @property
    def unaccounted(self) -> int:
        """Rows of which nobody knows what became of them: none, or there is a fault in Tutela."""
        return self.rows - self.read - self.skipped - self.quarantined


@dataclass(frozen=True, slots=True)
class Again:
    """A report that is here already, and the name under which it came this time."""

    file_name: str
    report: Report


@transaction.atomic
def send(*, lines: bytes, events: int, now: datetime, by: Actor, basis: Basis) -> str:
    """Lay down events that another system sent, one JSON object a line; the worker takes them in.

    Gives the SHA-256 of the lines. Raises Unavailable where too much waits already.
    """
    content = Sent(settings.TUTELA.home).lay_down(lines)
    ledger.record(
        action="intake.send",
        object_type="events",
        object_hash=content,
        details={"events": events},
        by=by,
        basis=basis,
        time=now,
    )
    return content


@transaction.atomic
def receive(
    *, arrivals: Sequence[Arrival], snapshot: str, now: datetime, by: Actor, basis: Basis
) -> tuple[Load | None, list[Again]]:
    """Write down a load of reports that are new, and return it with the deliveries of what is known already.

    What comes twice in one load is known the second time.
    """
    load: Load | None = None
    known: list[Again] = []
    new: dict[tuple[str, str], Report] = {}
    for arrival in arrivals:
        key = (arrival.content, arrival.feed)
        report = new.get(key) or Report.objects.filter(content=arrival.content, feed=arrival.feed).first()
        if report is not None:
            known.append(Again(arrival.file_name, report))
            continue
        load = load or Load.objects.create(snapshot=snapshot, created=now, actor=str(by))
        new[key] = Report.objects.create(
            load=load,
            position=len(new),
            received=now,
            content=arrival.content,
            size=arrival.size,
            file_name=arrival.file_name,
            feed=arrival.feed,
            definition=arrival.definition,
            scope=arrival.scope,
        )
    _ = basis  # the entry that carries it is written when the load is settled: until then nothing has changed
    return load, known


@transaction.atomic
def begin_replay(*, report: Report, definition: str, snapshot: str, now: datetime, by: Actor, basis: Basis) -> Load:
    """Write down a load that reads the quarantined rows of a report again, with the mended definition."""
    _ = basis  # as in receive
    return Load.objects.create(snapshot=snapshot, created=now, actor=str(by), replay_of=report, definition=definition)


def settle(*, load: Load, tallies: Mapping[str, Tally], now: datetime, by: Actor, basis: Basis) -> None:
    """Write down what became of the reports of a load (keys: ids as text), with one ledger entry each.

    Must run in the transaction that also merges the findings: all of it is stored, or nothing.
    """
    action = "intake.ingest" if load.replay_of is None else "intake.replay"
    acts = []
    for report in reports_of(load):
        tally = tallies[str(report.id)]
        if load.replay_of is None:
            _apply(report, tally)
        else:
            _apply_replay(report, tally, load)
        acts.append(
            Act(action, "report", report.content, _details(report, tally, load.definition or report.definition))
        )
    load.state = Load.State.SETTLED
    load.settled = now
    load.save(update_fields=["state", "settled"])
    ledger.record_many(acts, by=by, basis=basis, time=now)  # last: from here to the commit nobody else can record


def _details(report: Report, tally: Tally, definition: str) -> dict[str, int | str]:
    return {
        "feed": report.feed,
        "definition": hashlib.sha256(definition.encode()).hexdigest(),  # what was read by which rules can be proven
        "rows": tally.rows,
        "read": tally.read,
        "events": tally.events,
        "new": tally.new,
        "skipped": tally.skipped,
        "quarantined": tally.quarantined,
        "failed": int(tally.failed),
    }


def _apply_replay(report: Report, tally: Tally, load: Load) -> None:
    """Rows that could be read now leave the quarantine; with the last of them the report is whole.

    A row that the mended feed does not find any more (it is a comment now) is skipped by rule, as far as counts go.
    """
    if tally.failed:  # nothing was read: rows, counts and definition stay as they were
        report.problems = [*report.problems, *tally.problems]
        report.save(update_fields=["problems"])
        return
    if is_read_whole(load, report):
        _count(report, tally)
        report.new = min(report.new + tally.new, tally.events)
    else:
        report.read += tally.read
        report.skipped += tally.skipped + report.quarantined - tally.rows
        report.quarantined = tally.quarantined
        report.events += tally.events
        report.new += tally.new
        report.invalid += tally.invalid
    report.duplicate = report.events - report.new
    report.whole = tally.whole
    report.definition = load.definition
    report.save()


def _apply(report: Report, tally: Tally) -> None:
    _count(report, tally)
    report.state = Report.State.FAILED if tally.failed else Report.State.SETTLED
    report.new = tally.new
    report.duplicate = tally.events - tally.new
    report.whole = tally.whole
    report.period_first = tally.period_first
    report.period_last = tally.period_last
    report.problems = tally.problems
    report.save()


def _count(report: Report, tally: Tally) -> None:
    """What a reading of the whole report found."""
    report.rows = tally.rows
    report.read = tally.read
    report.skipped = tally.skipped
    report.quarantined = tally.quarantined
    report.events = tally.events
    report.invalid = tally.invalid


def forget_quarantine(*, reports: Sequence[Report]) -> None:
    """Say that these reports have no rows in quarantine any more; part of the action that expires them."""
    Report.objects.filter(pk__in=[report.pk for report in reports]).update(quarantined=0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round of a collector found. ``source`` to ``content`` are of what was fetched last, also before."""

    next_due: datetime
    failures: int = 0
    error: str = ""
    source: str = ""
    etag: str = ""
    last_modified: str = ""
    content: str = ""


@transaction.atomic
def begin_collection(
    *, name: str, until: datetime, at_once: bool, now: datetime, by: Actor, basis: Basis
) -> Collection | None:
    """Lease a collector that is due (or ``at_once``) to one round; None where it is not, or another round is at it.

    Whoever dies holds it until ``until``.
    """
    _ = by, basis  # that nothing came in is no entry; what comes in has the one of its ingest
    Collection.objects.get_or_create(name=name)
    free = Collection.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), name=name)
    if not at_once:
        free = free.filter(Q(next_due=None) | Q(next_due__lte=now))
    leased = free.update(lease=uuid4(), leased_until=until, last_attempt=now)
    return Collection.objects.get(name=name) if leased else None


@transaction.atomic
def end_collection(*, collection: Collection, outcome: Outcome, now: datetime, by: Actor, basis: Basis) -> bool:
    """Write down what a round found; False where it took so long that another one has the lease now."""
    _ = by, basis  # as in begin_collection
    mine = Collection.objects.filter(name=collection.name, lease=collection.lease)
    success = {} if outcome.failures else {"last_success": now}
    return bool(mine.update(lease=None, leased_until=None, **asdict(outcome), **success))
