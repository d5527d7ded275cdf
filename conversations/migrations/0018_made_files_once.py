"""A file that a model made knows what it is at the provider, so that it is fetched once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0017_made_files_found"),
    ]

    operations = [
        migrations.AddField(
            "attachment",
            "source",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="a digest of what it is at the provider, so that it is fetched once",
                max_length=64,
            ),
        ),
    ]
