"""Obligations that people have confirmed, with their clocks, and the drafts of what is to be submitted."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
"""Where what has no time limit stands in the order of what is due."""

OVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Where what was submitted or stopped stands: behind all that runs."""


class Obligation(models.Model):
    """One report that an organisation owes in an incident (or the authority in its turn), since somebody said so.

    What the law said when its clock was set stays with it: a later version of the library changes no clock by itself.
    """

    class State(models.TextChoices):
        """How far it has come."""

        RUNNING = "running", "running"
        SUBMITTED = "submitted", "submitted"
        STOPPED = "stopped", "stopped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.UUIDField()
    organisation = models.CharField(max_length=100, help_text="global id")
    regime = models.CharField(max_length=100)
    stage = models.CharField(max_length=100)
    version = models.PositiveIntegerField(help_text="of the regime, when the clock was set")
    duty = models.BooleanField(default=False, help_text="of the authority itself")
    mode = models.CharField(max_length=20)
    due = models.DateTimeField(null=True)
    turn = models.DateTimeField(default=END_OF_TIME, help_text="when it is due, in the order of what runs")
    zone = models.CharField(max_length=60, blank=True, help_text="in which the limit was counted")
    waits_for = models.CharField(max_length=200, blank=True, help_text="the event without which there is no time")
    recipient = models.TextField(blank=True)
    content = models.JSONField(default=list, help_text="the checklist of what the law asks for")
    citation = models.TextField()
    confidence = models.CharField(max_length=1)
    because = models.JSONField(default=list, help_text="how the answer came about, step by step")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started = models.DateTimeField()
    started_by = models.CharField(max_length=254)
    ended = models.DateTimeField(null=True)
    submitted = models.DateTimeField(null=True, help_text="when it was handed in")
    ended_by = models.CharField(max_length=254, blank=True)
    proof = models.TextField(blank=True, help_text="of the submission; or why it was stopped")
    here = models.BooleanField(default=False, help_text="it was handed in to this authority, in the console")
    entry = models.BigIntegerField(null=True, help_text="number of the ledger entry of its submission")
    warned = models.DateTimeField(null=True, help_text="when somebody was last reminded of it")

    class Meta:
        """At most one clock runs for a stage; read in the order in which they are due."""

        constraints = (
            models.UniqueConstraint(
                fields=["incident", "organisation", "regime", "stage"],
                condition=Q(state="running"),
                name="obligation_runs_once",
            ),
        )
        indexes = (
            models.Index(fields=["state", "turn", "id"], name="obligation_due"),
            models.Index(fields=["incident", "organisation"], name="obligation_incident"),
        )

    @property
    def standing(self) -> str:
        """How far it has come, for people: a clock that has no time yet waits for an event."""
        return "waiting" if self.state == self.State.RUNNING and self.due is None and self.waits_for else self.state


class Draft(models.Model):
    """A version of what is to be submitted; rows are added and never changed but for their approval."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="drafts", db_index=False)
    number = models.PositiveIntegerField(help_text="counts within the obligation")
    points = models.JSONField(default=list, help_text="the checklist as it was then")
    texts = models.JSONField(help_text="one text for each point, in their order")
    remarks = models.TextField(blank=True)
    written = models.DateTimeField()
    author = models.CharField(max_length=254)
    approved = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=254, blank=True)

    class Meta:
        """Read from the last back."""

        constraints = (models.UniqueConstraint(fields=["obligation", "number"], name="draft_number"),)

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Each point of the checklist with its text."""
        return list(zip(self.points or [""], self.texts, strict=True))
