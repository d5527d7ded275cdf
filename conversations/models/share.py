"""Links by which a conversation is shown to the team."""

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
        """Those of one's own conversations, to be listed and revoked."""
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def readable_by(self, user: User | AnonymousUser) -> Self:
        """Those that a person who has the link may read: all, while the conversation is there."""
        return self.filter(conversation__deleted_at=None) if user.is_authenticated else self.none()


class Share(models.Model):
    """A read-only link to one branch of a conversation as far as it went when it was shared.

    Whoever is signed in and has the link may read it, for as long as this row and the conversation are there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    response = models.ForeignKey(
        Response, on_delete=models.CASCADE, related_name="shares", help_text="the last one of the branch that is shown"
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
