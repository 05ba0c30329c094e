"""Findings: one condition on one asset of one organisation, folded from events."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Concat, Left, Lower

from tutela.core.findings.life import OPEN, State

INDEXED = 255
"""Characters of an asset that are in the index: a URL can be longer than PostgreSQL takes."""


def _spaced(*parts: Left) -> list[Left | Value]:
    """Parts of a text with blanks between."""
    return [one for part in parts for one in (part, Value(" "))][:-1]


class Finding(models.Model):
    """A condition on an asset. ``fingerprint`` says which condition, ``organisation`` whose asset."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.CharField(max_length=200, help_text="global id of the organisation")
    fingerprint = models.UUIDField(help_text="XXH3 128-bit hash of the documented bytes")
    recipe = models.PositiveSmallIntegerField(help_text="version of the fingerprint's recipe")
    observer_kind = models.CharField(max_length=20, default="feed", help_text="feed; later also scan, sbom, check")
    observer = models.CharField(max_length=200)
    asset_type = models.CharField(max_length=20)
    asset_key = models.TextField()
    asset_first = models.CharField(  # noqa: DJ001 - two partial indexes tell addresses from others by it
        max_length=32,
        null=True,
        help_text="place of an address on the line of 128 bits, 32 hexadecimal digits; none for other assets",
    )
    classification_taxonomy = models.CharField(max_length=100, blank=True)
    classification_type = models.CharField(max_length=100, blank=True)
    classification_identifier = models.TextField(blank=True)
    malware_name = models.TextField(blank=True)
    vulnerabilities = models.TextField(blank=True)
    severity = models.PositiveSmallIntegerField(default=0, help_text="0 undefined … 5 critical")
    tlp = models.PositiveSmallIntegerField(default=0, help_text="0 CLEAR … 4 RED (TLP 2.0)")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    last_reported = models.DateTimeField(help_text="when the last report that shows it came in")
    last_observer = models.CharField(max_length=200, help_text="the feed of that report")
    events = models.BigIntegerField(default=0, help_text="distinct events")
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in State], default=State.NEW.value)
    changed = models.DateTimeField(help_text="since when it is in its state")
    opened = models.DateTimeField(help_text="since when it is open: when its first report came in, or it opened again")
    claimed = models.DateTimeField(null=True, help_text="since when it is said to be fixed")
    closed = models.DateTimeField(null=True, help_text="when the report came in that proved it closed")
    until = models.DateTimeField(null=True, help_text="until when a false positive or an accepted risk stands")
    # a number, and no truth value: SQLite finds no index for those
    is_open = models.GeneratedField(
        expression=Case(When(state__in=[state.value for state in OPEN], then=1), default=0),
        output_field=models.SmallIntegerField(),
        db_persist=True,
        help_text="1 as long as something is still to be done, then 0",
    )
    flaw = models.GeneratedField(
        expression=Case(When(vulnerabilities="", then=None), default=Left("vulnerabilities", INDEXED)),
        output_field=models.CharField(max_length=INDEXED, null=True),
        db_persist=True,
        help_text="vulnerabilities as far as they are in the index, where there are any",
    )

    words = models.GeneratedField(
        expression=Lower(
            Concat(
                *_spaced(
                    Left("asset_key", INDEXED),
                    Left("classification_type", 40),
                    Left("classification_identifier", 80),
                    Left("malware_name", 80),
                    Left("vulnerabilities", 120),
                )
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
        help_text="what describes it, as far as it is looked through for words",
    )

    class Meta:
        """Lists go by organisation, by severity and by age."""

        constraints = (
            models.UniqueConstraint(fields=["organisation", "fingerprint"], name="finding_organisation_fingerprint"),
        )
        indexes = (
            models.Index(fields=["organisation", "-severity", "-last_seen"], name="finding_organisation_worst"),
            models.Index(fields=["-severity", "-last_seen", "id"], name="finding_worst"),
            models.Index(fields=["is_open", "-severity", "-last_seen", "id"], name="finding_open"),
            models.Index(fields=["classification_type", "-severity", "-last_seen"], name="finding_type"),
            # whoever looks for a word reads this index from end to end, and not the rows: a tenth of the bytes
            models.Index(fields=["words", "id"], name="finding_words"),
            models.Index(fields=["flaw"], name="finding_flaw", condition=Q(flaw__isnull=False)),
            # an address is found by its place, any other asset by its name: each row pays for one of the two
            models.Index(Left("asset_key", INDEXED), name="finding_asset", condition=Q(asset_first__isnull=True)),
            models.Index(fields=["asset_first"], name="finding_place", condition=Q(asset_first__isnull=False)),
            models.Index(fields=["-last_seen", "id"], name="finding_last_seen"),
            models.Index(fields=["state", "last_observer", "last_reported"], name="finding_life"),
        )


class Step(models.Model):
    """One step in the life of a finding; rows are added and never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    finding = models.ForeignKey(Finding, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    act = models.CharField(max_length=20)
    before = models.CharField(max_length=20)
    after = models.CharField(max_length=20)
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=254)
    reason = models.TextField(blank=True)
    until = models.DateTimeField(null=True)
    opened = models.DateTimeField(null=True, help_text="since when the finding was open, when the step was taken")
    evidence = models.JSONField(default=list, help_text="the reports on which the step stands, each with what it says")
    entry = models.BigIntegerField(null=True, help_text="number of the ledger entry that holds the hash of the step")

    class Meta:
        """Read from the first to the last; measured by the day."""

        indexes = (
            models.Index(fields=["finding", "at"], name="step_finding"),
            models.Index(fields=["at"], name="step_at"),
        )
