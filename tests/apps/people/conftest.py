from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tutela.apps.people import actions, queries
from tutela.core.rights import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tutela.apps.people.models import User
    from tutela.core.actor import Actor, Basis

PASSWORD, ANOTHER = "a long sentence for tests", "another sentence for tests"


@pytest.fixture
def ground(actor: Actor, basis: Basis) -> dict[str, Any]:
    """What every action takes."""
    return {"by": actor, "basis": basis, "now": datetime.now(UTC)}


@pytest.fixture
def make(db: None, ground: dict[str, Any]) -> Callable[..., User]:
    """Make a person who can sign in with PASSWORD."""

    def person(role: Role = Role.ANALYST, email: str = "", *organisations: str) -> User:
        if not role.is_of_authority:
            organisations = organisations or ("authority",)
        email = email or f"{role.value}@example.org"
        user = actions.add_person(email=email, name="", role=role, organisations=organisations, **ground)
        secret = actions.invite(user=user, **ground)
        invitation = queries.invitation_by(secret, ground["now"])
        assert invitation is not None
        return actions.accept_invitation(invitation=invitation, password=PASSWORD, **ground)

    return person


@pytest.fixture
def enter(client: Client, pages: None) -> Callable[..., Any]:
    """Sign in as a person does, with the form."""

    def sign_in(email: str, password: str = PASSWORD, **more: Any) -> Any:
        return client.post("/account/login/", {"login": email, "password": password, **more.pop("data", {})}, **more)

    return sign_in
