"""What may be asked of what came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from tutela.apps.intake.models import Load, Report

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


def is_read_whole(load: Load, report: Report) -> bool:
    """Whether a load reads all rows of its report: the first time, and in a replay when the format was changed.

    What a format leaves out has no row number, so with another format the numbers in quarantine mean other rows.
    """
    if load.replay_of is None:
        return True
    before, now = (orjson.loads(text)["format"] for text in (report.definition, load.definition))
    return bool(before != now)


def reports_for(viewer: Viewer) -> QuerySet[Report]:
    """All reports; only the authority itself sees them, since a report concerns many organisations."""
    reports = Report.objects.order_by("-received", "load", "position")
    return reports if viewer.organisations is None else reports.none()


def report_by(prefix: str, viewer: Viewer) -> Report | None:
    """The one report whose content hash begins with ``prefix``; None where there is none or more than one."""
    found = list(reports_for(viewer).filter(content__startswith=prefix.lower())[:2])
    return found[0] if len(found) == 1 else None


def received_before(moment: datetime) -> list[Report]:
    """Settled reports that were received before ``moment``; for retention, which knows no viewer."""
    return list(Report.objects.filter(received__lt=moment).exclude(state=Report.State.RECEIVED))
