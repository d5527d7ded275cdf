"""Shares: links by which the team can read a conversation."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conversations.models.conversation import Conversation
from conversations.models.response import Response


class ShareQuerySet(models.QuerySet["Share"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the shares of a person's own conversations, which they may list and revoke."""
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def readable_by(self, user: User | AnonymousUser) -> Self:
        """Return the shares that a signed-in person may read: all of which the conversation isn't deleted."""
        return self.filter(conversation__deleted_at=None) if user.is_authenticated else self.none()


class Share(models.Model):
    """A read-only link to one branch of a conversation, up to the response that was its last one when it was shared.

    Everybody who is signed in and has the link may read it, as long as this row and the conversation exist.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    response = models.ForeignKey(
        Response,
        on_delete=models.CASCADE,
        related_name="shares",
        db_index=False,
        help_text="the last one of the branch that is shown",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[ShareQuerySet] = ShareQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["response"], name="share_once")]

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("share", args=[self.pk])
