"""What the law asks in a case of the demonstration: one report handed in, others running, questions still open."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tutela.cli.demo_people import ORGANISATION, address
from tutela.core.actor import Actor, Viewer
from tutela.core.incidents.case import Part
from tutela.core.rights import Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from tutela.cli.context import Context

_NIS2: Final = "eu.nis2.art23"
_ORGANISATION: Final = {
    "country": "LU",
    "timezone": "Europe/Luxembourg",
    "org.nis2_class": "essential",
    "org.dora_financial_entity": "no",
    "org.controller": "yes",
    "org.us_sec_registrant": "no",
    "org.cn_network_operator": "no",
}
_INCIDENT: Final = {
    "inc.severe_operational_disruption": "yes",
    "inc.suspected_malicious": "yes",
    "inc.personal_data_breach": "yes",
    "inc.cross_border": "no",
}
_REPORT: Final = "Several machines answered to a botnet; the payment of fees stood still for two hours."


def add_obligations(ground: Context, incident: UUID) -> None:
    """State what is known, start the clocks, and hand in the first report."""
    from tutela.apps.incidents import actions as incidents
    from tutela.apps.law import actions as law
    from tutela.apps.law.queries import library
    from tutela.apps.obligations import actions

    officer, manager = _of(ground, Role.LEGAL_OFFICER), _of(ground, Role.MANAGER)
    incidents.involve(incident=incident, organisation=ORGANISATION, part=Part.AFFECTED, **officer)
    if not incidents_shared(incident):
        incidents.share(incident=incident, organisation=ORGANISATION, **officer)
    law.state(organisation=ORGANISATION, facts=_ORGANISATION, evidence="register of essential entities", **officer)
    facts = {name: text for name, text in _INCIDENT.items() if name in library().facts} | _moments(ground.now)
    place: dict[str, Any] = {"incident": incident, "organisation": ORGANISATION}
    actions.answer(facts=facts, evidence="their report by telephone", **place, **officer)
    first = actions.start(regime=_NIS2, stage="early_warning", **place, **officer)
    actions.start(regime=_NIS2, stage="notification", **place, **officer)
    texts = [_REPORT, *[""] * (len(first.content) - 1)]
    actions.write_draft(obligation=first.pk, texts=texts, remarks="", **manager)
    actions.submit(obligation=first.pk, at=ground.now, proof="", here=True, **manager)
    actions.start(regime=_NIS2, stage="csirt_response", **place, **officer)
    actions.start(regime=_NIS2, stage="final", **place, **officer)


def incidents_shared(incident: UUID) -> bool:
    """Whether the organisation of the demonstration sees the case already."""
    from tutela.apps.incidents.queries import incident_by

    viewer = Viewer(Actor("person", address(Role.MANAGER)), (ORGANISATION,), Role.MANAGER)
    found = incident_by(incident, viewer)
    return found is not None and found.organisations.filter(organisation=ORGANISATION, shared__isnull=False).exists()


def _moments(now: datetime) -> dict[str, str]:
    begun = now - timedelta(hours=5)
    return {"event.occurred": begun.isoformat(), "event.aware": (begun + timedelta(hours=1)).isoformat()}


def _of(ground: Context, role: Role) -> dict[str, Any]:
    by = Actor("person", address(role))
    viewer = Viewer(by, None if role.is_of_authority else (ORGANISATION,), role)
    return {"viewer": viewer, "by": by, "basis": ground.basis, "now": ground.now}
