"""Calls of tools, the steps of a turn, and answers that wait for their person.

The rows that are there already are checked by the next migration, beside old processes that still write.
"""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0005_test_questions"),
        ("conversations", "0011_format_problems"),
        ("providers", "0003_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ToolCall",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("place", models.PositiveIntegerField(help_text="the index of the item in the output")),
                ("call_id", models.TextField(help_text="the provider's, with which the output goes back")),
                ("kind", models.CharField(help_text="the type of the item", max_length=40)),
                ("tool", models.CharField(help_text="its name", max_length=200)),
                ("arguments", models.TextField(blank=True, help_text="as they came, which may be no JSON")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("refused", "Not allowed"),
                            ("interrupted", "Interrupted"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="requested",
                        max_length=20,
                    ),
                ),
                (
                    "output",
                    models.JSONField(
                        blank=True, help_text="a text, or the API's parts; null until it has ended", null=True
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="how often it was begun")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("once", "Allowed once"),
                            ("conversation", "Allowed in this conversation"),
                            ("no", "Not allowed"),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.TextField(blank=True, help_text="what the person who decided tells the model")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="ToolGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tool", models.CharField(help_text="its name", max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="response",
            name="response_status",
        ),
        migrations.RemoveConstraint(
            model_name="response",
            name="response_ended_when_not_running",
        ),
        migrations.AddField(
            model_name="conversation",
            name="waiting_at",
            field=models.DateTimeField(
                blank=True, help_text="when an answer began to wait for its person to allow a tool", null=True
            ),
        ),
        migrations.AddField(
            model_name="response",
            name="turn",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="the response that answers the message, of which this is a step; empty if it is that itself",
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="steps",
                to="conversations.response",
            ),
        ),
        migrations.AlterField(
            model_name="response",
            name="status",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("in_progress", "In Progress"),
                    ("completed", "Completed"),
                    ("incomplete", "Incomplete"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                    ("waiting", "Waiting"),
                ],
                default="queued",
                max_length=20,
            ),
        ),
        AddConstraintNotValid(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ["queued", "in_progress", "waiting", "completed", "incomplete", "failed", "cancelled"],
                    )
                ),
                name="response_status",
            ),
        ),
        AddConstraintNotValid(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("completed_at__isnull", True), ("status__in", ["queued", "in_progress", "waiting"])),
                    models.Q(
                        models.Q(("status__in", ["queued", "in_progress", "waiting"]), _negated=True),
                        ("completed_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="response_ended_when_not_running",
            ),
        ),
        AddConstraintNotValid(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "waiting"), _negated=True),
                    models.Q(("process__isnull", True), ("turn__isnull", False)),
                    _connector="OR",
                ),
                name="response_waiting_is_a_step",
            ),
        ),
        migrations.AddField(
            model_name="toolcall",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="toolcall",
            name="response",
            field=models.ForeignKey(
                db_index=False,
                help_text="the one whose output has the item",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="calls",
                to="conversations.response",
            ),
        ),
        migrations.AddField(
            model_name="toolgrant",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tool_grants",
                to="conversations.conversation",
            ),
        ),
        migrations.AddField(
            model_name="toolgrant",
            name="granted_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="toolcall",
            constraint=models.UniqueConstraint(fields=("response", "place"), name="tool_call_of_item"),
        ),
        migrations.AddConstraint(
            model_name="toolcall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ["requested", "waiting", "running", "done", "failed", "refused", "interrupted", "cancelled"],
                    )
                ),
                name="tool_call_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="toolcall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("output__isnull", True), ("status__in", ["requested", "waiting", "running"])),
                    models.Q(
                        models.Q(("status__in", ["requested", "waiting", "running"]), _negated=True),
                        ("output__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="tool_call_has_output_when_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="toolgrant",
            constraint=models.UniqueConstraint(fields=("conversation", "tool"), name="tool_granted_once"),
        ),
    ]
