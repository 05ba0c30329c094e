"""The ledger's tables and the guards that make the first one append-only."""

from django.db import migrations, models

from tutela.apps.ledger import guards


class Migration(migrations.Migration):
    """Tables, then guards."""

    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("time", models.CharField(max_length=27)),
                ("action", models.CharField(max_length=200)),
                ("leaf", models.TextField()),
                ("leaf_hash", models.BinaryField(max_length=32)),
            ],
            options={"db_table": "ledger_entry", "ordering": ["seq"]},
        ),
        migrations.CreateModel(
            name="CommitmentOpening",
            fields=[
                ("commitment", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("salt", models.BinaryField(max_length=32)),
                ("value", models.CharField(db_index=True, max_length=1000)),
            ],
            options={"db_table": "ledger_opening"},
        ),
        migrations.RunPython(guards.install, guards.remove),
    ]
