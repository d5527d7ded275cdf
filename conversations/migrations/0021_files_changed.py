"""Conversations know when a file of them was last deleted or restored."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0020_documents_found"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="files_changed_at",
            field=models.DateTimeField(
                blank=True,
                help_text=(
                    "when a file of it was last deleted or restored: providers know older answers with other files"
                ),
                null=True,
            ),
        ),
    ]
