"""What may be asked of people: who somebody is, and what they see."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db.models import Count

from tutela.apps.people.models import Invitation, Token, User
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import Right, Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


def viewer_of(user: User, scopes: frozenset[Right] | None = None) -> Viewer:
    """A person as the one who asks; somebody of an organisation with no membership sees nothing."""
    role = Role(user.role)
    organisations = None
    if not role.is_of_authority:
        organisations = tuple(user.memberships.order_by("organisation").values_list("organisation", flat=True))
    return Viewer(Actor("person", user.email), organisations, role, scopes)


def people_for(viewer: Viewer) -> QuerySet[User]:
    """The people that the viewer may see, by address."""
    people = User.objects.order_by("email").prefetch_related("memberships")
    return people if viewer.may(Right.SEE_PEOPLE) else people.none()


def person_by(identifier: UUID, viewer: Viewer) -> User | None:
    """The person with this id, if the viewer may see them."""
    return people_for(viewer).filter(pk=identifier).first()


def person_named(email: str) -> User | None:
    """The person with this address; for the command line and for sign-in, which know no viewer."""
    return User.objects.filter(email__iexact=email).first()


def token_viewer(secret: str, now: datetime) -> Viewer | None:
    """Who is behind a token, None where it is unknown, over, revoked, or its person gone."""
    token = Token.objects.filter(digest=digest(secret), revoked=None, expires__gt=now).select_related("user").first()
    if token is None or not token.user.is_active:
        return None
    return viewer_of(token.user, frozenset(map(Right, token.scopes)))


def invitation_by(secret: str, now: datetime) -> Invitation | None:
    """The invitation of this secret, if it still holds."""
    invitation = Invitation.objects.filter(digest=digest(secret), used=None, expires__gt=now)
    return invitation.select_related("user").filter(user__is_active=True).first()


def factors_of(user: User) -> dict[str, int]:
    """How many second factors of each kind a person has set up."""
    counted = Authenticator.objects.filter(user=user).values_list("type").annotate(count=Count("pk"))
    return {str(kind): count for kind, count in counted.order_by("type")}


def digest(secret: str) -> str:
    """What is kept of a secret: they are random and long, so a plain SHA-256 tells nothing of them."""
    return hashlib.sha256(secret.encode()).hexdigest()
