"""Addresses are found by the prefix they lie in, other assets by name, all by age; what is there already gets its place."""

import ipaddress

import django.db.models.functions
from django.db import migrations, models
from django.db.models import Q

_BATCH = 5_000
_MAPPED = 0xFFFF << 32


def fill(apps, schema_editor):
    findings = apps.get_model("findings", "Finding").objects
    batch = []
    for one in findings.filter(asset_type="address").only("pk", "asset_key").iterator(chunk_size=_BATCH):
        try:
            address = ipaddress.ip_address(one.asset_key)
        except ValueError:
            continue
        one.asset_first = f"{int(address) + (_MAPPED if address.version == 4 else 0):032x}"
        batch.append(one)
        if len(batch) == _BATCH:
            findings.bulk_update(batch, ["asset_first"])
            batch = []
    findings.bulk_update(batch, ["asset_first"])


class Migration(migrations.Migration):
    dependencies = [("findings", "0001_initial")]

    operations = [
        migrations.AddField(
            "finding",
            "asset_first",
            models.CharField(
                max_length=32,
                null=True,
                help_text="place of an address on the line of 128 bits, 32 hexadecimal digits; none for other assets",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "finding",
            models.Index(
                django.db.models.functions.Left("asset_key", 255),
                name="finding_asset",
                condition=Q(asset_first__isnull=True),
            ),
        ),
        migrations.AddIndex(
            "finding",
            models.Index(fields=["asset_first"], name="finding_place", condition=Q(asset_first__isnull=False)),
        ),
        migrations.AddIndex("finding", models.Index(fields=["-last_seen", "id"], name="finding_last_seen")),
    ]
