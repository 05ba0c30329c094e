"""What is stated of organisations for the law, and what was confirmed of the law; rows are added and never changed."""

from __future__ import annotations

from django.db import models


class Statement(models.Model):
    """Something that was stated of an organisation; who knows better states it anew, and the last one counts."""

    organisation = models.CharField(max_length=100, help_text="global id")
    name = models.CharField(max_length=100, help_text="a fact of the book of facts, country, or timezone")
    value = models.JSONField(null=True, help_text="nothing: nobody knows it (any more)")
    evidence = models.TextField(blank=True, help_text="on what it rests")
    stated = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=254)

    class Meta:
        """Read by name, from the first to the last."""

        indexes = (models.Index(fields=["organisation", "name", "id"], name="statement_organisation"),)


class Confirmation(models.Model):
    """That a legal officer has read in the law what the library says of a part of a regime.

    It holds for what stood there then, by its hash; what is amended has to be confirmed anew.
    """

    regime = models.CharField(max_length=100)
    part = models.CharField(max_length=110)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what the library says")
    source = models.TextField(help_text="where it was read")
    confirmed = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=254)

    class Meta:
        """Read by regime."""

        indexes = (models.Index(fields=["regime"], name="confirmation_regime"),)
