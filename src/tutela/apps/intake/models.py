"""What came in: reports, the loads in which they go through the house, and how their collectors do.

A load is the unit that is settled whole or not at all. It is written down before any work begins, so that a process
that takes over after a crash finds the same reports, the same definitions and the same constituency.
"""

from __future__ import annotations

import uuid

from django.db import models


class Load(models.Model):
    """Some reports that go through the stages together."""

    class State(models.TextChoices):
        """How far the load is; the stages between leave their results on disk."""

        RECEIVED = "received"
        SETTLED = "settled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    snapshot = models.CharField(max_length=64, help_text="the constituency snapshot that the load attributes against")
    created = models.DateTimeField()
    settled = models.DateTimeField(null=True)
    actor = models.CharField(max_length=200)
    replay_of = models.ForeignKey(
        "Report",
        null=True,
        on_delete=models.PROTECT,
        related_name="replays",
        help_text="whose quarantine it reads again",
    )
    definition = models.TextField(blank=True, help_text="the mended feed definition (JSON) of a replay")

    class Meta:
        """Unfinished loads are looked for at each start."""

        indexes = (models.Index(fields=["state", "created"], name="intake_load_state"),)


class Report(models.Model):
    """Bytes received from a source at a time, and what became of them."""

    class State(models.TextChoices):
        """What became of the report."""

        RECEIVED = "received"
        SETTLED = "settled"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content = models.CharField(max_length=64, help_text="SHA-256 of the bytes, also their place in the archive")
    size = models.BigIntegerField()
    file_name = models.CharField(max_length=512)
    feed = models.CharField(max_length=200)
    definition = models.TextField(help_text="the feed definition that reads it (JSON), as it was when it came in")
    received = models.DateTimeField()
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="reports")
    position = models.PositiveIntegerField(help_text="place in the load")
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    scope = models.TextField(
        blank=True, help_text="what it is limited to (JSON, as in the feed); empty: no limit known"
    )
    period_first = models.DateTimeField(null=True)
    period_last = models.DateTimeField(null=True)
    whole = models.BooleanField(null=True, help_text="every record came in and could be read")
    rows = models.BigIntegerField(default=0)
    read = models.BigIntegerField(
        default=0, help_text="rows that gave all their events; rows = read+skipped+quarantined"
    )
    skipped = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    invalid = models.BigIntegerField(default=0, help_text="events that keep a value which did not validate")
    problems = models.JSONField(default=list, help_text="what was odd about the report, in sentences")

    class Meta:
        """One feed reads the same bytes once."""

        constraints = (models.UniqueConstraint(fields=["content", "feed"], name="intake_report_content_feed"),)
        indexes = (models.Index(fields=["feed", "received"], name="intake_report_feed"),)


class Collection(models.Model):
    """How a collector does: its last round, its next one, and who is at it now."""

    name = models.CharField(max_length=100, primary_key=True)
    last_attempt = models.DateTimeField(null=True)
    last_success = models.DateTimeField(null=True, help_text="when the source last answered as it should")
    next_due = models.DateTimeField(null=True, help_text="not before; nothing: at once")
    failures = models.PositiveIntegerField(default=0, help_text="rounds in a row in which it did not")
    error = models.TextField(blank=True, help_text="what was wrong last, in a sentence")
    source = models.TextField(blank=True, help_text="the address of which the three below speak")
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=500, blank=True)
    content = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was fetched last")
    lease = models.UUIDField(null=True, help_text="the round that is at it")
    leased_until = models.DateTimeField(null=True)
