"""Findings: one condition on one asset of one organisation, folded from events."""

from __future__ import annotations

import uuid

from django.db import models


class Finding(models.Model):
    """A condition on an asset. ``fingerprint`` says which condition, ``organisation`` whose asset."""

    class State(models.TextChoices):
        """The life of a finding; later stages add to it."""

        NEW = "new"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.CharField(max_length=200, help_text="global id of the organisation")
    fingerprint = models.UUIDField(help_text="XXH3 128-bit hash of the documented bytes")
    recipe = models.PositiveSmallIntegerField(help_text="version of the fingerprint's recipe")
    observer_kind = models.CharField(max_length=20, default="feed", help_text="feed; later also scan, sbom, check")
    observer = models.CharField(max_length=200)
    asset_type = models.CharField(max_length=20)
    asset_key = models.TextField()
    classification_taxonomy = models.CharField(max_length=100, blank=True)
    classification_type = models.CharField(max_length=100, blank=True)
    classification_identifier = models.TextField(blank=True)
    malware_name = models.TextField(blank=True)
    vulnerabilities = models.TextField(blank=True)
    severity = models.PositiveSmallIntegerField(default=0, help_text="0 undefined … 5 critical")
    tlp = models.PositiveSmallIntegerField(default=0, help_text="0 CLEAR … 4 RED (TLP 2.0)")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    events = models.BigIntegerField(default=0, help_text="distinct events")
    state = models.CharField(max_length=20, choices=State.choices, default=State.NEW)

    class Meta:
        """Lists go by organisation, by severity and by age."""

        constraints = (
            models.UniqueConstraint(fields=["organisation", "fingerprint"], name="finding_organisation_fingerprint"),
        )
        indexes = (
            models.Index(fields=["organisation", "-severity", "-last_seen"], name="finding_organisation_worst"),
            models.Index(fields=["-severity", "-last_seen", "id"], name="finding_worst"),
            models.Index(fields=["classification_type", "-last_seen"], name="finding_type"),
        )
