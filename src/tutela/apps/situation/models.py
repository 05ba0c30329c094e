"""What was measured on a day: counts that need not be reckoned again for a trend or a briefing."""

from __future__ import annotations

from django.db import models


class Pace(models.Model):
    """How many findings of an organisation came to something on a day, in a bin of how long that took."""

    day = models.DateField(help_text="of UTC")
    organisation = models.CharField(
        max_length=200, blank=True, help_text="global id; empty: all organisations together"
    )
    act = models.CharField(max_length=20, help_text="notify, acknowledge or close")
    bin = models.PositiveSmallIntegerField(help_text="of core/findings/pace.py")
    count = models.BigIntegerField(default=0)

    class Meta:
        """One row for each."""

        constraints = (
            models.UniqueConstraint(fields=["day", "organisation", "act", "bin"], name="pace_day_organisation_act_bin"),
        )
        indexes = (models.Index(fields=["organisation", "day"], name="pace_organisation_day"),)


class Measure(models.Model):
    """How many findings of a severity an organisation had at the end of a day (or now, for today)."""

    day = models.DateField(help_text="of UTC")
    organisation = models.CharField(
        max_length=200, blank=True, help_text="global id; empty: all organisations together"
    )
    sector = models.CharField(max_length=100, blank=True, help_text="of the organisation on that day")
    severity = models.PositiveSmallIntegerField(help_text="0 undefined … 5 critical")
    open = models.BigIntegerField(default=0)
    overdue = models.BigIntegerField(default=0, help_text="open for longer than its severity allows")
    new = models.BigIntegerField(default=0, help_text="first seen on this day")

    class Meta:
        """One row for each; a trend goes by organisation, a picture by day."""

        constraints = (
            models.UniqueConstraint(
                fields=["day", "organisation", "severity"], name="measure_day_organisation_severity"
            ),
        )
        indexes = (models.Index(fields=["organisation", "day"], name="measure_organisation_day"),)
