"""Attachments may be documents, whose text was read, and their person may delete them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0018_made_files_once"),
        ("files", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="deleted_at",
            field=models.DateTimeField(
                blank=True, help_text="by its person; removed for good a while later", null=True
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="document",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="what was read of it, if it can be read and isn't an image",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.document",
            ),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="media_type",
            field=models.CharField(max_length=100),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="name",
            field=models.CharField(help_text="what the file was called", max_length=255),
        ),
    ]
