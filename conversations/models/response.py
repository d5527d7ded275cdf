"""Responses: each is one call of the Responses API, a message and its answer."""

import uuid
from collections.abc import Collection, Sequence
from typing import ClassVar, Self

import msgspec
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from accounts.models import User
from assistants.models import AssistantVersion
from common.prepared import fetch_all
from conversations.models.conversation import Conversation
from providers.items import item_text
from providers.models import Provider

WITH_IMAGE = {"input__contains": [{"content": [{"type": "input_image"}]}]}
"""Lookups for responses whose message has an image."""
LOCK_TIMEOUT = "250ms"
"""How long messages that are stored together wait for a lock that one of them needs."""


def _is_array(field: str) -> Exact:
    return Exact(Func(F(field), function="jsonb_typeof", output_field=models.TextField()), Value("array"))


class ResponseQuerySet(models.QuerySet["Response"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the responses in conversations that the person may open."""
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def whole(self) -> Self:
        """Return the same with all that is said of a response: its conversation, and the assistant that answers."""
        return self.select_related("conversation", "assistant_version")

    def running(self) -> Self:
        """Return the responses that a process answers, or must."""
        return self.filter(status__in=Response.RUNNING)

    def open(self) -> Self:
        """Return the responses that have not ended: those that run, and those that wait for their person."""
        return self.filter(status__in=Response.OPEN)

    def in_conversation(self) -> Exists:
        """Return whether there is such a response, for an annotation of a query of conversations."""
        return Exists(self.filter(conversation=OuterRef("pk")))

    def models_in_use(self) -> list[str]:
        """Return the models of all answers that came about here, looking at one of each."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH RECURSIVE used (name) AS (
                    (SELECT model FROM conversations_response WHERE imported_from = '' ORDER BY model LIMIT 1)
                    UNION ALL
                    SELECT (
                        SELECT model FROM conversations_response
                        WHERE imported_from = '' AND model > used.name ORDER BY model LIMIT 1
                    ) FROM used WHERE used.name IS NOT NULL
                )
                SELECT name FROM used WHERE name IS NOT NULL
                """
            )
            return [name for (name,) in cursor.fetchall()]

    def queue(self, responses: Sequence["Response"]) -> set[uuid.UUID]:
        """Store messages as queued responses, together with those of their conversations that are new.

        Return the ids of those that were stored: a `client_message_id` that its person used before is left out, and a
        conversation that would begin with it, too. Raise `OperationalError` if one of several waits for a lock.
        """
        new = {each.conversation_id: each.conversation for each in responses if each.conversation._state.adding}
        for each in responses:
            if each.conversation_id in new:
                each.conversation.updated_at = each.created_at
        lock_timeout = LOCK_TIMEOUT if len(responses) > 1 else "0"
        messages, begun = _as_json(responses, RESPONSE_FIELDS), _as_json(new.values(), CONVERSATION_FIELDS)
        rows = fetch_all(QUEUE, lock_timeout, messages, begun)
        stored = {response_id for (response_id,) in rows}
        for response in responses:
            if response.pk in stored:
                conversation = response.conversation
                response._state.adding = conversation._state.adding = False
                # A conversation that goes on leaves the archive.
                conversation.updated_at, conversation.archived_at = response.created_at, None
                conversation.is_running = True
        return stored


class Response(models.Model):
    """One call of the Responses API: the input that was new in it, and the output that came back.

    `previous` is the response that it continues, so the chain of `previous_response_id` is a foreign key. A response
    that calls tools is continued by a step, whose input is what they put out. `turn` is the first response of such a
    chain.
    Input and output are the API's own items. In the input, an uploaded image is an `input_image` with the attachment's
    id as its `file_id`.
    """

    class Status(models.TextChoices):
        """The API's own statuses, and one of ours."""

        QUEUED = "queued", _("Queued")
        IN_PROGRESS = "in_progress", _("In Progress")
        COMPLETED = "completed", _("Completed")
        INCOMPLETE = "incomplete", _("Incomplete")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        # Ours: a step whose calls of tools wait for their person. No process has it, and it hasn't ended.
        WAITING = "waiting", _("Waiting")

    FILE_NOTE = "file."
    """With what begins what `refused` says of how the files of the message were sent."""

    RUNNING = (Status.QUEUED, Status.IN_PROGRESS)
    OPEN = (*RUNNING, Status.WAITING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The indexes below begin with the conversation and with the user.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="responses", db_index=False)
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.RESTRICT, related_name="continuations")
    turn = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="steps",
        db_index=False,
        help_text="the response that answers the message, of which this is a step; empty if it is that itself",
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="responses", db_index=False, help_text="who asked"
    )
    client_message_id = models.UUIDField(null=True, blank=True, help_text="made by the browser that asked")
    response_id = models.CharField(  # noqa: DJ001  none differs from all others
        max_length=1000, null=True, blank=True, help_text="the provider's id for it"
    )
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    # PROTECT has to look through the responses, but only if a provider or an assistant is deleted.
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    model = models.CharField(max_length=200)
    assistant_version = models.ForeignKey(
        AssistantVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    settings = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), help_text="assistants/request_settings.py"
    )
    comparison = models.UUIDField(null=True, blank=True, help_text="the same for answers that were asked to compare")
    imported_from = models.CharField(
        max_length=20,
        choices=Conversation.Source.choices,
        blank=True,
        default="",
        db_default="",
        help_text="where its message and its answer came from first; empty if they came about here",
    )
    instructions = models.TextField(blank=True)
    input = models.JSONField(default=list)
    output = models.JSONField(default=list)
    usage = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    incomplete_details = models.JSONField(null=True, blank=True)
    format_problems = models.JSONField(
        null=True, blank=True, help_text="why it is not what its format says; null: not checked"
    )
    sequence_number = models.BigIntegerField(default=0, help_text="number of the last event in the stored output")
    starting_after = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="the provider's number of that event, if it answers in the background and can send the rest again",
    )
    process = models.UUIDField(null=True, blank=True, help_text="the server process that answers it")
    attempt = models.PositiveSmallIntegerField(default=1, help_text="how often the provider was asked")
    hand_offs = models.PositiveSmallIntegerField(
        default=0, help_text="how many of the attempts ended because their process was told to stop"
    )
    omitted_turns = models.PositiveIntegerField(
        default=0,
        help_text="how many earlier turns weren't sent, because the model's context window is too small",
    )
    refused = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="what the provider refused of this request, and isn't sent again (answering/requests.py)",
    )
    # No foreign key: its index and its checks would cost every response something, for few that have one.
    compaction = models.UUIDField(
        null=True, blank=True, help_text="the compaction with which its request was made (models/compaction.py)"
    )
    created_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True, help_text="when it ended, however it ended")
    # A running answer changes twice a second, so its words are indexed only when it has ended.
    search = models.GeneratedField(
        expression=Func(F("status"), F("input"), F("output"), function="conversations_response_search"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects: ClassVar[ResponseQuerySet] = ResponseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["conversation", "created_at", "id"], name="response_in_conversation"),
            models.Index(fields=["user", "-created_at"], name="response_of_user"),
            # For the filters of the review. The last two are of few responses.
            models.Index(fields=["model", "conversation"], name="response_model", condition=Q(imported_from="")),
            models.Index(
                fields=["status", "conversation"],
                name="response_not_completed",
                condition=Q(status__in=["failed", "incomplete", "cancelled"]),
            ),
            models.Index(fields=["conversation"], name="response_with_image", condition=Q(**WITH_IMAGE)),
            # Without it, each draft of an assistant that is removed would be looked for in all responses.
            models.Index(
                fields=["assistant_version"],
                name="response_of_assistant",
                condition=Q(assistant_version__isnull=False),
            ),
            models.Index(fields=["turn"], name="response_of_turn", condition=Q(turn__isnull=False)),
            models.Index(fields=["conversation"], name="response_waiting", condition=Q(status="waiting")),
            models.Index(
                fields=["created_at"],
                name="response_running",
                condition=Q(status__in=["queued", "in_progress"]),
            ),
            GinIndex(fields=["search"], name="response_search"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_message_id"], name="response_asked_once"),
            # Without a provider, it is that of the settings, from before there were others.
            models.UniqueConstraint(
                "response_id",
                Coalesce("provider", models.Value(uuid.UUID(int=0), models.UUIDField())),
                name="response_id_of_provider",
                condition=Q(response_id__isnull=False),
            ),
            # The target of the foreign key (previous, conversation), which the migration adds in SQL.
            models.UniqueConstraint(fields=["id", "conversation"], name="response_and_conversation"),
            models.CheckConstraint(
                condition=Q(
                    status__in=["queued", "in_progress", "waiting", "completed", "incomplete", "failed", "cancelled"]
                ),
                name="response_status",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "in_progress", "waiting"], completed_at__isnull=True)
                | (~Q(status__in=["queued", "in_progress", "waiting"]) & Q(completed_at__isnull=False)),
                name="response_ended_when_not_running",
            ),
            models.CheckConstraint(
                condition=Q(previous__isnull=True) | ~Q(previous=F("id")),
                name="response_not_its_own_previous",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(turn__isnull=False, process__isnull=True),
                name="response_waiting_is_a_step",
            ),
            models.CheckConstraint(condition=_is_array("input"), name="response_input_is_items"),
            models.CheckConstraint(condition=_is_array("output"), name="response_output_is_items"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.status} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_running(self) -> bool:
        """Whether a process answers it, or must."""
        return self.status in self.RUNNING

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, however. One that waits for its person hasn't, and doesn't run either."""
        return self.status not in self.OPEN

    @property
    def turn_or_self(self) -> uuid.UUID:
        """The id of the first response of its turn."""
        return self.turn_id or self.pk

    def path(self) -> list["Response"]:
        """Return the branch from its root to this response, in one query."""
        return list(
            Response.objects.raw(
                """
                WITH RECURSIVE branch AS (
                    SELECT id, previous_id, 0 AS depth FROM conversations_response WHERE id = %s
                    UNION ALL
                    SELECT r.id, r.previous_id, depth + 1
                    FROM conversations_response r JOIN branch ON r.id = branch.previous_id
                )
                SELECT r.* FROM conversations_response r JOIN branch USING (id) ORDER BY depth DESC
                """,
                [self.pk],
            )
        )

    def path_ids(self) -> list[uuid.UUID]:
        """Return the ids of the branch from its root to this response, in one query."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH RECURSIVE branch AS (
                    SELECT id, previous_id, 0 AS depth FROM conversations_response WHERE id = %s
                    UNION ALL
                    SELECT r.id, r.previous_id, depth + 1
                    FROM conversations_response r JOIN branch ON r.id = branch.previous_id
                )
                SELECT id FROM branch ORDER BY depth DESC
                """,
                [self.pk],
            )
            return [pk for (pk,) in cursor.fetchall()]

    def last_of_turn(self) -> "Response":
        """Return the last response of its turn, which a message continues that continues the turn."""
        return Response.objects.filter(turn=self.turn_or_self).order_by("created_at", "id").last() or self

    def versions(self) -> list[uuid.UUID]:
        """Return the ids of the first responses of all turns at the place of its own, itself included, oldest first."""
        first = self.turn or self
        beside = Response.objects.filter(conversation_id=self.conversation_id, previous_id=first.previous_id, turn=None)
        return list(beside.order_by("created_at", "id").values_list("pk", flat=True))

    def message(self) -> str:
        """Return the text of the message."""
        return item_text(self.input)

    def answer(self) -> str:
        """Return the text of the answer, refusals included."""
        return item_text(self.output)


def _stored_fields(model: type[models.Model]) -> dict[str, str]:
    """Return the names of the model's attributes that are stored, with their columns."""
    return {field.attname: str(field.column) for field in model._meta.concrete_fields if not field.generated}


