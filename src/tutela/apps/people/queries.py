"""What may be asked of people: who somebody is, and what they see."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Count, Q

from tutela.apps.people.models import Invitation, KeptAnswer, SavedView, Token, User
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import AUTHORITY, RIGHTS, Right, Role

if TYPE_CHECKING:
    from collections.abc import Iterable
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


def people_who_may(right: Right) -> list[tuple[str, str]]:
    """Address and name of everybody whose role has a right, by address; for choosing one of them."""
    roles = [role.value for role in RIGHTS[right]]
    found = User.objects.filter(is_active=True, role__in=roles).order_by("email")
    return [(user.email, user.name or user.email) for user in found]


def people_to_tell(right: Right, organisations: Iterable[str] = (), address: str = "") -> list[User]:
    """Whom to tell of something: people of the authority who have a right, or those of organisations who have it.

    ``address``: this person alone, where they are of the authority and have the right; else all.
    """
    found = User.objects.filter(is_active=True).order_by("email")
    named = list(organisations)
    if named:
        roles = [role.value for role in RIGHTS[right] if not role.is_of_authority]
        return list(found.filter(role__in=roles, memberships__organisation__in=named).distinct())
    able = found.filter(role__in=[role.value for role in RIGHTS[right] if role.is_of_authority])
    return list(able.filter(email__iexact=address)) or list(able)


def person_named(email: str) -> User | None:
    """The person with this address; for the command line and for sign-in, which know no viewer."""
    return User.objects.filter(email__iexact=email).first()


def token_viewer(secret: str, now: datetime) -> Viewer | None:
    """Who is behind a token, None where it is unknown, over, revoked, or its person gone."""
    holding = Token.objects.filter(digest=digest(secret), revoked=None, expires__gt=now, user__is_active=True)
    token = holding.select_related("user").first()
    if token is None or must_set_up_factor(token.user):
        return None
    known = frozenset(right for right in Right if right.value in token.scopes)  # one that is no more is no scope
    return viewer_of(token.user, known)


def tokens_of(user: User) -> QuerySet[Token]:
    """The tokens of a person, the newest first."""
    return user.tokens.order_by("-created")


def sessions_of(user: User) -> list[UserSession]:
    """Where a person is signed in, the last seen first; what is over is swept away."""
    found: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(found, key=lambda session: session.last_seen_at, reverse=True)


def seen_since(key: str, time: datetime) -> bool:
    """Whether the session with this key was noted since then."""
    noted: bool = UserSession.objects.filter(session_key=key, last_seen_at__gt=time).exists()
    return noted


def must_use_mfa(user: User) -> bool:
    """Whether the installation wants a second factor of this person's role (TUTELA_MFA_ROLES)."""
    return Role(user.role) in settings.TUTELA.roles_with_mfa


def must_set_up_factor(user: User) -> bool:
    """Whether a second factor is wanted of a person who has none yet."""
    if not must_use_mfa(user):
        return False
    factors = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none
    return not Authenticator.objects.filter(user=user, type__in=factors).exists()


def views_for(user: User, place: str) -> list[SavedView]:
    """The views of a list that somebody saved, and those that others at the authority share, by name."""
    seen = Q(user=user)
    if Role(user.role).is_of_authority:
        seen |= Q(shared=True, user__is_active=True, user__role__in=[role.value for role in AUTHORITY])
    return list(SavedView.objects.filter(seen, place=place).select_related("user").order_by("name", "id"))


def kept_answer(key: str) -> KeptAnswer | None:
    """What was answered to the operation with this key."""
    return KeptAnswer.objects.filter(pk=key).first()


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
