"""The tables of the ledger: entries, which can only be appended, and openings of commitments, which can be erased."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class LedgerEntry(models.Model):
    """One entry: leaf ``seq`` of the Merkle tree. ``leaf`` is the entry; the other columns repeat it for queries."""

    seq = models.BigIntegerField(
        primary_key=True
    )  # counts from 0 without gaps: no sequence, whose gaps would be rollbacks
    time = models.CharField(max_length=27)  # as in the entry; text order is time order on every database
    action = models.CharField(max_length=200)
    leaf = models.TextField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        """The name of the table."""

        db_table = "ledger_entry"
        ordering: ClassVar = ["seq"]


class CommitmentOpening(models.Model):
    """The salt and the value behind a commitment; erasing the row makes the commitment mute and breaks no proof."""

    commitment = models.CharField(max_length=64, primary_key=True)
    salt = models.BinaryField(max_length=32)
    value = models.CharField(max_length=1000, db_index=True)

    class Meta:
        """The name of the table."""

        db_table = "ledger_opening"
