"""How much an organisation can send, so that one cannot bury what others say, nor fill the disk.

Each count is made while the transaction holds what everybody else needs for sending one more: the number of the
incident, or the incident itself. So two who send at once are not both the last.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tutela.apps.incidents.models import Entry
from tutela.core.errors import Conflict
from tutela.core.incidents.case import Act

if TYPE_CHECKING:
    from datetime import datetime

    from tutela.apps.incidents.models import Incident
    from tutela.core.actor import Actor

_DAY: Final = timedelta(days=1)
MOST_REPORTS: Final = 20
"""Incidents that an organisation can report in a day: more than any has, and too few to bury the others."""
MOST_SAID: Final = 100
"""Texts, facts and files that one person of an organisation adds to one incident in a day."""
MOST_FILES: Final = 50
"""Files of one organisation in one incident."""
MOST_OWN_FILES: Final = 200
"""Files of the authority alone in one incident."""

_SAID: Final = (Act.WRITE.value, Act.STATE_FACT.value, Act.ATTACH.value)


def check_reports(organisation: str, now: datetime) -> None:
    """Raises Conflict where an organisation reported as many as anybody may in a day, when one more has its number."""
    before = Entry.objects.filter(act=Act.REPORT.value, organisation=organisation, at__gt=now - _DAY)
    if before.count() >= MOST_REPORTS:
        told = f"{MOST_REPORTS} incidents were reported within a day."
        raise Conflict(told, where=organisation, remedy="Write into one of them, or call the authority.")


def check_said(incident: Incident, by: Actor, now: datetime) -> None:
    """Raises Conflict where a person said as much in an incident as can be in a day."""
    said = incident.entries.filter(act__in=_SAID, actor_kind=by.kind, actor_name=by.name, at__gt=now - _DAY)
    if said.count() >= MOST_SAID:
        told = f"you added {MOST_SAID} texts, facts and files within a day."
        raise Conflict(told, where=incident.reference, remedy="Go on tomorrow, or call the authority.")


def check_files(incident: Incident, organisation: str) -> None:
    """Raises Conflict where there are as many files of an organisation, or of the authority alone, as can be."""
    most = MOST_FILES if organisation else MOST_OWN_FILES
    if incident.attachments.filter(organisation=organisation).count() >= most:
        remedy = "Put several into one zip."
        raise Conflict(f"it has {most} files already.", where=incident.reference, remedy=remedy)
