"""The whole schema of the first release. What Django has no words for is in SQL: a function and a foreign key."""

import uuid

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# The words of messages and answers, once the answer has ended. PostgreSQL indexes at most a megabyte of distinct words
# for a row; a row with more is found by its message alone.
SEARCH_FUNCTION = """
CREATE FUNCTION conversations_response_search(status text, input jsonb, output jsonb) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF status IN ('queued', 'in_progress') THEN
        RETURN NULL;
    END IF;
    RETURN to_tsvector('simple', jsonb_path_query_array(input, '$.content.text'))
        || to_tsvector('simple', jsonb_path_query_array(output, '$.content.text'))
        || to_tsvector('simple', jsonb_path_query_array(output, '$.content.refusal'));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN to_tsvector('simple', left(jsonb_path_query_array(input, '$.content.text')::text, 100000));
END
$$
"""

PREVIOUS_IN_THE_SAME_CONVERSATION = """
ALTER TABLE conversations_response ADD CONSTRAINT response_previous_in_conversation
FOREIGN KEY (previous_id, conversation_id) REFERENCES conversations_response (id, conversation_id)
DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(SEARCH_FUNCTION, "DROP FUNCTION conversations_response_search"),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(blank=True, max_length=200)),
                (
                    "titled_by",
                    models.CharField(
                        choices=[("question", "Question"), ("model", "Model"), ("person", "Person")],
                        default="question",
                        max_length=10,
                    ),
                ),
                ("is_temporary", models.BooleanField(default=False)),
                (
                    "seen_at",
                    models.DateTimeField(
                        blank=True, help_text="when a temporary one was last known to be open", null=True
                    ),
                ),
                ("pinned_at", models.DateTimeField(blank=True, null=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "deleted_at",
                    models.DateTimeField(
                        blank=True, help_text="by its person; removed for good a while later", null=True
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, help_text="when the last message was sent"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-updated_at", "-id"],
                "indexes": [
                    models.Index(fields=["user", "-updated_at", "-id"], name="conversation_list"),
                    models.Index(
                        condition=models.Q(("pinned_at__isnull", False)), fields=["user"], name="conversation_pinned"
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", False)),
                        fields=["deleted_at"],
                        name="conversation_deleted",
                    ),
                    models.Index(
                        condition=models.Q(("is_temporary", True)), fields=["seen_at"], name="conversation_temporary"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.search.SearchVector("title", config="simple"),
                        name="conversation_title_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(help_text="what the file was called", max_length=200)),
                ("file", models.FileField(max_length=200, upload_to="")),
                ("thumbnail", models.FileField(max_length=200, upload_to="")),
                ("media_type", models.CharField(max_length=50)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("size", models.PositiveBigIntegerField(help_text="bytes, as it is stored")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="conversations.conversation",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "client_message_id",
                    models.UUIDField(blank=True, help_text="made by the browser that asked", null=True),
                ),
                (
                    "response_id",
                    models.CharField(
                        blank=True, help_text="the provider's id for it", max_length=200, null=True, unique=True
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("in_progress", "In Progress"),
                            ("completed", "Completed"),
                            ("incomplete", "Incomplete"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("model", models.CharField(max_length=200)),
                ("instructions", models.TextField(blank=True)),
                ("input", models.JSONField(default=list)),
                ("output", models.JSONField(default=list)),
                ("usage", models.JSONField(blank=True, null=True)),
                ("error", models.JSONField(blank=True, null=True)),
                ("incomplete_details", models.JSONField(blank=True, null=True)),
                (
                    "sequence_number",
                    models.BigIntegerField(default=0, help_text="number of the last event in the stored output"),
                ),
                (
                    "starting_after",
                    models.BigIntegerField(
                        blank=True,
                        help_text="the provider's number of that event, if it answers in the background and can send the rest again",
                        null=True,
                    ),
                ),
                ("process", models.UUIDField(blank=True, help_text="the server process that answers it", null=True)),
                ("attempt", models.PositiveSmallIntegerField(default=1, help_text="how often the provider was asked")),
                (
                    "hand_offs",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="how many of the attempts ended because their process was told to stop"
                    ),
                ),
                (
                    "omitted_turns",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="how many earlier turns weren't sent, because the model's context window is too small",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "completed_at",
                    models.DateTimeField(blank=True, help_text="when it ended, however it ended", null=True),
                ),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("status"),
                            models.F("input"),
                            models.F("output"),
                            function="conversations_response_search",
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="responses",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="continuations",
                        to="conversations.response",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        help_text="who asked",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [
                    models.Index(fields=["conversation", "created_at", "id"], name="response_in_conversation"),
                    models.Index(fields=["-created_at"], name="response_newest"),
                    models.Index(
                        condition=models.Q(("status__in", ["queued", "in_progress"])),
                        fields=["created_at"],
                        name="response_running",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["search"], name="response_search"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "client_message_id"), name="response_asked_once"),
                    models.UniqueConstraint(fields=("id", "conversation"), name="response_and_conversation"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"])
                        ),
                        name="response_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("completed_at__isnull", True), ("status__in", ["queued", "in_progress"])),
                            models.Q(
                                models.Q(("status__in", ["queued", "in_progress"]), _negated=True),
                                ("completed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="response_ended_when_not_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("previous__isnull", True),
                            models.Q(("previous", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="response_not_its_own_previous",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.Func(models.F("input"), function="jsonb_typeof", output_field=models.TextField()),
                            models.Value("array"),
                        ),
                        name="response_input_is_items",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.Func(models.F("output"), function="jsonb_typeof", output_field=models.TextField()),
                            models.Value("array"),
                        ),
                        name="response_output_is_items",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rating", models.CharField(choices=[("up", "Up"), ("down", "Down")], max_length=4)),
                ("comment", models.TextField(blank=True, max_length=2000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feedback",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "response",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feedback",
                        to="conversations.response",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "feedback",
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("response", "user"), name="feedback_once"),
                    models.CheckConstraint(condition=models.Q(("rating__in", ["up", "down"])), name="feedback_rating"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "response",
                    models.ForeignKey(
                        help_text="the last one of the branch that is shown",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="conversations.response",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("response",), name="share_once"),
                ],
            },
        ),
        migrations.RunSQL(
            PREVIOUS_IN_THE_SAME_CONVERSATION,
            "ALTER TABLE conversations_response DROP CONSTRAINT response_previous_in_conversation",
        ),
    ]
