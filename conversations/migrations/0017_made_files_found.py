"""The files of a response are found by an index, which is made while the site runs.

One whose making was interrupted stays behind unfinished, so it is dropped first, and the whole can be repeated.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0016_made_files"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS attachment_made_by", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "attachment",
            models.Index(condition=models.Q(("made_by__isnull", False)), fields=["made_by"], name="attachment_made_by"),
        ),
    ]
