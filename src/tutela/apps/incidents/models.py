"""Incidents as they are kept: the case, what belongs to it, and all that was ever said of it."""

from __future__ import annotations

import uuid

from django.db import models

from tutela.core.incidents.case import Part, State, reference


class Incident(models.Model):
    """A case that people handle. What it is now; how it came to be so is in its entries."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField(help_text="counts within the year")
    title = models.CharField(max_length=200)
    type = models.CharField(max_length=100, help_text="classification by RSIT")
    severity = models.PositiveSmallIntegerField(help_text="0 undefined … 5 critical")
    tlp = models.PositiveSmallIntegerField(help_text="0 CLEAR … 4 RED (TLP 2.0)")
    owner = models.CharField(max_length=254, blank=True, help_text="address of who handles it")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State], default=State.OPEN.value)
    reason = models.CharField(max_length=20, blank=True, help_text="why it was closed")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    opened = models.DateTimeField()
    changed = models.DateTimeField(help_text="when something was last done about it")
    closed = models.DateTimeField(null=True)

    class Meta:
        """Called by year and number; read from what was done last, or by severity."""

        constraints = (models.UniqueConstraint(fields=["year", "sequence"], name="incident_reference"),)
        indexes = (
            models.Index(fields=["-changed", "id"], name="incident_changed"),
            models.Index(fields=["-severity", "-changed"], name="incident_severity"),
            models.Index(fields=["state", "-changed"], name="incident_state"),
        )

    @property
    def reference(self) -> str:
        """What people call it."""
        return reference(self.year, self.sequence)


class Entry(models.Model):
    """One thing that happened in the course of an incident; rows are added and never changed.

    ``audience``: for organisations of which part it is too, once the incident is shared with them; ``organisation``:
    for this one alone. Without either it is for the authority alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="entries")
    sequence = models.PositiveIntegerField(help_text="counts within the incident: several can happen at one time")
    at = models.DateTimeField()
    act = models.CharField(max_length=20)
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=254)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, help_text="what it was about: names, counts, values before and after")
    audience = models.CharField(max_length=10, blank=True)
    organisation = models.CharField(max_length=200, default="", blank=True, help_text="global id")

    class Meta:
        """Read from the first to the last."""

        constraints = (models.UniqueConstraint(fields=["incident", "sequence"], name="incident_entry"),)


class Fact(models.Model):
    """Something that was stated of an incident; who knows better states it anew, and the last one counts.

    ``organisation``: of this organisation in the incident alone (when it became aware, what it lost); what is stated of
    one goes before what is stated of all.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="facts", db_index=False)
    name = models.CharField(max_length=100)
    organisation = models.CharField(max_length=200, default="", blank=True, help_text="global id")
    value = models.JSONField(null=True, help_text="nothing: nobody knows it (any more)")
    evidence = models.TextField(blank=True, help_text="on what it rests")
    stated = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=254)

    class Meta:
        """Read by name, from the first to the last."""

        indexes = (models.Index(fields=["incident", "name", "id"], name="incident_fact"),)


class Task(models.Model):
    """Something to be done about an incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="tasks")
    text = models.CharField(max_length=500)
    due = models.DateTimeField(null=True)
    added = models.DateTimeField()
    finished = models.DateTimeField(null=True)
    finished_by = models.CharField(max_length=254, blank=True)


class LinkedFinding(models.Model):
    """That a finding belongs to an incident."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="findings", db_index=False)
    finding = models.UUIDField(db_index=True)

    class Meta:
        """Each at most once."""

        constraints = (models.UniqueConstraint(fields=["incident", "finding"], name="incident_finding"),)


class Involved(models.Model):
    """An organisation that has to do with an incident.

    ``shared``: since when its people may see it; ``waiting``: since when they wait for an answer.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="organisations", db_index=False)
    organisation = models.CharField(max_length=200, db_index=True, help_text="global id")
    part = models.CharField(max_length=10, choices=[(p.value, p.value) for p in Part])
    shared = models.DateTimeField(null=True)
    waiting = models.DateTimeField(null=True)

    class Meta:
        """Each at most once; read too by who waits."""

        constraints = (models.UniqueConstraint(fields=["incident", "organisation"], name="incident_organisation"),)
        indexes = (
            models.Index(
                fields=["incident", "waiting"], name="incident_waits", condition=models.Q(waiting__isnull=False)
            ),
        )


class Attachment(models.Model):
    """A file that belongs to an incident; its bytes lie under ``content`` in the folder of attachments."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField(help_text="bytes")
    content = models.CharField(max_length=64, help_text="SHA-256, hexadecimal")
    added = models.DateTimeField()
    actor_name = models.CharField(max_length=254)
    organisation = models.CharField(
        max_length=200, default="", blank=True, help_text="global id: its people see the file too"
    )
