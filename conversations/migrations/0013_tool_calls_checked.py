"""What the migration before this one left to be done while the site runs: rows are checked, and indexes are made."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0012_tool_calls"),
    ]

    operations = [
        ValidateConstraint("response", "response_status"),
        ValidateConstraint("response", "response_ended_when_not_running"),
        ValidateConstraint("response", "response_waiting_is_a_step"),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS response_of_turn", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "response",
            models.Index(fields=["turn"], name="response_of_turn", condition=models.Q(turn__isnull=False)),
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS response_waiting", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "response",
            models.Index(fields=["conversation"], name="response_waiting", condition=models.Q(status="waiting")),
        ),
    ]
