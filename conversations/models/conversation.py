"""Conversations, and who may find them."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the conversations that a person may open in the chat: their own, unless deleted."""
        return self.kept_for(user).filter(deleted_at=None)

    def kept_for(self, user: User | AnonymousUser) -> Self:
        """Return a person's own conversations, with those that were deleted but not removed for good yet."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()

    def listed(self, user: User | AnonymousUser) -> Self:
        """Return the conversations in which a person can search."""
        return self.visible_to(user).filter(is_temporary=False)


class Conversation(models.Model):
    """A tree of responses, owned by the person who started it.

    A temporary conversation is kept only while somebody has it open, and is listed nowhere.
    """

    class TitledBy(models.TextChoices):
        """Who made the title. It is the beginning of the message until the model or the person gives a better one."""

        QUESTION = "question"
        MODEL = "model"
        PERSON = "person"

    class Source(models.TextChoices):
        """What conversations are taken from: the kinds of file, and what a team mate shared."""

        CHATGPT = "chatgpt", "ChatGPT"
        CHATSITE = "chatsite", _("Chat export")
        SHARE = "share", _("Shared conversation")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The index of the list begins with it.
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="conversations", db_index=False)
    title = models.CharField(max_length=200, blank=True)
    titled_by = models.CharField(max_length=10, choices=TitledBy.choices, default=TitledBy.QUESTION)
    is_temporary = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="when a temporary one was last known to be open")
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    unseen_at = models.DateTimeField(
        null=True, blank=True, help_text="when an answer ended that its person has not seen yet"
    )
    waiting_at = models.DateTimeField(
        null=True, blank=True, help_text="when an answer began to wait for its person to allow a tool"
    )
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="by its person; removed for good a while later")
    imported_from = models.CharField(
        max_length=20, choices=Source.choices, blank=True, default="", db_default="", help_text="empty if begun here"
    )
    imported_at = models.DateTimeField(null=True, blank=True)
    variables = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="what its person filled in for the variables of assistants",
    )
    is_compacted = models.BooleanField(
        default=False, db_default=False, help_text="whether there may be a compaction in it (models/compaction.py)"
    )
    files_changed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when a file of it was last deleted or restored: providers know older answers with other files",
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now, help_text="when the last message was sent")

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-updated_at", "-id"], name="conversation_list"),
            models.Index(
                fields=["-updated_at", "-id"], name="conversation_newest", condition=models.Q(is_temporary=False)
            ),
            models.Index(
                fields=["-updated_at", "-id"], name="conversation_imported", condition=~models.Q(imported_from="")
            ),
            models.Index(fields=["user"], name="conversation_pinned", condition=models.Q(pinned_at__isnull=False)),
            models.Index(
                fields=["deleted_at"], name="conversation_deleted", condition=models.Q(deleted_at__isnull=False)
            ),
            models.Index(fields=["seen_at"], name="conversation_temporary", condition=models.Q(is_temporary=True)),
            GinIndex(SearchVector("title", config="simple"), name="conversation_title_words"),
        ]

    def __str__(self) -> str:
        return self.title or "Untitled"

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.pk])

    @cached_property
    def is_running(self) -> bool:
        """Whether an answer is in progress. A query of many conversations finds it out for all, as an annotation."""
        return self.responses.running().exists()

    def is_visible_to(self, user_id: uuid.UUID) -> bool:
        """Return what `ConversationQuerySet.visible_to` tells."""
        return self.user_id == user_id and self.deleted_at is None

    def has_other_files_since(self, asked_at: datetime) -> bool:
        """Return whether a file was deleted or restored after this: what was asked then went with other files."""
        return self.files_changed_at is not None and asked_at <= self.files_changed_at

    def rename(self, title: str, by: TitledBy) -> bool:
        """Set the title, and read what else has changed meanwhile.

        Return False if the model comes after the person, or after a title that it made before.
        """
        theirs = Conversation.objects.filter(pk=self.pk)
        if by == self.TitledBy.MODEL:
            theirs = theirs.filter(titled_by=self.TitledBy.QUESTION)
        if not theirs.update(title=title, titled_by=by):
            return False
        self.refresh_from_db()
        return True

    def mark(self, **marks: bool) -> None:
        """Set or clear `pinned`, `archived`, `unseen` or `deleted`, and read what else has changed meanwhile.

        A mark that is set already keeps its time.
        """
        for name, is_so in marks.items():
            field = f"{name}_at"
            since = timezone.now() if is_so else None
            Conversation.objects.filter(pk=self.pk, **{f"{field}__isnull": is_so}).update(**{field: since})
        self.refresh_from_db()
