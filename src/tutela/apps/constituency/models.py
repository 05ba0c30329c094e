"""The constituency as it is stored: organisations, what they hold and when, whom to tell, what they run.

Rows of holdings are never changed but for their end, and never deleted: who held what in the past can always be told.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import get_language

if TYPE_CHECKING:
    from datetime import datetime


class Organisation(models.Model):
    """An organisation in care. ``path`` lists the ids from the top down to its own: ``/above/below/``."""

    class Criticality(models.TextChoices):
        """How much depends on it."""

        UNKNOWN = "", "unknown"
        LOW = "low", "low"
        MEDIUM = "medium", "medium"
        HIGH = "high", "high"
        CRITICAL = "critical", "critical"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    global_id = models.CharField(max_length=100, unique=True)
    names = models.JSONField(default=dict, help_text="name by language (BCP 47)")
    parent = models.ForeignKey(
        "self", models.PROTECT, to_field="global_id", null=True, blank=True, related_name="below", db_index=False
    )
    path = models.TextField(db_index=True)
    sector = models.CharField(max_length=100, blank=True)
    jurisdiction = models.CharField(max_length=6, blank=True, help_text="ISO 3166")
    criticality = models.CharField(max_length=10, choices=Criticality.choices, blank=True)
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47; in which it is written to")
    words = models.TextField(
        default="", help_text="id, names and external identifiers in small letters, to be found by"
    )
    source = models.CharField(max_length=500)
    imported = models.DateTimeField()

    class Meta:
        """Lists of children go by parent."""

        indexes: ClassVar = [models.Index(fields=["parent"], name="organisation_parent")]

    def name(self, language: str = "en") -> str:
        """The name in a language, else in English, else in any, else the id."""
        names = {tag.lower(): name for tag, name in self.names.items()}
        wanted = language.lower()
        known = names.get(wanted) or names.get(wanted.split("-")[0]) or names.get("en")
        return known or next(iter(names.values()), self.global_id)

    @property
    def display_name(self) -> str:
        """The name in the language of whoever reads the page."""
        return self.name(get_language() or "en")

    @property
    def source_name(self) -> str:
        """The file that told of it, without the folders in which it lay."""
        return self.source.rsplit("/", 1)[-1]


class ExternalIdentifier(models.Model):
    """What others call an organisation: a LEI, a number in a national register, a handle at a regional registry."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, to_field="global_id", related_name="identifiers", db_index=False
    )
    scheme = models.CharField(max_length=100)
    value = models.CharField(max_length=500)

    class Meta:
        """One value of a scheme for one organisation."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "scheme"], name="identifier_organisation_scheme")
        ]
        indexes: ClassVar = [models.Index(fields=["scheme", "value"], name="identifier_value")]


class Valid(models.Model):
    """What has a period and a provenance: said by ``source``, here since ``imported``, ended by ``ended_by``."""

    valid_from = models.DateTimeField(null=True, help_text="included; empty: since ever")
    valid_to = models.DateTimeField(null=True, help_text="excluded; empty: until further notice")
    source = models.CharField(max_length=500)
    imported = models.DateTimeField()
    ended = models.DateTimeField(null=True, help_text="when its end was recorded")
    ended_by = models.CharField(max_length=500, blank=True, help_text="the source that ended it")

    class Meta:
        """Columns for others."""

        abstract = True


class Held(Valid):
    """What an organisation holds."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, to_field="global_id", db_index=False)
    shared = models.BooleanField(default=False, help_text="an event concerns all who hold it together")

    class Meta(Valid.Meta):
        """Columns for others."""

        abstract = True


class Network(Held):
    """A range of addresses: places on the line of 128 bits as 32 hexadecimal digits, IPv4 in ::ffff:0:0/96."""

    prefix = models.CharField(max_length=100, help_text="a prefix, or first-last")
    first = models.CharField(max_length=32)
    last = models.CharField(max_length=32)

    class Meta:
        """Found by key and by organisation."""

        indexes: ClassVar = [
            models.Index(fields=["prefix"], name="network_prefix"),
            models.Index(fields=["organisation"], name="network_organisation"),
        ]


class AutonomousSystem(Held):
    """An AS number."""

    number = models.BigIntegerField()

    class Meta:
        """Found by key and by organisation."""

        indexes: ClassVar = [
            models.Index(fields=["number"], name="as_number"),
            models.Index(fields=["organisation"], name="as_organisation"),
        ]


class Domain(Held):
    """A domain name and what lies below it; with ``=`` in front the name alone."""

    name = models.CharField(max_length=255)

    class Meta:
        """Found by key and by organisation."""

        indexes: ClassVar = [
            models.Index(fields=["name"], name="domain_name"),
            models.Index(fields=["organisation"], name="domain_organisation"),
        ]


class Contact(Valid):
    """Whom to tell at an organisation, in which role."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, to_field="global_id", related_name="contacts")
    role = models.CharField(max_length=100)
    name = models.CharField(max_length=500, blank=True)
    email = models.CharField(max_length=320, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=20, blank=True)
    openpgp = models.TextField(default="", blank=True, help_text="certificate in ASCII armour; mail is encrypted to it")
    smime = models.TextField(default="", blank=True, help_text="certificate in PEM; mail is encrypted to it")


class Mailbox(models.Model):
    """What is known of an address that contacts have, in whatever role and however often they are imported anew."""

    address = models.CharField(max_length=320, unique=True, help_text="in small letters")
    unreachable = models.DateTimeField(null=True, help_text="since when mail to it comes back for good")
    said = models.CharField(max_length=500, blank=True, help_text="status and words of the mail server")
    asking = models.UUIDField(null=True, unique=True, help_text="the mail that asked last whether it is still right")
    asked = models.DateTimeField(null=True)
    confirmed = models.DateTimeField(null=True)

    @property
    def is_asked(self) -> bool:
        """Whether it was asked, and has not confirmed since."""
        return self.asked is not None and (self.confirmed is None or self.confirmed < self.asked)

    def is_silent(self, over: datetime) -> bool:
        """Whether it was asked before that moment, and has not confirmed since."""
        return self.is_asked and self.asked is not None and self.asked < over


class Service(Valid):
    """What an organisation offers to others, and how much depends on it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, to_field="global_id", related_name="services")
    local_id = models.CharField(max_length=100)
    names = models.JSONField(default=dict, help_text="name by language (BCP 47)")
    criticality = models.CharField(max_length=10, choices=Organisation.Criticality.choices, blank=True)

    class Meta:
        """One id within an organisation."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "local_id"], name="service_organisation_local_id")
        ]

    @property
    def display_name(self) -> str:
        """The name in the language of whoever reads the page."""
        names = {tag.lower(): name for tag, name in self.names.items()}
        return names.get((get_language() or "en").lower()) or names.get("en") or self.local_id


class ServiceAsset(models.Model):
    """Something that a service runs on."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="assets")
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=255)

    class Meta:
        """Found by what it is: which services stand on this address."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "kind", "key"], name="asset_service_kind_key")
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "key"], name="asset_key")]


class Edition(models.Model):
    """One row whose mark is new after each change: a snapshot with another mark is out of date."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    mark = models.UUIDField(default=uuid.uuid4)
