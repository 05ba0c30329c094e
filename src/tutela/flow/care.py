"""Care of all that is kept: compaction, and expiry with its legal basis.

Nobody else takes stored files away. Who needs them to stay while loads go on, as a backup does, holds ``CARE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction

from tutela.apps.intake import actions as intake
from tutela.apps.intake import queries
from tutela.apps.ledger import actions as ledger
from tutela.core.ledger.canonical import digest
from tutela.flow.locks import exclusive
from tutela.lake import maintenance
from tutela.lake.archive import Archive
from tutela.lake.quarantine import Quarantine
from tutela.lake.table import EventTable

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis

CARE: Final = "care.lock"
"""Taken before ``lake.lock`` where both are held."""


@dataclass(frozen=True, slots=True)
class Expired:
    """What was taken out, or would be."""

    events: int
    reports: int
    dry_run: bool


def compact(*, environment: Environment) -> maintenance.Care:
    """Put small files of the lake together."""
    with exclusive(environment.home / CARE), exclusive(environment.home / "lake.lock"):
        return maintenance.compact(EventTable(environment.lake_path))


def expire(
    *, before: datetime, dry_run: bool, environment: Environment, now: datetime, by: Actor, basis: Basis
) -> Expired:
    """Take out events that happened before ``before``, and the bytes and quarantine of reports received before it.

    The files go first and the entry follows: killed between the two, the next run finds what is left and writes it.
    """
    archive, quarantine = Archive(environment.home), Quarantine(environment.home)
    with exclusive(environment.home / CARE), exclusive(environment.home / "lake.lock"):
        old = [report for report in queries.received_before(before) if archive.holds(report.content)]
        care = maintenance.expire(EventTable(environment.lake_path), before=before, dry_run=dry_run)
        done = Expired(care.events_removed, len(old), dry_run)
        if dry_run or not (old or care.events_removed):
            return done
        quarantine.replace({str(report.id): [] for report in old})
        with transaction.atomic():
            intake.forget_quarantine(reports=old)
            ledger.record(
                action="lake.expire",
                object_type="retention",
                object_hash=digest({"before": before.isoformat()}),
                details={"events": done.events, "reports": done.reports},
                by=by,
                basis=basis,
                time=now,
            )
        for report in old:
            archive.remove(report.content)
    return done
