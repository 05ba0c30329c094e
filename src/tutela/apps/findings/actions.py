"""Changes to findings."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.db import connection, transaction

from tutela.apps.findings import reviewing
from tutela.apps.findings.models import Finding, Step
from tutela.apps.findings.queries import RIGHT_TO, findings_for, statement_of
from tutela.apps.intake import queries as intake
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import Conflict, WrongUse
from tutela.core.findings.fingerprint import RECIPE
from tutela.core.findings.fold import DESCRIBING
from tutela.core.findings.life import Act, State, advance, transition
from tutela.core.netspace.addresses import numbers
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from tutela.apps.findings.reviewing import Due
    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.findings.life import Transition

_IN_ENTRY: Final = 250
"""Steps in one entry of the ledger, so that a receipt of one of them stays small."""

_BATCH: Final = 5_000

_COLUMNS: Final = (
    "id organisation fingerprint recipe observer_kind asset_first observer asset_type asset_key "
    "classification_taxonomy classification_type classification_identifier malware_name vulnerabilities severity tlp "
    "first_seen last_seen last_reported last_observer events state changed opened"
).split()

_FIRST_OF_BOTH: Final = (
    "observer classification_taxonomy classification_type classification_identifier malware_name vulnerabilities"
).split()


def _least(column: str) -> str:
    """Of two texts the one that sorts first, so that the order in which loads are settled never matters."""
    stored, given = f"findings_finding.{column}", f"excluded.{column}"
    return (
        f"{column} = CASE WHEN {stored} = '' OR ({given} <> '' AND {given} < {stored}) THEN {given} ELSE {stored} END"
    )


def _bound(column: str, order: str) -> str:
    """Of two values the lesser or the greater; SQLite and PostgreSQL have no common function for it."""
    stored, given = f"findings_finding.{column}", f"excluded.{column}"
    return f"{column} = CASE WHEN {given} {order} {stored} THEN {given} ELSE {stored} END"


_LATEST_OBSERVER: Final = (
    "last_observer = CASE WHEN excluded.last_reported > findings_finding.last_reported "
    "THEN excluded.last_observer ELSE findings_finding.last_observer END"
)

# One statement for SQLite and PostgreSQL; Django's own upsert cannot add to a stored count.
_CHANGES: Final = ", ".join(
    [
        _bound("first_seen", "<"),
        _bound("last_seen", ">"),
        _bound("severity", ">"),
        _bound("tlp", ">"),
        _bound("last_reported", ">"),
        _LATEST_OBSERVER,
        *map(_least, _FIRST_OF_BOTH),
        "events = findings_finding.events + excluded.events",
    ]
)
_MERGE: Final = (
    f"INSERT INTO findings_finding ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))}) "  # noqa: S608 - names of columns only
    f"ON CONFLICT (organisation, fingerprint) DO UPDATE SET {_CHANGES}"
)


def merge_folds(folds: pl.DataFrame) -> int:
    """Merge rows of ``FOLD_SCHEMA`` into the findings; part of the load's action, which writes the ledger entry.

    Must run inside the transaction that settles the load: merging the same fold twice would count twice.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("merge_folds belongs inside the transaction that settles the load")
    with connection.cursor() as cursor:
        for part in folds.iter_slices(_BATCH):
            cursor.executemany(_MERGE, list(_parameters(part)))
    return folds.height


