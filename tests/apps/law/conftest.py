from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tutela.apps.constituency.models import Organisation
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import Role

if TYPE_CHECKING:
    from tutela.core.actor import Basis

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICER = Viewer(Actor("person", "legal@example.org"), None, Role.LEGAL_OFFICER)
ANALYST = Viewer(Actor("person", "analyst@example.org"), None, Role.ANALYST)


def of(*organisations: str, role: Role = Role.MANAGER) -> Viewer:
    """Somebody of organisations."""
    return Viewer(Actor("person", f"kim@{organisations[0]}.example"), organisations, role)


@pytest.fixture
def ground(basis: Basis) -> dict[str, Any]:
    return {"viewer": OFFICER, "by": OFFICER.actor, "basis": basis, "now": NOW}


@pytest.fixture
def bank(db: None) -> Organisation:
    for name in ("bank", "clinic"):
        Organisation.objects.create(
            global_id=name, names={"en": name}, path=f"/{name}/", jurisdiction="LU", source="test", imported=NOW
        )
    return Organisation.objects.get(global_id="bank")
