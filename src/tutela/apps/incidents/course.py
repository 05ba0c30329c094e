"""The course of an incident: how an entry is added to it, and how what was done is recorded."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from tutela.apps.incidents.models import Entry, Incident, LinkedFinding
from tutela.apps.incidents.queries import incidents_for
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import Conflict
from tutela.core.incidents.case import State
from tutela.core.rights import Right
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.apps.findings.models import Finding
    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.incidents.case import Act

_TRIES = 20


def number(incident: Incident) -> None:
    """Store a new incident under the next number of its year; others may take numbers at the same time."""
    for _ in range(_TRIES):
        last = Incident.objects.filter(year=incident.year).aggregate(last=Max("sequence"))["last"] or 0
        incident.sequence = last + 1
        try:
            with transaction.atomic():
                incident.save(force_insert=True)
        except IntegrityError:
            continue
        return
    raise Conflict("no number is free for it.", remedy="Try again.")


def taken(incident: UUID, viewer: Viewer, *states: State, right: Right = Right.CHANGE_INCIDENTS) -> Incident:
    """An incident for somebody who has this right, locked until the transaction ends.

    It must be in one of these states: open, where none is said. Raises NotAllowed, Conflict.
    """
    allow(viewer, right)
    found = incidents_for(viewer).select_for_update().filter(pk=incident).first()
    if found is None:
        raise Conflict("there is no such incident.")
    if found.state not in (states or (State.OPEN,)):
        raise Conflict(f"the incident is {found.state}.", where=found.reference, remedy="Look at it anew.")
    return found


def enter(  # noqa: PLR0913 - an entry, and for whom it is
    incident: Incident,
    act: Act,
    by: Actor,
    now: datetime,
    *,
    text: str = "",
    audience: str = "",
    organisation: str = "",
    data: Mapping[str, Any] | None = None,
) -> Entry:
    """Add an entry to the timeline of an incident that is `taken`, and keep what changed of the incident itself."""
    last = incident.entries.aggregate(last=Max("sequence"))["last"] or 0
    incident.changed = now
    incident.save()
    return Entry.objects.create(
        incident=incident,
        sequence=last + 1,
        at=now,
        act=act.value,
        actor_kind=by.kind,
        actor_name=by.name,
        text=text.strip(),
        data=dict(data or {}),
        audience=audience,
        organisation=organisation,
    )


def record(entry: Entry, by: Actor, basis: Basis, now: datetime) -> None:
    """The entry in the ledger: which incident and what was done, and of the text only its hash."""
    said = f"{entry.incident_id.hex}\n{entry.pk.hex}\n{entry.text}"
    ledger.record(
        action=f"incidents.{entry.act}",
        object_type="incident-entry",
        object_hash=hashlib.sha256(said.encode()).hexdigest(),
        details={"incident": entry.incident.reference},
        by=by,
        basis=basis,
        time=now,
    )


def add_findings(incident: Incident, found: Sequence[Finding]) -> int:
    """Link findings that are not linked yet; says how many they were."""
    before = set(incident.findings.values_list("finding", flat=True))
    new = [one.pk for one in found if one.pk not in before]
    LinkedFinding.objects.bulk_create([LinkedFinding(incident=incident, finding=key) for key in new], batch_size=1_000)
    return len(new)


def take_findings(incident: Incident, findings: Iterable[UUID]) -> list[UUID]:
    """Unlink findings; says which were linked."""
    links = incident.findings.filter(finding__in=list(findings))
    gone = list(links.values_list("finding", flat=True))
    links.delete()
    return gone
