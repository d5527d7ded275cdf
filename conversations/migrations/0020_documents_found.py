"""The attachments of a document, and deleted ones, are found by indexes, which are made while the site runs.

One whose making was interrupted stays behind unfinished, so it is dropped first, and the whole can be repeated.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0019_documents"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS attachment_document", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "attachment",
            models.Index(
                condition=models.Q(("document__isnull", False)), fields=["document"], name="attachment_document"
            ),
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS attachment_deleted", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "attachment",
            models.Index(
                condition=models.Q(("deleted_at__isnull", False)), fields=["deleted_at"], name="attachment_deleted"
            ),
        ),
    ]
