"""An index of the responses of assistants, which are few beside all others, made while the site runs."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0009_what_answers"),
    ]

    operations = [
        AddIndexConcurrently(
            "response",
            models.Index(
                fields=["assistant_version"],
                name="response_of_assistant",
                condition=models.Q(assistant_version__isnull=False),
            ),
        ),
    ]
