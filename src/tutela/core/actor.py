"""Who acts, and on what legal ground: values that every action takes and every ledger entry holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutela.core.rights import RIGHTS, Role

if TYPE_CHECKING:
    from tutela.core.rights import Right


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a ``kind`` (person, service, system) and a name that is unique within it."""

    kind: str
    name: str

    def __str__(self) -> str:
        """``kind:name``."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Basis:
    """The legal ground of an action: the id of a provision and its version, never prose."""

    id: str
    version: str

    def as_dict(self) -> dict[str, str]:
        """The form that stands in the ledger."""
        return {"id": self.id, "version": self.version}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. ``organisations`` is None for the authority itself, else the roots of what the viewer may see.

    Who asks from the command line is at the authority's own machine and is asked for no role: there, questions only
    read, and an action names who acts.
    """

    actor: Actor
    organisations: tuple[str, ...] | None = None
    role: Role = Role.AUDITOR
    scopes: frozenset[Right] | None = None

    def may(self, right: Right) -> bool:
        """Whether the viewer's role has this right; in which organisations is another question."""
        return self.role in RIGHTS[right] and (self.scopes is None or right in self.scopes)


SYSTEM = Actor("system", "tutela")
