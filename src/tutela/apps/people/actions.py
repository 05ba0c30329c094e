"""Changes to people: add, invite, change role and organisations, deactivate; their sessions and tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from allauth.usersessions.models import UserSession
from django.db import transaction

from tutela.apps.ledger import actions as ledger
from tutela.apps.ledger.actions import Personal
from tutela.apps.people.models import Invitation, KeptAnswer, Membership, SavedView, Token, User
from tutela.apps.people.queries import digest, person_named
from tutela.core.errors import Conflict, NotAllowed, WrongUse
from tutela.core.rights import RIGHTS, Right, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from tutela.core.actor import Actor, Basis
    from tutela.core.ledger.entry import Detail

_SECRET_BYTES: Final = 32
_SHOWN: Final = 12  # characters of a token that stay readable: its mark, and too few others to guess the rest from
INVITATION_HOLDS: Final = timedelta(days=3)
LONGEST_TOKEN: Final = timedelta(days=366)
_MOST_VIEWS: Final = 50
_LONGEST_NAME: Final = 80
_LONGEST_QUESTION: Final = 2_000
_KEPT: Final = timedelta(days=1)
_SEEN_AGAIN: Final = timedelta(minutes=5)


@transaction.atomic
def add_person(
    *, email: str, name: str, role: Role, organisations: Sequence[str] = (), now: datetime, by: Actor, basis: Basis
) -> User:
    """Write a person down; they cannot sign in before they were invited and have set a password."""
    if person_named(email):
        raise Conflict("somebody with this address is here already.", where=email)
    _check_place(role, organisations)
    user = User(email=email.lower(), name=name, role=role.value, created=now)
    user.set_unusable_password()
    user.save()
    _set_memberships(user, organisations)
    _record("people.add", user, {"role": role.value, "organisations": sorted(organisations)}, by, basis, now)
    return user


@transaction.atomic
def change_role(
    *, user: User, role: Role, organisations: Sequence[str] = (), now: datetime, by: Actor, basis: Basis
) -> None:
    """Give a person another role and other organisations; what they see changes with their next request."""
    _check_place(role, organisations)
    if role is not Role.ADMINISTRATOR:
        _check_stays_governed(user, by)
    user.role = role.value
    user.save(update_fields=["role"])
    _set_memberships(user, organisations)
    _record("people.change-role", user, {"role": role.value, "organisations": sorted(organisations)}, by, basis, now)


@transaction.atomic
def deactivate(*, user: User, now: datetime, by: Actor, basis: Basis) -> None:
    """Let a person in no more: their sessions end, their tokens and invitations hold no longer."""
    _check_stays_governed(user, by)
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_sessions(user)
    user.tokens.filter(revoked=None).update(revoked=now)
    user.invitations.filter(used=None).delete()
    _record("people.deactivate", user, {}, by, basis, now)


@transaction.atomic
def reactivate(*, user: User, now: datetime, by: Actor, basis: Basis) -> None:
    """Let a person in again."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record("people.reactivate", user, {}, by, basis, now)


@transaction.atomic
def invite(*, user: User, now: datetime, by: Actor, basis: Basis) -> str:
    """Make a link with which a person sets a password once; earlier ones hold no longer. Gives its secret."""
    if not user.is_active:
        raise Conflict("this person is kept out.", remedy="Let them in again first.")
    user.invitations.filter(used=None).delete()
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    Invitation.objects.create(user=user, digest=digest(secret), expires=now + INVITATION_HOLDS)
    _record("people.invite", user, {}, by, basis, now)
    return secret


@transaction.atomic
def accept_invitation(*, invitation: Invitation, password: str, now: datetime, by: Actor, basis: Basis) -> User:
    """Set the password of the person who was invited; the link is spent, and sessions with the old password end."""
    holding = Invitation.objects.filter(pk=invitation.pk, used=None, expires__gt=now, user__is_active=True)
    if not holding.update(used=now):  # somebody was quicker with the same link
        raise Conflict("this link holds no longer.", remedy="Ask your administrator for another.")
    user = invitation.user
    user.set_password(password)
    user.save(update_fields=["password"])
    _end_sessions(user)
    _record("people.accept-invitation", user, {}, by, basis, now)
    return user


@transaction.atomic
def set_preferences(
    *, user: User, name: str, language: str, time_zone: str, now: datetime, by: Actor, basis: Basis
) -> None:
    """How somebody wants to be called and shown the pages."""
    user.name, user.language, user.time_zone = name, language, time_zone
    user.save(update_fields=["name", "language", "time_zone"])
    _record("people.set-preferences", user, {"language": language or None}, by, basis, now)


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: Iterable[Right], holds: timedelta, now: datetime, by: Actor, basis: Basis
) -> str:
    """Make a token for programs and give its secret, which is shown this once."""
    if not timedelta(0) < holds <= LONGEST_TOKEN:
        raise WrongUse("a token holds for a year at the most.", remedy="Make a new one then.")
    if not user.is_active:
        raise Conflict("this person is kept out.", remedy="Let them in again first.")
    wanted = sorted(set(scopes))
    if not wanted:
        raise WrongUse("a token without a right is good for nothing.", remedy="Name what it may do.")
    beyond = [right.value for right in wanted if Role(user.role) not in RIGHTS[right]]
    if beyond:
        raise NotAllowed(f"the person has not the right {', '.join(beyond)}.", remedy="A token may not more than they.")
    secret = f"tutela_{secrets.token_urlsafe(_SECRET_BYTES)}"
    names = [right.value for right in wanted]
    Token.objects.create(
        user=user,
        name=name,
        prefix=secret[:_SHOWN],
        digest=digest(secret),
        scopes=names,
        created=now,
        expires=now + holds,
    )
    _record("people.issue-token", user, {"scopes": names, "days": holds.days}, by, basis, now)
    return secret


