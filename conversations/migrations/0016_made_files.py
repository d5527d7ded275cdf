"""Attachments may be any files, and those that models made know by which response."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0015_response_id_of_provider"),
    ]

    operations = [
        migrations.AlterField(
            "attachment",
            "thumbnail",
            models.FileField(blank=True, help_text="of an image", max_length=200, upload_to=""),
        ),
        migrations.AlterField(
            "attachment", "width", models.PositiveIntegerField(blank=True, help_text="of an image", null=True)
        ),
        migrations.AlterField(
            "attachment", "height", models.PositiveIntegerField(blank=True, help_text="of an image", null=True)
        ),
        migrations.AddField(
            "attachment",
            "made_by",
            models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="the response whose model made it",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="files",
                to="conversations.response",
            ),
        ),
    ]
