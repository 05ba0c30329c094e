"""Organisations are found by their words, whatever the case of the letters and the language of the name."""

from django.db import migrations, models

_BATCH = 2_000


def fill(apps, schema_editor):
    organisations = apps.get_model("constituency", "Organisation")
    identifiers = {}
    for owner, value in apps.get_model("constituency", "ExternalIdentifier").objects.values_list("organisation_id", "value"):
        identifiers.setdefault(owner, []).append(value)
    batch = []
    for one in organisations.objects.only("pk", "global_id", "names").iterator(chunk_size=_BATCH):
        one.words = " ".join([one.global_id, *one.names.values(), *identifiers.get(one.global_id, [])]).casefold()
        batch.append(one)
    organisations.objects.bulk_update(batch, ["words"], batch_size=_BATCH)


class Migration(migrations.Migration):
    dependencies = [("constituency", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="words",
            field=models.TextField(
                default="", help_text="id, names and external identifiers in small letters, to be found by"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
