"""One ready account for each role of the demonstration; their password is made once for each home."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

from tutela.core.rights import Role

if TYPE_CHECKING:
    from pathlib import Path

    from tutela.cli.context import Context

DOMAIN: Final = "csirt.example"
ORGANISATION: Final = "government"
_OF_ORGANISATION: Final = {Role.MANAGER: ORGANISATION, Role.CONTACT: ORGANISATION}
_BYTES: Final = 9


def password(mark: Path) -> str:
    """The password of this demonstration, made where there is none yet; nobody else on the machine can read it."""
    known = mark.read_text().strip() if mark.exists() else ""
    if known:
        return known
    made = secrets.token_urlsafe(_BYTES)
    handle = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(made + "\n")
    return made


def address(role: Role) -> str:
    """The address with which the account of a role signs in."""
    return f"{role.value}@{DOMAIN}"


def add_people(ground: Context, mark: Path) -> str:
    """Make the accounts that are not there yet; gives the password of all."""
    from tutela.apps.people import actions
    from tutela.apps.people.queries import invitation_by, person_named

    common = password(mark)
    for role in Role:
        if person_named(address(role)):
            continue
        organisations = [_OF_ORGANISATION[role]] if role in _OF_ORGANISATION else []
        person = actions.add_person(
            email=address(role),
            name="",
            role=role,
            organisations=organisations,
            now=ground.now,
            by=ground.actor,
            basis=ground.basis,
        )
        secret = actions.invite(user=person, now=ground.now, by=ground.actor, basis=ground.basis)
        invitation = invitation_by(secret, ground.now)
        assert invitation is not None  # noqa: S101 - it was made on the line above
        actions.accept_invitation(
            invitation=invitation, password=common, now=ground.now, by=ground.actor, basis=ground.basis
        )
    return common
