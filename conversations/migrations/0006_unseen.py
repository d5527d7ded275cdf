"""A conversation knows since when an answer in it hasn't been seen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0005_longer_response_id"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="unseen_at",
            field=models.DateTimeField(
                blank=True, help_text="when an answer ended that its person has not seen yet", null=True
            ),
        ),
    ]
