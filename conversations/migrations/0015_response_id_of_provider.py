"""A provider's id for a response is unique among those of the provider: two providers may give the same one.

The index is made while the site runs. One whose making was interrupted stays behind unfinished, so it is dropped first,
and the whole can be repeated.
"""

import uuid

from django.db import migrations, models
from django.db.models.functions import Coalesce

NAME = "response_id_of_provider"
UNIQUE = models.UniqueConstraint(
    models.F("response_id"),
    Coalesce("provider", models.Value(uuid.UUID(int=0), models.UUIDField())),
    name=NAME,
    condition=models.Q(response_id__isnull=False),
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0014_compactions"),
    ]

    operations = [
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"""
            CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON conversations_response
                (response_id, COALESCE(provider_id, '00000000-0000-0000-0000-000000000000'::uuid))
                WHERE response_id IS NOT NULL
            """,
            f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
            state_operations=[migrations.AddConstraint("response", UNIQUE)],
        ),
        migrations.AlterField(
            "response",
            "response_id",
            models.CharField(blank=True, help_text="the provider's id for it", max_length=1000, null=True),
        ),
    ]
