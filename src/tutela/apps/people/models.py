"""People who may sign in, and what stands for them: invitations and tokens. Secrets are kept as hashes only."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tutela.core.rights import Role

ROLE_TITLES = {
    Role.ANALYST: _("duty analyst"),
    Role.LEGAL_OFFICER: _("legal officer"),
    Role.HEAD: _("head"),
    Role.ADMINISTRATOR: _("administrator"),
    Role.AUDITOR: _("auditor"),
    Role.MANAGER: _("organisation manager"),
    Role.CONTACT: _("organisation contact"),
}


class UserManager(BaseUserManager["User"]):
    """Finds people by their address, whatever the case of its letters."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this address."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. Their address is how they sign in; their role says what they may do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=30, choices=[(role.value, title) for role, title in ROLE_TITLES.items()])
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47; empty: what the browser asks for")
    time_zone = models.CharField(max_length=60, blank=True, help_text="of the IANA database; empty: UTC")
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        """One person for one address, however it is written."""

        constraints = (models.UniqueConstraint(Lower("email"), name="user_email"),)

    @property
    def role_title(self) -> str:
        """The role in the language of the reader."""
        return str(ROLE_TITLES[Role(self.role)])

    def get_full_name(self) -> str:
        """As others call them."""
        return self.name or self.email


class Membership(models.Model):
    """An organisation whose people somebody belongs to; they see it and all below it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    organisation = models.CharField(max_length=100, help_text="global id of the organisation")

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=["user", "organisation"], name="membership_user_organisation"),)


class Invitation(models.Model):
    """A link that lets one person set a password once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret")
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)


class Token(models.Model):
    """What a program shows in place of a person; it may do what both the person and its scopes may."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, help_text="how the secret begins, to tell tokens apart")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret")
    scopes: Any = models.JSONField(default=list, help_text="rights (core/rights.py)")
    created = models.DateTimeField()
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)


class SavedView(models.Model):
    """A list as somebody wants to find it again: what stands after ``?`` in its address, under a name of theirs.

    It is an address and no more: whoever opens it sees in it what they may see. ``shared``: with the
    people of the authority.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="views", db_index=False)
    place = models.CharField(max_length=50, help_text="name of the list's address")
    name = models.CharField(max_length=80)
    question = models.CharField(max_length=2_000, help_text="filters and order, as they stand in the address")
    shared = models.BooleanField(default=False)
    saved = models.DateTimeField()

    class Meta:
        """One of a name for each list of a person."""

        constraints = (models.UniqueConstraint(fields=["user", "place", "name"], name="view_name"),)
        indexes = (models.Index(fields=["place", "shared"], name="view_place"),)


class KeptAnswer(models.Model):
    """What the interface answered to an operation that named a key (Idempotency-Key), for a day."""

    key = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of who asked and of their key")
    request = models.CharField(max_length=64, help_text="SHA-256 of what was asked for")
    status = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=200, blank=True, help_text="media type")
    body = models.BinaryField(default=bytes)
    begun = models.DateTimeField(db_index=True)


class CacheRow(models.Model):
    """The table of Django's cache in the database, which counts sign-ins that failed; all servers share it."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        """The name that the settings give it."""

        db_table = "people_cache"