def _as_json(rows: Collection[models.Model], fields: dict[str, str]) -> str:
    """Return the rows for `jsonb_populate_recordset`."""
    return msgspec.json.encode(
        [{column: getattr(row, name) for name, column in fields.items()} for row in rows]
    ).decode()


RESPONSE_FIELDS, CONVERSATION_FIELDS = _stored_fields(Response), _stored_fields(Conversation)

QUEUE = sql.SQL(
    """
    WITH settings AS MATERIALIZED (
        SELECT set_config('lock_timeout', %s, true)
    ), stored AS (
        INSERT INTO conversations_response ({response})
        SELECT {response} FROM settings, jsonb_populate_recordset(NULL::conversations_response, %s::jsonb)
        ON CONFLICT (user_id, client_message_id) DO NOTHING
        RETURNING id, conversation_id, created_at
    ), begun AS (
        INSERT INTO conversations_conversation ({conversation})
        SELECT {conversation} FROM jsonb_populate_recordset(NULL::conversations_conversation, %s::jsonb)
        WHERE id IN (SELECT conversation_id FROM stored)
    ), continued AS (
        UPDATE conversations_conversation AS conversation
        SET archived_at = NULL,
            updated_at = (SELECT max(created_at) FROM stored WHERE conversation_id = conversation.id)
        WHERE id = ANY(ARRAY(SELECT conversation_id FROM stored))
    )
    SELECT id FROM stored
    """
).format(
    response=sql.SQL(", ").join(map(sql.Identifier, RESPONSE_FIELDS.values())),
    conversation=sql.SQL(", ").join(map(sql.Identifier, CONVERSATION_FIELDS.values())),
)
"""Foreign keys are checked at the end of a statement at the earliest, so the order in it doesn't matter."""
