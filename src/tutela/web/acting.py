"""What every action from a page takes: who acts, on what legal ground, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.conf import settings
from django.utils import timezone

from tutela.core.actor import Basis
from tutela.web.rights import viewer_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from tutela.core.actor import Actor


class Ground(TypedDict):
    """Keyword arguments of an action."""

    by: Actor
    basis: Basis
    now: datetime


def ground(request: HttpRequest) -> Ground:
    """The person who is signed in, on the legal ground of the installation (TUTELA_BASIS), now."""
    return Ground(by=viewer_of(request).actor, basis=basis(), now=timezone.now())


def basis() -> Basis:
    """The legal ground of the installation."""
    identifier, _, version = settings.TUTELA.basis.rpartition("@")
    return Basis(identifier, version)
