"""The attachments of a file are found by an index, which is made while the site runs.

One whose making was interrupted stays behind unfinished, so it is dropped first, and the whole can be repeated.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0021_files_changed"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS attachment_file", migrations.RunSQL.noop),
        AddIndexConcurrently("attachment", models.Index(fields=["file"], name="attachment_file")),
    ]
