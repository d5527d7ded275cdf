import uuid

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0003_claims"),
    ]

    operations = [
        migrations.AddField(
            model_name="store",
            name="claimed_until",
            field=models.DateTimeField(
                default=django.utils.timezone.now, help_text="until when a process has it to itself"
            ),
        ),
        migrations.AddField(
            model_name="store",
            name="token",
            field=models.UUIDField(
                default=uuid.uuid4, help_text="by which one is found there whose id was never noted"
            ),
        ),
        migrations.AlterField(
            model_name="store",
            name="due_at",
            field=models.DateTimeField(default=django.utils.timezone.now, help_text="when it is next looked at"),
        ),
    ]
