"""What may be asked of notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.core import signing
from django.db.models import Count

from tutela.apps.constituency.queries import organisations_below, organisations_for
from tutela.apps.ledger import queries as ledger
from tutela.apps.notices import files, keys, planning
from tutela.apps.notices.models import Notice, Told
from tutela.core.findings.life import Act

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta
    from pathlib import Path
    from uuid import UUID

    from django.db.models import QuerySet

    from tutela.apps.constituency.queries import Reach
    from tutela.apps.notices.planning import Group
    from tutela.core.actor import Viewer
    from tutela.core.notices.rules import Rules

_SALT: Final = "tutela.notices.answer"
ANSWERS: Final = (Act.ACKNOWLEDGE, Act.CLAIM)
"""What can be answered by a link."""


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices: every part that is given must hold."""

    below: str | None = None
    state: str | None = None


def notices_for(viewer: Viewer, wanted: NoticeFilter | None = None) -> QuerySet[Notice]:
    """The notices about findings of organisations that the viewer may see, the latest first."""
    wanted = wanted or NoticeFilter()
    found = Notice.objects.order_by("-created", "id")
    if viewer.organisations is not None:
        found = found.filter(organisation__in=organisations_for(viewer).values("global_id"))
    if wanted.below is not None:
        found = found.filter(organisation__in=organisations_below(viewer, wanted.below))
    if wanted.state is not None:
        found = found.filter(state=wanted.state)
    return found


def states(viewer: Viewer) -> dict[str, int]:
    """How many notices there are of each state, of those that the viewer may see."""
    counted = dict(notices_for(viewer).order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: counted.get(state.value, 0) for state in Notice.State}


def findings_of(notice: Notice) -> list[UUID]:
    """Ids of the findings that a notice the caller was allowed to see speaks of."""
    return list(Told.objects.filter(notice=notice).values_list("finding", flat=True))


def receipt_of(notice: Notice) -> str:
    """The receipt of what a notice tells; empty where there is none."""
    return ledger.receipt_or_nothing(notice.entry)


def preview(
    home: Path, viewer: Viewer, now: datetime, *, below: str | None = None
) -> Iterator[tuple[Reach, list[Group]]]:
    """Who would be told what from now on, and why each other contact would not; nothing is written or sent."""
    visible = None
    if below is not None:
        visible = organisations_below(viewer, below)
    elif viewer.organisations is not None:
        visible = list(organisations_for(viewer).values_list("global_id", flat=True))
    yield from planning.plan(files.rules_of(home), now, visible)


def rules_in_force(home: Path, file: Path | None = None) -> Rules:
    """The rules of the installation, else those that ship, or those in a file; raises DefinitionErrors, BadInput."""
    return files.rules_of(home) if file is None else files.rules_at(file)


def own_keys(openpgp: Path | None, smime: Path | None, now: datetime) -> keys.Keys:
    """The keys of these files, with which notices are signed; raises WrongUse where one cannot be used."""
    return keys.load(openpgp, smime, now)


def answer_token(notice: UUID, act: Act) -> str:
    """What a link in a notice ends with: which notice, and the one step that it is good for, signed."""
    return signing.dumps({"notice": notice.hex, "act": act.value}, salt=_SALT)


def answer_of(token: str, lifetime: timedelta) -> tuple[Notice, Act] | None:
    """What a link asks for; None where it is forged, over its time, or its notice cannot be answered by a link."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=lifetime)
        act = Act(said["act"])
        notice = Notice.objects.filter(pk=said["notice"], answers="link").first()
    except (signing.BadSignature, KeyError, ValueError, TypeError):
        return None
    return (notice, act) if notice is not None and act in ANSWERS else None
