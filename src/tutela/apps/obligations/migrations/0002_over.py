"""What is over stands at the end of what is due, not where it was due."""

from django.db import migrations, models

from tutela.apps.obligations.models import END_OF_TIME


def to_the_end(apps, editor):
    """Submitted or stopped."""
    apps.get_model("obligations", "Obligation").objects.exclude(state="running").update(turn=END_OF_TIME)


class Migration(migrations.Migration):
    dependencies = [("obligations", "0001_initial")]

    operations = [
        migrations.AlterField(
            "obligation",
            "turn",
            models.DateTimeField(default=END_OF_TIME, help_text="when it is due; the end of time: never, or it is over"),
        ),
        migrations.RunPython(to_the_end, migrations.RunPython.noop),
    ]
