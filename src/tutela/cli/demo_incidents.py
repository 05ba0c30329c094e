"""Cases of the demonstration: one that is being handled and shared, one that was closed, one that was reported."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tutela.cli.demo_people import ORGANISATION, address
from tutela.core.actor import Actor, Viewer
from tutela.core.incidents.case import Part, Reason
from tutela.core.rights import Role

if TYPE_CHECKING:
    from uuid import UUID

    from tutela.cli.context import Context


def add_incidents(ground: Context) -> UUID | None:
    """Open the cases of the demonstration, where there is none yet; gives the one that is being handled."""
    from tutela.apps.findings.queries import FindingFilter, findings_for
    from tutela.apps.incidents import actions
    from tutela.apps.incidents.queries import incidents_for

    by = Actor("person", address(Role.ANALYST))
    viewer = Viewer(by, None, Role.ANALYST)
    if incidents_for(viewer).exists():
        return None
    said: dict[str, Any] = {"viewer": viewer, "by": by, "basis": ground.basis, "now": ground.now}
    worst = findings_for(viewer, FindingFilter(below=ORGANISATION, severity=4))[:6]
    first = actions.open_incident(
        title="Machines of the government speak to a botnet",
        type="infected-system",
        severity=4,
        tlp=2,
        text="Several sinkholes show the same family in the same week.",
        findings=[one.pk for one in worst],
        **said,
    ).pk
    actions.state_fact(incident=first, name="inc.ongoing", text="yes", evidence="sinkhole reports", **said)
    actions.state_fact(incident=first, name="inc.users", text="40", evidence="first count", **said)
    actions.state_fact(incident=first, name="inc.users", text="55", evidence="second count, by their help desk", **said)
    actions.state_fact(incident=first, name="event.aware", text=ground.now.isoformat(), evidence="our call", **said)
    for one in sorted({one.organisation for one in worst}):
        actions.share(incident=first, organisation=one, **said)
    text = "Please keep the disks of one machine as they are: we should like to see how it came in."
    actions.write(incident=first, text=text, audience=Part.AFFECTED, **said)
    actions.write(incident=first, text="The national lab can take an image on Monday.", audience=None, **said)
    actions.add_task(incident=first, text="Ask their help desk which mail brought it", due=None, **said)
    actions.add_task(incident=first, text="Give the lab the image", due=None, **said)
    second = actions.open_incident(title="A scanner that was their own", type="scanner", severity=2, tlp=1, **said).pk
    actions.close(incident=second, reason=Reason.FALSE_ALARM, text="A test that nobody had announced.", **said)
    _add_reported(ground, said)
    return first


def _add_reported(ground: Context, said: dict[str, Any]) -> None:
    """A case that an organisation reported, in which both sides write."""
    from tutela.apps.incidents import actions

    by = Actor("person", address(Role.CONTACT))
    theirs = said | {"viewer": Viewer(by, (ORGANISATION,), Role.CONTACT), "by": by}
    told = actions.report(
        organisation=ORGANISATION,
        title="The portal for tax returns asks for passwords twice",
        type="phishing",
        text="Since this morning people are led to a second form. We took the portal off the net at nine.",
        occurred=None,
        aware=ground.now - timedelta(hours=3),
        **theirs,
    ).pk
    question = "Which address does the second form send to?"
    actions.write(incident=told, text=question, organisation=ORGANISATION, **said)
    answer = "To forms.invalid; the lines of the log are attached."
    actions.write(incident=told, text=answer, organisation=ORGANISATION, **theirs)
    log = io.BytesIO(b"192.0.2.17 POST https://forms.invalid/collect 200\n")
    actions.attach(incident=told, file=log, name="portal.log.txt", organisation=ORGANISATION, **theirs)
