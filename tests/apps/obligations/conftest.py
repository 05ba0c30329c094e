"""The bank on a Friday night, in the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.law.test_bank import BANK
from tutela.apps.constituency.models import Organisation
from tutela.apps.incidents import actions as incidents
from tutela.apps.law import actions as law
from tutela.apps.law.models import Confirmation
from tutela.apps.law.queries import library
from tutela.core.actor import Actor, Viewer
from tutela.core.incidents.case import Part
from tutela.core.law.links import links
from tutela.core.rights import Role

if TYPE_CHECKING:
    from tutela.apps.incidents.models import Incident
    from tutela.core.actor import Basis

NOW = datetime(2026, 12, 19, 4, tzinfo=UTC)
"""Half an hour after the bank determined that it must report."""


def person(role: Role, *organisations: str) -> Viewer:
    """Somebody with a role."""
    return Viewer(Actor("person", f"{role.value}@example.org"), organisations or None, role)


ANALYST = person(Role.ANALYST)
OFFICER = person(Role.LEGAL_OFFICER)
HEAD = person(Role.HEAD)
AUDITOR = person(Role.AUDITOR)
MANAGER = person(Role.MANAGER, "bank")
CONTACT = person(Role.CONTACT, "bank")
STRANGER = person(Role.MANAGER, "clinic")


@pytest.fixture
def ground(basis: Basis) -> dict[str, Any]:
    return {"viewer": OFFICER, "by": OFFICER.actor, "basis": basis, "now": NOW}


def as_(viewer: Viewer, ground: dict[str, Any], hours: float = 0) -> dict[str, Any]:
    """The same ground for another person, some hours later."""
    return ground | {"viewer": viewer, "by": viewer.actor, "now": NOW + timedelta(hours=hours)}


def _text(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


@pytest.fixture
def bank(db: None, ground: dict[str, Any]) -> Organisation:
    """The bank, and what it is in the eyes of the law; a clinic beside it."""
    for name in ("bank", "clinic"):
        Organisation.objects.create(
            global_id=name,
            names={"en": f"The {name}"},
            path=f"/{name}/",
            jurisdiction="LU",
            source="test",
            imported=NOW,
        )
    facts = {f"org.{name}": _text(value) for name, value in BANK["organisation"].items()}
    law.state(organisation="bank", facts=facts | {"timezone": BANK["timezone"]}, evidence="statute", **ground)
    return Organisation.objects.get(global_id="bank")


@pytest.fixture
def incident(bank: Organisation, ground: dict[str, Any]) -> Incident:
    """The incident, as far as it is known, shared with the bank."""
    said = {"title": "The payments stand still", "type": "system-compromise", "severity": 5, "tlp": 2}
    found = incidents.open_incident(**said, **as_(ANALYST, ground))
    incidents.involve(incident=found.pk, organisation="bank", part=Part.AFFECTED, **ground)
    incidents.share(incident=found.pk, organisation="bank", **ground)
    facts = {f"inc.{name}": _text(value) for name, value in BANK["incident"].items()}
    moments = {f"event.{name}": value for name, value in BANK["events"].items()}
    for name, text in (facts | moments).items():
        incidents.state_fact(incident=found.pk, name=name, text=text, evidence="", organisation="bank", **ground)
    return found


@pytest.fixture
def all_read(db: None) -> None:
    """A legal officer has read all of it in the law."""
    digests = {link.digest: link for versions in library().versions.values() for one in versions for link in links(one)}
    Confirmation.objects.bulk_create(
        Confirmation(regime=link.regime, part=link.part, digest=digest, source="read", confirmed=NOW)
        for digest, link in digests.items()
    )
