"""Calls of tools that answers asked for, and what a person has allowed in a conversation."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conversations.models.conversation import Conversation
from conversations.models.response import Response
from providers.items import calls_in


class ToolCallQuerySet(models.QuerySet["ToolCall"]):
    def before(self, step: Response) -> Self:
        """Return the calls that a step answers, in their order."""
        return self.filter(response__continuations=step.pk)


class ToolCall(models.Model):
    """One item of an output that asks us to run a tool. It is run at most once, unless its tool may be repeated.

    Ids of calls repeat over providers, so it is known by the response whose output has the item, and its place there.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        # For its person to allow it.
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REFUSED = "refused", _("Not allowed")
        # Its process was killed, and it may have happened.
        INTERRUPTED = "interrupted", _("Interrupted")
        CANCELLED = "cancelled", _("Cancelled")

    class Decision(models.TextChoices):
        ONCE = "once", _("Allowed once")
        CONVERSATION = "conversation", _("Allowed in this conversation")
        NO = "no", _("Not allowed")

    OPEN = (Status.REQUESTED, Status.WAITING, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    response = models.ForeignKey(
        Response,
        on_delete=models.CASCADE,
        related_name="calls",
        db_index=False,
        help_text="the one whose output has the item",
    )
    place = models.PositiveIntegerField(help_text="the index of the item in the output")
    call_id = models.TextField(help_text="the provider's, with which the output goes back")
    kind = models.CharField(max_length=40, help_text="the type of the item")
    tool = models.CharField(max_length=200, help_text="its name")
    arguments = models.TextField(blank=True, help_text="as they came, which may be no JSON")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.REQUESTED)
    output = models.JSONField(null=True, blank=True, help_text="a text, or the API's parts; null until it has ended")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often it was begun")
    decision = models.CharField(max_length=20, choices=Decision.choices, blank=True, default="")
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, help_text="what the person who decided tells the model")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ToolCallQuerySet] = ToolCallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["response", "place"], name="tool_call_of_item"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        "requested",
                        "waiting",
                        "running",
                        "done",
                        "failed",
                        "refused",
                        "interrupted",
                        "cancelled",
                    ]
                ),
                name="tool_call_status",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["requested", "waiting", "running"], output__isnull=True)
                | (~models.Q(status__in=["requested", "waiting", "running"]) & models.Q(output__isnull=False)),
                name="tool_call_has_output_when_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.status}"

    @property
    def has_ended(self) -> bool:
        return self.status not in self.OPEN

    def end(self, status: Status, output: Any) -> None:
        """Note how it ended, and what goes back to the model. It isn't stored."""
        self.status, self.output, self.ended_at = status, output, timezone.now()


class ToolGrant(models.Model):
    """What its person has allowed for the rest of a conversation: a tool runs without being asked for each time."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="tool_grants", db_index=False)
    tool = models.CharField(max_length=200, help_text="its name")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "tool"], name="tool_granted_once")]

    def __str__(self) -> str:
        return self.tool


def calls_of(response: Response) -> list[ToolCall]:
    """Return the calls of tools in an output, in their order. The database is asked only if there may be some."""
    return list(response.calls.all()) if calls_in(response.output) else []


def calls_before(step: Response) -> list[ToolCall]:
    """Return the calls of tools that a step answers, in their order, as they are now."""
    return list(ToolCall.objects.before(step))


def load_calls(responses: Iterable[Response]) -> list[Response]:
    """Read what `calls_of` returns for all these responses at once. Return the responses."""
    rows = list(responses)
    models.prefetch_related_objects([row for row in rows if calls_in(row.output)], "calls")
    return rows
