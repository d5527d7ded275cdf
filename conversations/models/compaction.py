"""Compactions: what a model gets in place of the beginning of a branch that nearly fills its context window."""

import uuid
from collections.abc import Iterable
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conversations.models.conversation import Conversation
from conversations.models.response import Response
from providers.models import Provider

MAX_SUMMARY_CHARACTERS = 40_000


class CompactionQuerySet(models.QuerySet["Compaction"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the compactions in conversations that the person may open."""
        return self.filter(response__conversation__in=Conversation.objects.visible_to(user))

    def in_force(self) -> Self:
        """Return those that were not taken back, oldest first."""
        return self.filter(taken_back_at=None).order_by("created_at", "id")


class Compaction(models.Model):
    """What is sent to a model in place of all turns of a branch up to one of them.

    The turns themselves stay as they are. It holds for what continues that response, and not for other branches.
    """

    class Kind(models.TextChoices):
        """Where it comes from."""

        SUMMARY = "summary", _("Summary")
        """A model was asked to write it: any provider can read it, and people can."""
        ITEMS = "items", _("The provider's items")
        """`POST /responses/compact`: only that provider can read it."""
        OUTPUT = "output", _("In the answer")
        """The provider compacted while it answered, so it is an item in the output of the response itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    response = models.ForeignKey(
        Response, on_delete=models.CASCADE, related_name="compactions", help_text="the last one that it stands for"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    summary = models.TextField(blank=True)
    items = models.JSONField(default=list, help_text="as they are sent, if they aren't in the response's output")
    # As for responses: PROTECT has to look through all of them, but only if a provider is deleted.
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    model = models.CharField(max_length=200, blank=True)
    usage = models.JSONField(null=True, blank=True)
    user = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who asked for it; null: it was made by itself",
    )
    created_at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[CompactionQuerySet] = CompactionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["summary", "items", "output"]), name="compaction_kind"),
            # While the provider answers once more, it may compact once more.
            models.UniqueConstraint(fields=["response"], condition=Q(kind="output"), name="compaction_in_output"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"


def newest_in_force(responses: Iterable[Response]) -> Compaction | None:
    """Return the newest compaction of these responses that wasn't taken back. They are read already, or all at once."""
    found = (each for response in responses for each in response.compactions.all() if each.taken_back_at is None)
    return max(found, key=lambda each: each.created_at, default=None)
