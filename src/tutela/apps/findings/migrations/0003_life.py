"""Findings get a life. What is there already is as it was when it was last seen; whether it is still there, later reports tell."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("findings", "Finding").objects.update(
        last_reported=F("last_seen"), last_observer=F("observer"), changed=F("first_seen")
    )


class Migration(migrations.Migration):
    dependencies = [("findings", "0002_places")]

    operations = [
        migrations.AddField(
            "finding",
            "last_reported",
            models.DateTimeField(
                default=django.utils.timezone.now, help_text="when the last report that shows it came in"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "finding",
            "last_observer",
            models.CharField(default="", max_length=200, help_text="the feed of that report"),
            preserve_default=False,
        ),
        migrations.AddField(
            "finding",
            "changed",
            models.DateTimeField(default=django.utils.timezone.now, help_text="since when it is in its state"),
            preserve_default=False,
        ),
        migrations.AddField(
            "finding", "claimed", models.DateTimeField(null=True, help_text="since when it is said to be fixed")
        ),
        migrations.AddField(
            "finding",
            "closed",
            models.DateTimeField(null=True, help_text="when the report came in that proved it closed"),
        ),
        migrations.AddField(
            "finding",
            "until",
            models.DateTimeField(null=True, help_text="until when a false positive or an accepted risk stands"),
        ),
        migrations.AlterField(
            "finding",
            "state",
            models.CharField(
                choices=[
                    ("new", "new"),
                    ("notified", "notified"),
                    ("acknowledged", "acknowledged"),
                    ("claimed", "claimed"),
                    ("closed", "closed"),
                    ("reopened", "reopened"),
                    ("false_positive", "false_positive"),
                    ("accepted_risk", "accepted_risk"),
                ],
                default="new",
                max_length=20,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("act", models.CharField(max_length=20)),
                ("before", models.CharField(max_length=20)),
                ("after", models.CharField(max_length=20)),
                ("actor_kind", models.CharField(max_length=20)),
                ("actor_name", models.CharField(max_length=254)),
                ("reason", models.TextField(blank=True)),
                ("until", models.DateTimeField(null=True)),
                (
                    "evidence",
                    models.JSONField(
                        default=list, help_text="the reports on which the step stands, each with what it says"
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="findings.finding"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["finding", "at"], name="step_finding")]},
        ),
        migrations.AddIndex(
            "finding", models.Index(fields=["state", "last_observer", "last_reported"], name="finding_life")
        ),
    ]
