"""Indexes for the review's list and for searches in much data; those that nothing used, or that began others, are gone.

They are made while the site runs: old processes may still write beside the new one that migrates. An index whose
making was interrupted stays behind unfinished, so each is dropped first, and the whole can be repeated.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


def drop(name: str) -> migrations.RunSQL:
    return migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", migrations.RunSQL.noop)


def made_anew(model: str, index: models.Index) -> list[Operation]:
    return [drop(index.name), AddIndexConcurrently(model, index)]


WITH_IMAGE = {"input__contains": [{"content": [{"type": "input_image"}]}]}

NEW = [
    *made_anew(
        "conversation",
        models.Index(fields=["-updated_at", "-id"], name="conversation_newest", condition=models.Q(is_temporary=False)),
    ),
    *made_anew(
        "conversation",
        models.Index(
            fields=["-updated_at", "-id"], name="conversation_imported", condition=~models.Q(imported_from="")
        ),
    ),
    *made_anew("response", models.Index(fields=["user", "-created_at"], name="response_of_user")),
    *made_anew(
        "response",
        models.Index(fields=["model", "conversation"], name="response_model", condition=models.Q(imported_from="")),
    ),
    *made_anew(
        "response",
        models.Index(
            fields=["status", "conversation"],
            name="response_not_completed",
            condition=models.Q(status__in=["failed", "incomplete", "cancelled"]),
        ),
    ),
    *made_anew(
        "response",
        models.Index(fields=["conversation"], name="response_with_image", condition=models.Q(**WITH_IMAGE)),
    ),
]

OLD = [
    drop("conversations_conversation_user_id_c3e4e6ca"),
    drop("conversations_response_conversation_id_2657a517"),
    drop("conversations_response_user_id_de90786c"),
    drop("conversations_response_response_id_03aa7a8a_like"),
    drop("conversations_feedback_response_id_86ee3446"),
    drop("conversations_share_response_id_a930b19e"),
    drop("response_newest"),
]

WITHOUT_OLD: list[Operation] = [
    migrations.RemoveIndex("response", "response_newest"),
    migrations.AlterField(
        "conversation",
        "user",
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="conversations",
            to=settings.AUTH_USER_MODEL,
        ),
    ),
    migrations.AlterField(
        "response",
        "conversation",
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.CASCADE,
            related_name="responses",
            to="conversations.conversation",
        ),
    ),
    migrations.AlterField(
        "response",
        "user",
        models.ForeignKey(
            db_index=False,
            help_text="who asked",
            on_delete=django.db.models.deletion.PROTECT,
            related_name="responses",
            to=settings.AUTH_USER_MODEL,
        ),
    ),
    migrations.AlterField(
        "feedback",
        "response",
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.CASCADE,
            related_name="feedback",
            to="conversations.response",
        ),
    ),
    migrations.AlterField(
        "share",
        "response",
        models.ForeignKey(
            db_index=False,
            help_text="the last one of the branch that is shown",
            on_delete=django.db.models.deletion.CASCADE,
            related_name="shares",
            to="conversations.response",
        ),
    ),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0007_shared_copies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [*NEW, migrations.SeparateDatabaseAndState(OLD, WITHOUT_OLD)]
