from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.making import a_finding
from tutela.apps.constituency.models import Organisation
from tutela.apps.incidents import actions
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutela.apps.findings.models import Finding
    from tutela.apps.incidents.models import Incident
    from tutela.core.actor import Basis

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANALYST = Viewer(Actor("person", "analyst@example.org"), None, Role.ANALYST)
AUDITOR = Viewer(Actor("person", "auditor@example.org"), None, Role.AUDITOR)


def of(*organisations: str, role: Role = Role.CONTACT) -> Viewer:
    """Somebody of organisations."""
    return Viewer(Actor("person", f"kim@{organisations[0]}.example"), organisations, role)


@pytest.fixture
def ground(basis: Basis) -> dict[str, Any]:
    return {"viewer": ANALYST, "by": ANALYST.actor, "basis": basis, "now": NOW}


@pytest.fixture
def constituency(db: None) -> None:
    """A bank with a branch, and a clinic beside it."""
    for path in ("/bank/", "/bank/branch/", "/clinic/"):
        *above, name = path.strip("/").split("/")
        Organisation.objects.create(
            global_id=name,
            names={"en": f"The {name}"},
            path=path,
            parent_id=above[-1] if above else None,
            source="test",
            imported=NOW,
        )


@pytest.fixture
def found(constituency: None) -> Callable[..., Finding]:
    def make(organisation: str = "bank", **more: Any) -> Finding:
        finding = a_finding(organisation, seen=NOW, **{"classification_type": "infected-system", "severity": 4} | more)
        finding.save()
        return finding

    return make


@pytest.fixture
def begin(constituency: None, ground: dict[str, Any]) -> Callable[..., Incident]:
    def run(*findings: Finding, **more: Any) -> Incident:
        said: dict[str, Any] = {"title": "Phones are silent", "type": "other", "severity": 3, "tlp": 2}
        return actions.open_incident(findings=[one.pk for one in findings], **said | ground | more)

    return run
