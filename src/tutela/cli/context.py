"""What every command needs: the environment, who acts, on what ground, and now."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tutela.config import environment
from tutela.core.actor import Actor, Basis, Viewer
from tutela.core.errors import WrongUse
from tutela.core.rights import Role

if TYPE_CHECKING:
    from tutela.config.environment import Environment


@dataclass(frozen=True, slots=True)
class Context:
    """The ground on which a command stands."""

    environment: Environment
    actor: Actor
    basis: Basis
    now: datetime

    @property
    def viewer(self) -> Viewer:
        """A person at the authority's own machine sees what the authority sees."""
        return Viewer(self.actor, role=Role.HEAD)


def context(basis: str = "") -> Context:
    """The context of this process; ``basis`` is ``ID@VERSION``, else the one that the environment names."""
    settings = environment.load()
    ground = parse_basis(basis, "--basis") if basis else parse_basis(settings.basis, "TUTELA_BASIS")
    return Context(settings, operator(), ground, datetime.now(UTC))


def operator() -> Actor:
    """The person at the command line, as the machine knows them."""
    try:
        return Actor("operator", getpass.getuser())
    except (KeyError, OSError):  # a user without a name, as containers have
        return Actor("operator", f"uid-{os.getuid()}")


def parse_basis(text: str, where: str) -> Basis:
    """A legal ground from ``ID@VERSION``, given by the option or setting ``where``."""
    identifier, at, version = text.rpartition("@")
    if not at or not identifier or not version:
        raise WrongUse(
            f"{text!r} is not a legal basis", where=where, remedy="Write the provision and its version: ID@VERSION."
        )
    return Basis(identifier, version)


def moment(text: str | None, option: str) -> datetime | None:
    """A time from ISO 8601 text (a date means its midnight in UTC)."""
    from tutela.core.netspace.imports import values  # noqa: PLC0415 - most commands are given no time

    try:
        return None if text is None else values.moment(text)
    except ValueError as error:
        raise WrongUse(f"{error}.", where=option, remedy="What names no zone is UTC.") from error