def _parameters(folds: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """One tuple of column values for each row of the fold, in the order of ``_COLUMNS``, as the database takes them.

    Whole columns are made ready at once: Django's own conversion, value by value, costs more than the insertion.
    """
    texts = [folds[name].fill_null("").to_list() for name in DESCRIBING]
    return zip(
        _random_keys(folds.height),
        folds["organisation"].to_list(),
        _keys(folds["fingerprint"].to_list()),
        repeat(RECIPE),
        repeat("feed"),
        _places(folds),
        *texts,
        folds["severity"].to_list(),
        folds["tlp"].to_list(),
        _moments(folds["first_seen"]),
        _moments(folds["last_seen"]),
        _moments(folds["last_reported"]),
        folds["last_observer"].to_list(),
        folds["events"].to_list(),
        repeat(State.NEW.value),
        *repeat(_moments(folds["last_reported"]), 2),
        strict=False,
    )


def _random_keys(count: int) -> list[Any]:
    """Random UUIDs (RFC 9562, version 4), drawn at once: one by one takes half as long as storing the findings."""
    drawn = os.urandom(16 * count).hex()
    texts = [
        f"{drawn[at : at + 12]}4{drawn[at + 13 : at + 16]}a{drawn[at + 17 : at + 32]}"
        for at in range(0, len(drawn), 32)
    ]
    return [uuid.UUID(text) for text in texts] if connection.vendor == "postgresql" else texts


def _places(folds: pl.DataFrame) -> list[str | None]:
    """Where addresses are on the line of 128 bits, as text that sorts as they do; nothing for other assets."""
    addresses = pl.when(pl.col("asset_type") == "address").then("asset_key")
    places = numbers(folds.select(addresses).to_series())
    return [None if place is None else f"{place:032x}" for place in places.to_list()]


def _keys(values: Iterable[int]) -> list[Any]:
    """128-bit numbers as the database in use keeps UUIDs."""
    if connection.vendor == "postgresql":
        return [uuid.UUID(int=value) for value in values]
    return [f"{value:032x}" for value in values]


def _moments(times: pl.Series) -> list[Any]:
    """UTC times as the database in use keeps them; SQLite as text, which Django writes without a fraction of zero."""
    if connection.vendor == "postgresql":
        return times.to_list()
    return times.dt.to_string("%Y-%m-%d %H:%M:%S%.6f").str.strip_suffix(".000000").to_list()


def replace_folds(folds: pl.DataFrame, fingerprints: Sequence[int]) -> None:
    """Make the findings of these fingerprints exactly what ``folds`` says; part of the action that re-attributes.

    Where a condition as a whole went from one organisation to another, its finding moves with its id and its life.
    What is already known of *last seen* stays where it is later: a sighting leaves no event.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("replace_folds belongs inside the transaction of its action")
    wanted: dict[uuid.UUID, set[str]] = {}
    seen_last: dict[uuid.UUID, datetime] = {}
    for organisation, fingerprint in folds.select("organisation", "fingerprint").iter_rows():
        wanted.setdefault(uuid.UUID(int=fingerprint), set()).add(organisation)
    for start in range(0, len(fingerprints), _BATCH):
        keys = [uuid.UUID(int=fingerprint) for fingerprint in fingerprints[start : start + _BATCH]]
        existing: dict[uuid.UUID, list[Finding]] = {}
        for finding in Finding.objects.filter(fingerprint__in=keys).order_by("first_seen", "id"):
            existing.setdefault(finding.fingerprint, []).append(finding)
        for key, found in existing.items():
            seen_last[key] = max(finding.last_reported for finding in found)
            _move(found, wanted.get(key, set()))
    merge_folds(folds)
    for start in range(0, len(fingerprints), _BATCH):
        _keep_reported(seen_last, [uuid.UUID(int=one) for one in fingerprints[start : start + _BATCH]])


def _keep_reported(seen_last: dict[uuid.UUID, datetime], keys: Sequence[uuid.UUID]) -> None:
    """What was reported again left no event: a finding that is new for its organisation must not look older."""
    for finding in Finding.objects.filter(fingerprint__in=keys):
        known = seen_last.get(finding.fingerprint)
        if known is not None and finding.last_reported < known:
            finding.last_reported = known
            finding.save(update_fields=["last_reported"])


def _move(existing: list[Finding], wanted: set[str]) -> None:
    """Give findings whose organisation lost the condition to one that gained it; delete those that nobody has now."""
    gained = sorted(wanted - {finding.organisation for finding in existing})
    for finding in existing:
        if finding.organisation not in wanted and not gained:
            finding.delete()
            continue
        if finding.organisation not in wanted:
            finding.organisation = gained.pop(0)
        finding.events = 0
        finding.save(update_fields=["organisation", "events"])


@dataclass(frozen=True, slots=True)
class Done:
    """How many findings took a step, and how many of those asked for could not."""

    done: int
    skipped: int


@transaction.atomic
def perform(  # noqa: PLR0913 - what a person says about a step, and on what ground
    *,
    act: Act,
    findings: Sequence[uuid.UUID],
    viewer: Viewer,
    reason: str = "",
    until: datetime | None = None,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Done:
    """Let a person take a step with findings that they may see; those for which it is not possible are skipped.

    Raises NotAllowed, WrongUse where the step lacks something, Conflict where it is possible for none of them.
    """
    allow(viewer, RIGHT_TO[act])
    if until is not None and until <= now:
        raise WrongUse("the end lies in the past.", remedy="Name a day to come.")
    row = transition(act)
    found = list(findings_for(viewer).filter(pk__in=findings).select_for_update())
    if not found:
        raise Conflict("none of these findings is in your care.")
    able = [finding for finding in found if State(finding.state) in row.before]
    for finding in able or found[:1]:
        advance(State(finding.state), act, reason=reason, has_end=until is not None)
    steps = [_step(finding, row, by, now, reason=reason, until=until) for finding in able]
    _take(steps, now, claimed=now if act is Act.CLAIM else None, until=until)
    _record(steps, by, basis, now)
    return Done(len(able), len(findings) - len(able))


@transaction.atomic
def tell(*, findings: Sequence[uuid.UUID], notice: uuid.UUID, now: datetime, by: Actor, basis: Basis) -> int:
    """Write down that an organisation was told of findings, by the notice that is the evidence; says of how many."""
    row = transition(Act.NOTIFY)
    states = [state.value for state in row.before]
    found: list[Finding] = []
    for start in range(0, len(findings), _BATCH):
        wanted = findings[start : start + _BATCH]
        found += Finding.objects.filter(pk__in=wanted, state__in=states).select_for_update()
    if found:
        steps = [_step(one, row, by, now, evidence=[{"notice": str(notice)}]) for one in found]
        _take(steps, now)
        _record(steps, by, basis, now)
    return len(found)


@transaction.atomic
def review(*, feeds: Iterable[str], now: datetime, by: Actor, basis: Basis) -> dict[Act, int]:
    """Close, with proof, what reports of these feeds show to be gone, and open again what they show to be there."""
    counts: dict[Act, int] = {}
    taken = []
    for feed in sorted(set(feeds)):
        if not reviewing.may_change(feed, now):  # a first report, most often: nothing can be absent from it yet
            continue
        evidence = intake.evidence(feed)
        groups: dict[tuple[Act, datetime | None], list[Due]] = {}
        for one in reviewing.due(feed, evidence):
            at = reviewing.proven_at(one, evidence) if one.act is Act.CLOSE else None
            groups.setdefault((one.act, at), []).append(one)
        for (act, at), found in groups.items():
            row = transition(act)
            steps = [_step(one.finding, row, by, now, evidence=reviewing.proof(one)) for one in found]
            for one, step in zip(found, steps, strict=True):
                advance(State(one.finding.state), act, has_evidence=bool(step.evidence))
            _take(steps, now, closed=at)
            taken.append(steps)
            counts[act] = counts.get(act, 0) + len(found)
    for steps in taken:
        _record(steps, by, basis, now)
    return counts


@transaction.atomic
def expire(*, now: datetime, by: Actor, basis: Basis) -> int:
    """Open again what was set aside as a false positive or an accepted risk until now; says how many."""
    row = transition(Act.EXPIRE)
    found = list(Finding.objects.filter(state__in=[state.value for state in row.before], until__lte=now))
    if found:
        steps = [_step(finding, row, by, now) for finding in found]
        _take(steps, now)
        _record(steps, by, basis, now)
    return len(found)


def _step(
    finding: Finding,
    row: Transition,
    by: Actor,
    now: datetime,
    *,
    reason: str = "",
    until: datetime | None = None,
    evidence: Sequence[dict[str, str]] = (),
) -> Step:
    return Step(
        finding=finding,
        at=now,
        act=row.act.value,
        before=finding.state,
        after=row.after.value,
        actor_kind=by.kind,
        actor_name=by.name,
        reason=reason.strip(),
        until=until,
        opened=finding.opened,
        evidence=list(evidence),
    )


def _take(
    steps: Sequence[Step],
    now: datetime,
    *,
    claimed: datetime | None = None,
    closed: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Write steps that lead to one state, and the state itself."""
    again = {"opened": now} if steps[0].after == State.REOPENED.value else {}
    Step.objects.bulk_create(steps, batch_size=_BATCH)
    keys = [step.finding_id for step in steps]
    for start in range(0, len(keys), _BATCH):
        Finding.objects.filter(pk__in=keys[start : start + _BATCH]).update(
            state=steps[0].after, changed=now, claimed=claimed, closed=closed, until=until, **again
        )


def _record(steps: Sequence[Step], by: Actor, basis: Basis, now: datetime) -> None:
    """One entry for all that took the step together, or for each part of many: what became of each, as hashes.

    It comes last, when all rows are locked: who waits for the ledger while others wait for rows would wait for ever.
    """
    parts = [steps[start : start + _IN_ENTRY] for start in range(0, len(steps), _IN_ENTRY)]
    entries = ledger.record_many(map(_act, parts), by=by, basis=basis, time=now)
    for part, entry in zip(parts, entries, strict=True):
        Step.objects.filter(pk__in=[step.pk for step in part]).update(entry=entry)


def _act(steps: Sequence[Step]) -> ledger.Act:
    ids = sorted(step.finding_id.hex for step in steps)
    hashed = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    said = [statement_of(step).hash() for step in steps]
    return ledger.Act(f"findings.{steps[0].act}", "findings", hashed, {"findings": len(ids), "steps": said})