@transaction.atomic
def revoke_token(*, token: Token, now: datetime, by: Actor, basis: Basis) -> None:
    """Let a token hold no longer."""
    token.revoked = now
    token.save(update_fields=["revoked"])
    _record("people.revoke-token", token.user, {"token": token.prefix}, by, basis, now)


def note_use(*, secret: str, now: datetime) -> None:
    """Note that a token was used, once in five minutes: most requests of a program write nothing."""
    used = Token.objects.filter(digest=digest(secret)).exclude(last_used__gt=now - _SEEN_AGAIN)
    if used.exists():
        used.update(last_used=now)


@transaction.atomic
def save_view(  # noqa: PLR0913 - a view, and whose it is
    *, user: User, place: str, name: str, question: str, shared: bool, now: datetime, by: Actor, basis: Basis
) -> SavedView:
    """Keep a list as it is asked for now; one of the same name is replaced. Raises WrongUse, Conflict, NotAllowed."""
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or len(question) > _LONGEST_QUESTION:
        raise WrongUse("a view needs a name of up to 80 characters, and not too many filters.", remedy="Shorten it.")
    if shared and not Role(user.role).is_of_authority:
        raise NotAllowed("only people of the authority share views.", remedy="Keep it for yourself.")
    others = user.views.exclude(place=place, name=name)
    if others.count() >= _MOST_VIEWS:
        raise Conflict(f"there are {_MOST_VIEWS} views already.", remedy="Take one away first.")
    values = {"question": question, "shared": shared, "saved": now}
    view, _is_new = SavedView.objects.update_or_create(user=user, place=place, name=name, defaults=values)
    _record("people.save-view", user, {"list": place, "shared": shared}, by, basis, now)
    return view


@transaction.atomic
def delete_view(*, user: User, view: UUID, now: datetime, by: Actor, basis: Basis) -> str:
    """Take one of one's own views away; gives the name of the list. Raises Conflict where there is none."""
    found = user.views.filter(pk=view).first()
    if found is None:
        raise Conflict("there is no such view of yours.", remedy="Look at the list again.")
    found.delete()
    _record("people.delete-view", user, {"list": found.place}, by, basis, now)
    return str(found.place)


def begin_answer(*, key: str, request: str, now: datetime) -> None:
    """Note that an operation with this key begins; raises IntegrityError where one did before."""
    KeptAnswer.objects.create(key=key, request=request, begun=now)


def keep_answer(*, key: str, status: int, kind: str, body: bytes) -> None:
    """Keep the answer to the operation with this key."""
    KeptAnswer.objects.filter(pk=key).update(status=status, kind=kind[:200], body=body)


def forget_answers(*, now: datetime) -> int:
    """Let go of answers that are older than a day; says how many."""
    gone, _ = KeptAnswer.objects.filter(begun__lt=now - _KEPT).delete()
    return gone


@transaction.atomic
def end_session(*, session: UserSession, now: datetime, by: Actor, basis: Basis) -> None:
    """Sign a person out somewhere."""
    session.end()
    _record("people.end-session", session.user, {}, by, basis, now)


def _end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def _check_place(role: Role, organisations: Sequence[str]) -> None:
    if role.is_of_authority and organisations:
        raise WrongUse("people of the authority see all organisations.", remedy="Name none for this role.")
    if not role.is_of_authority and not organisations:
        raise WrongUse("this role belongs to an organisation.", remedy="Name the organisation.")


def _check_stays_governed(user: User, by: Actor) -> None:
    """Nobody locks themselves out, and somebody is left who can let others in. Raises Conflict."""
    if Role(user.role) is not Role.ADMINISTRATOR:
        return
    if by.kind == "person" and by.name.lower() == user.email.lower():
        raise Conflict("nobody takes their own administration away.", remedy="Ask another administrator to do it.")
    # locked in one order: of two who take it from each other at once, the second waits and is then the last
    active = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR.value, is_active=True).order_by("pk")
    if user.is_active and not [one for one in active if one.pk != user.pk]:
        raise Conflict("this is the last administrator.", remedy="Make somebody else an administrator first.")


def _set_memberships(user: User, organisations: Sequence[str]) -> None:
    user.memberships.all().delete()
    Membership.objects.bulk_create([Membership(user=user, organisation=one) for one in dict.fromkeys(organisations)])


def _record(action: str, user: User, details: Mapping[str, Detail], by: Actor, basis: Basis, now: datetime) -> None:
    """The entry holds no address: who the person is, is a commitment that can be erased."""
    ledger.record(
        action=action,
        object_type="person",
        object_hash=hashlib.sha256(user.pk.bytes).hexdigest(),
        details={"person": Personal(user.email), **details},
        by=by,
        basis=basis,
        time=now,
    )
