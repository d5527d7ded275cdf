"""Prompts: texts that people keep, to insert them into a message."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser, Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.sharing import Visibility

MAX_NAME_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 10_000


class PromptQuerySet(models.QuerySet["Prompt"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the prompts that a person may insert: their own, and what is shared with them."""
        if not user.is_authenticated:
            return self.none()
        with_groups = self.model.groups.through.objects.filter(group__in=user.groups.all()).values("prompt")
        return self.filter(Q(owner=user) | Q(is_shared=True) | Q(pk__in=with_groups), deleted_at=None)

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Return the prompts that a person may change: their own, and for those who may, the shared ones.

        Deleted ones, too: they can be restored for a while.
        """
        if not user.is_authenticated:
            return self.none()
        if user.has_perm("assistants.change_prompt"):
            with_groups = self.model.groups.through.objects.values("prompt")
            return self.filter(Q(owner=user) | Q(is_shared=True) | Q(pk__in=with_groups))
        return self.filter(owner=user)


class Prompt(models.Model):
    """A text with a name. It may have variables, for which values are asked when it is inserted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="prompts")
    name = models.CharField(max_length=MAX_NAME_CHARACTERS)
    text = models.TextField(max_length=MAX_TEXT_CHARACTERS)
    is_shared = models.BooleanField(default=False, help_text="whether everybody can insert it")
    groups = models.ManyToManyField(
        Group, blank=True, related_name="+", help_text="who can insert it besides its owner"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[PromptQuerySet] = PromptQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = [Lower("name"), "created_at"]
        default_permissions = ()
        permissions = [
            ("change_prompt", gettext_noop("Can change and delete prompts that others share")),
            ("share_prompt", gettext_noop("Can share prompts with groups and with everybody")),
        ]
        indexes = [
            models.Index("is_shared", name="shared_prompts", condition=Q(is_shared=True)),
            models.Index("deleted_at", name="deleted_prompts", condition=Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def visibility(self) -> Visibility:
        """Who may insert it besides its owner."""
        if self.is_shared:
            return Visibility.EVERYBODY
        return Visibility.GROUPS if self.groups.all() else Visibility.PRIVATE
