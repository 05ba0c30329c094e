"""Quarantined rows of a report, read again after the feed was mended."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tutela.apps.constituency import queries as constituency
from tutela.apps.intake import actions as intake
from tutela.engine.catalogue import Catalogue
from tutela.engine.pool import Pool
from tutela.flow.ingest import finish, take_over

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.apps.intake.models import Report
    from tutela.config.environment import Environment
    from tutela.core.actor import Actor, Basis


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: rows in quarantine before, rows read now, new events, rows that stay."""

    file: str
    feed: str
    before: int
    read: int
    new: int
    quarantined: int

    def as_dict(self) -> dict[str, Any]:
        """The same for printing."""
        return asdict(self)


def replay(report: Report, *, environment: Environment, now: datetime, by: Actor, basis: Basis) -> Replayed:
    """Read the quarantined rows of a report again with the definition of its feed as it is now."""
    with Pool(environment.worker_count) as pool:
        take_over(environment=environment, pool=pool, now=now, by=by, basis=basis)
        report.refresh_from_db()
        before, new = report.quarantined, report.new
        definition = Catalogue(environment.home).get(report.feed)
        load = intake.begin_replay(
            report=report,
            definition=definition.model_dump_json(by_alias=True),
            snapshot=constituency.current_snapshot(environment.home).id,
            now=now,
            by=by,
            basis=basis,
        )
        finish(load.id, environment=environment, pool=pool, now=now, by=by, basis=basis)
    report.refresh_from_db()
    return Replayed(
        file=report.file_name,
        feed=report.feed,
        before=before,
        read=before - report.quarantined,
        new=report.new - new,
        quarantined=report.quarantined,
    )
