"""A finding knows since when it is open, and a step since when it was. Of what is there already: since it was first seen."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("findings", "Finding").objects.update(opened=F("first_seen"))


class Migration(migrations.Migration):
    dependencies = [("findings", "0003_life")]

    operations = [
        migrations.AddField(
            "finding",
            "opened",
            models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="since when it is open: when its first report came in, or it opened again",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddField(
            "step",
            "opened",
            models.DateTimeField(null=True, help_text="since when the finding was open, when the step was taken"),
        ),
        migrations.AddIndex("step", models.Index(fields=["at"], name="step_at")),
    ]
