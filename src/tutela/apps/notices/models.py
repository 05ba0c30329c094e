"""Notices as they are kept: what was said to whom, exactly as it went out, and how far it has come."""

from __future__ import annotations

import uuid

from django.db import models


class Notice(models.Model):
    """A message to a contact of an organisation about some of its findings.

    It is a row with a state and a lease: whoever sends it takes the lease, and where they die it is taken up again.
    """

    class State(models.TextChoices):
        """How far it has come.

        In ``handing`` the mail server is being given the text: after a crash nobody can know whether it took it, so it
        is sent again under the same Message-ID, by which mailboxes tell doubles. What is ``withdrawn`` never went out;
        what is left of its findings goes into a new one. What is ``held`` waits for a person: it cannot be encrypted.
        """

        QUEUED = "queued", "queued"
        HANDING = "handing", "handing"
        HELD = "held", "held"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        WITHDRAWN = "withdrawn", "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.CharField(max_length=200, help_text="global id of the organisation whose findings they are")
    recipient = models.CharField(max_length=320, help_text="address")
    contact = models.CharField(max_length=500, blank=True, help_text="name of the contact")
    role = models.CharField(max_length=100)
    language = models.CharField(max_length=20)
    rule = models.CharField(max_length=100)
    because = models.TextField(help_text="why this rule, and why this contact")
    answers = models.CharField(max_length=20, help_text="link or sign-in: what is needed to answer")
    tlp = models.PositiveSmallIntegerField(help_text="0 CLEAR … 4 RED (TLP 2.0), the strictest of its findings")
    findings = models.PositiveIntegerField()
    subject = models.TextField()
    body = models.TextField()
    rows = models.TextField(help_text="the file that goes with it: CSV, one line for each finding")
    deadline = models.DateTimeField(help_text="by when the first of its findings should be fixed")
    created = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(null=True, help_text="not before; nothing once it is sent or failed")
    leased_until = models.DateTimeField(null=True)
    doubtful = models.BooleanField(default=False, help_text="it was sent again, and may have come twice")
    sent = models.DateTimeField(null=True)
    error = models.TextField(blank=True, help_text="what the mail server said last, or why it cannot be encrypted")
    in_clear = models.BooleanField(default=False, help_text="a person said that it may go out unencrypted")
    signed_by = models.CharField(max_length=128, default="", blank=True, help_text="fingerprint of the key")
    encrypted_to = models.TextField(default="", blank=True, help_text="fingerprints, with blanks between")
    answered = models.DateTimeField(null=True)
    entry = models.BigIntegerField(null=True, help_text="number of the ledger entry that says what it tells")

    class Meta:
        """Sent by the time of the next try; read from the latest back."""

        indexes = (
            models.Index(fields=["next_try"], name="notice_next_try"),
            models.Index(fields=["-created", "id"], name="notice_created"),
            models.Index(fields=["organisation", "-created"], name="notice_organisation"),
        )


class Told(models.Model):
    """That a notice speaks of a finding. ``opened``: since when it was open then; once for each time it opens."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="told", db_index=True)
    finding = models.UUIDField()
    opened = models.DateTimeField()

    class Meta:
        """No finding is told twice."""

        constraints = (models.UniqueConstraint(fields=["finding", "opened"], name="told_once"),)
