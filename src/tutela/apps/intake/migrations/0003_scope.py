

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0002_account_of_rows'),
    ]

    operations = [
        migrations.AlterField(
            model_name='report',
            name='scope',
            field=models.TextField(blank=True, help_text='what it is limited to (JSON, as in the feed); empty: no limit known'),
        ),
    ]
