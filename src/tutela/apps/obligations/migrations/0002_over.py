"""What is over stands at the end of what is due, not where it was due."""

from django.db import migrations, models

from tutela.apps.obligations.models import END_OF_TIME, OVER


def to_the_end(apps, editor):
    """Submitted or stopped."""
    apps.get_model("obligations", "Obligation").objects.exclude(state="running").update(turn=OVER)


class Migration(migrations.Migration):
    dependencies = [("obligations", "0001_initial")]

    operations = [
        migrations.AlterField(
            "obligation",
            "turn",
            models.DateTimeField(default=END_OF_TIME, help_text="when it is due, in the order of what runs"),
        ),
        migrations.RunPython(to_the_end, migrations.RunPython.noop),
    ]
