"""Each organisation waits for an answer of its own: what was one moment for an incident goes to those who see it."""

from django.db import migrations, models


def to_each(apps, editor):
    """Nobody wrote down who of several it was: all who see the incident wait, so that nobody is forgotten."""
    incidents = apps.get_model("incidents", "Incident").objects.filter(waiting__isnull=False, state="open")
    involved = apps.get_model("incidents", "Involved").objects
    for pk, waiting in incidents.values_list("pk", "waiting"):
        involved.filter(incident=pk, shared__isnull=False).update(waiting=waiting)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_reported")]

    operations = [
        migrations.AddField("involved", "waiting", models.DateTimeField(null=True)),
        migrations.RunPython(to_each, migrations.RunPython.noop),
        migrations.AddIndex(
            "involved",
            models.Index(
                fields=["incident", "waiting"],
                condition=models.Q(waiting__isnull=False),
                name="incident_waits",
            ),
        ),
        migrations.RemoveField("incident", "waiting"),
    ]
