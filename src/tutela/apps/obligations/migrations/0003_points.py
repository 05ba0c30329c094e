"""A version of a report keeps the points to which its texts belong: the law may ask for others later."""

from django.db import migrations, models


def from_the_obligation(apps, editor):
    """Until now the points of the obligation were meant."""
    for draft in apps.get_model("obligations", "Draft").objects.select_related("obligation").iterator():
        points = draft.obligation.content
        if len(points) == len(draft.texts):
            draft.points = points
        else:
            draft.points = [f"{number}." for number in range(1, len(draft.texts) + 1)]
        draft.save(update_fields=["points"])


class Migration(migrations.Migration):
    dependencies = [("obligations", "0002_over")]

    operations = [
        migrations.AddField(
            "draft", "points", models.JSONField(default=list, help_text="the checklist as it was then")
        ),
        migrations.AlterField(
            "draft", "texts", models.JSONField(help_text="one text for each point, in their order")
        ),
        migrations.RunPython(from_the_obligation, migrations.RunPython.noop),
    ]
