"""Correspondence as it is kept: each mail that came in, what it answers, and the files that it brought."""

from __future__ import annotations

import uuid

from django.db import models

from tutela.core.notices.answers import Kind, Lack


class Message(models.Model):
    """A mail that came in. Its bytes lie under ``content`` in the folder of attachments.

    ``sender`` and ``subject`` are what stands in it, and nobody checked them. ``notice`` or ``incident``: what it
    answers; with neither it waits for a person, unless it was set aside.
    """

    class Thread(models.TextChoices):
        """With whom it is spoken: three threads that are never mixed. Only the organisation's is for organisations."""

        ORGANISATION = "organisation", "organisation"
        REPORTER = "reporter", "reporter"
        TEAM = "team", "team"

    class Proof(models.TextChoices):
        """Why it is taken for an answer: by a signed token, by the number of our mail, or because a person says so."""

        NONE = "", "none"
        TOKEN = "token", "token"
        NUMBER = "number", "number"
        PERSON = "person", "person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content = models.CharField(max_length=64, unique=True, help_text="SHA-256 of its bytes, hexadecimal")
    size = models.PositiveIntegerField(help_text="bytes")
    message_id = models.CharField(max_length=500, blank=True)
    received = models.DateTimeField(help_text="when it was taken out of the mailbox; its own date is not believed")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    is_cut = models.BooleanField(default=False, help_text="its text is longer")
    lack = models.CharField(max_length=10, blank=True, choices=[(lack.value, lack.value) for lack in Lack])
    left = models.JSONField(default=list, help_text="files that are not kept, with the reason")
    status = models.CharField(max_length=20, blank=True, help_text="of a bounce, by RFC 3463")
    said = models.CharField(max_length=500, blank=True, help_text="what the mail server said")
    thread = models.CharField(max_length=20, choices=Thread.choices, blank=True)
    notice = models.UUIDField(null=True, db_index=True)
    incident = models.UUIDField(null=True, db_index=True)
    organisation = models.CharField(max_length=200, blank=True, help_text="global id: whose contact was told")
    proof = models.CharField(max_length=10, choices=Proof.choices, blank=True)
    is_from_recipient = models.BooleanField(default=False, help_text="its sender is written as who was told")
    set_aside = models.DateTimeField(null=True, help_text="a person said that it answers nothing")

    class Meta:
        """Read from the latest back."""

        indexes = (
            models.Index(fields=["-received", "id"], name="message_received"),
            models.Index(fields=["organisation", "-received"], name="message_organisation"),
        )

    @property
    def is_assigned(self) -> bool:
        """Whether it is known what it answers."""
        return self.notice is not None or self.incident is not None

    @property
    def state(self) -> str:
        """Whether it is in its thread, waits for a person, or was set aside by one."""
        if self.is_assigned:
            return "assigned"
        return "waiting" if self.set_aside is None else "aside"

    @property
    def is_verified(self) -> bool:
        """Whether it came by the secret address, in the name of who was told; that is no signature either."""
        return self.proof == self.Proof.TOKEN and self.is_from_recipient


class File(models.Model):
    """A file that a mail brought; its bytes lie under ``content`` in the folder of attachments."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField(help_text="bytes")
    content = models.CharField(max_length=64, help_text="SHA-256, hexadecimal")
