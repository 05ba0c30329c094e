"""Who waits for an answer of the authority, each organisation in an incident for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.apps.incidents.models import Incident


def let_wait(incident: Incident, organisation: str, now: datetime) -> None:
    """An organisation said something: it waits from now on, or goes on waiting."""
    incident.organisations.filter(organisation=organisation, waiting=None).update(waiting=now)


def answer(incident: Incident, *, organisation: str = "", part: str = "") -> None:
    """Something was written for one organisation, or for those of a part: who can read it waits no more."""
    read = Q(organisation=organisation) if organisation else Q(part=part)
    incident.organisations.filter(read, shared__isnull=False).update(waiting=None)


def take_over(source: Incident, target: Incident) -> None:
    """Who waits in an incident that goes on in another waits there, since when they began to."""
    for one in source.organisations.filter(waiting__isnull=False):
        later = Q(waiting=None) | Q(waiting__gt=one.waiting)
        target.organisations.filter(later, organisation=one.organisation).update(waiting=one.waiting)
    end(source)


def end(incident: Incident) -> None:
    """Nobody waits any more: the case is over, or goes on elsewhere."""
    incident.organisations.update(waiting=None)
