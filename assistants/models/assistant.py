"""Assistants: named request settings that a team shares, in versions that never change."""

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser, Group
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts import sharing
from accounts.models import User
from assistants.instructions import variables
from common.refusal import Refused
from providers.models import Model

HUES = 6
MAX_VERSIONS = 1000
"""Of an assistant, and of a draft, which gets one whenever it is tried."""

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the assistants that a person may use: their own, and what is shared with them. Archived ones, too."""
        if not user.is_authenticated:
            return self.none()
        usable = self.model.objects.filter(sharing.is_usable_by(user), draft_at=None)
        return self.filter(pk__in=usable.values("pk"))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Return the assistants that a person may change: their own, and for those who may, what is shared."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(sharing.is_editable_by(user, "assistants.change_assistant"), draft_at=None)


class Assistant(models.Model):
    """An assistant: who may use it, and which of its versions is the newest."""

    Visibility = sharing.Visibility

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assistants")
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    groups = models.ManyToManyField(Group, blank=True, related_name="+", help_text="who may use it, if for groups")
    newest = models.ForeignKey(
        "AssistantVersion", null=True, blank=True, on_delete=models.RESTRICT, related_name="+", db_index=False
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    draft_at = models.DateTimeField(
        null=True, blank=True, help_text="when its owner last tried it, if it isn't saved (assistants/drafts.py)"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[AssistantQuerySet] = AssistantQuerySet.as_manager()  # type: ignore[assignment]
    if TYPE_CHECKING:
        versions: RelatedManager["AssistantVersion"]

    class Meta:
        ordering = ["created_at"]
        # Their names are translated where admins see them (assistants/permissions.py).
        default_permissions = ()
        permissions = [
            ("add_assistant", gettext_noop("Can make assistants (as long as nobody has this right, everybody can)")),
            ("change_assistant", gettext_noop("Can change and archive assistants that others share")),
            ("share_assistant", gettext_noop("Can share assistants with groups and with everybody")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(visibility__in=["private", "groups", "everybody"]), name="assistant_visibility"
            )
        ]
        indexes = [
            models.Index(fields=["draft_at"], name="assistant_draft", condition=models.Q(draft_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.newest.name if self.newest else str(self.pk)

    def is_usable_by(self, user_id: uuid.UUID, groups: Collection[int], own_groups: Collection[int]) -> bool:
        """Return what `AssistantQuerySet.visible_to` tells. `own_groups` are those with which it is shared."""
        if self.owner_id == user_id or self.visibility == self.Visibility.EVERYBODY:
            return True
        return self.visibility == self.Visibility.GROUPS and bool(set(groups) & set(own_groups))

    def publish(self, by: User, *, after: int | None = None, **fields: Any) -> "AssistantVersion":
        """Make a new version of these fields, which is the newest from now on; return it.

        Nothing is made if it would be like the newest one. Raise `EditConflict` if `after` is the number of another
        version than the newest, and `Refused` if there are too many.
        """
        with transaction.atomic():
            # Locked, so that two who edit at the same moment make two numbers.
            current = Assistant.objects.select_for_update(of=("self",)).select_related("newest").get(pk=self.pk).newest
            if after is not None and current and current.number != after:
                raise EditConflict(current)
            version = AssistantVersion(
                assistant=self, number=current.number + 1 if current else 1, created_by=by, **fields
            )
            if current and current.content() == version.content():
                return current
            if version.number > MAX_VERSIONS:
                raise _too_many_versions(is_draft=self.draft_at is not None)
            version.full_clean(exclude=["assistant", "created_by", "model"])
            version.save(force_insert=True)
            self.newest = version
            self.save(update_fields=["newest", "updated_at"])
        return version


class AssistantVersion(models.Model):
    """What an assistant was at a time. It never changes: editing an assistant makes a new version."""

    CONTENT = ("name", "description", "icon", "instructions", "model_id", "settings", "starters", "handoffs")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    icon = models.CharField(max_length=16, blank=True, help_text="an emoji; empty: the name's first letter is drawn")
    instructions = models.TextField(max_length=100_000, blank=True)
    model = models.ForeignKey(
        Model, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty: the default one"
    )
    settings = models.JSONField(default=dict, blank=True, help_text="assistants/request_settings.py")
    starters = models.JSONField(default=list, blank=True, help_text="questions to begin with")
    handoffs = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text="the ids of the assistants that it may hand a conversation over to",
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["assistant", "number"], name="version_of_assistant")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @property
    def initial(self) -> str:
        """What is drawn if there is no icon."""
        return self.name[:1].upper()

    @property
    def hue(self) -> int:
        """Which of the colours of `static/styles/assistants/icon.css` the initial has: the same in all versions."""
        return self.assistant_id.int % HUES

    @property
    def variables(self) -> list[str]:
        """The names of what a person fills in before the first message."""
        return variables(self.instructions)

    def content(self) -> dict[str, Any]:
        """Return what makes this version another one than the one before."""
        return {name: getattr(self, name) for name in self.CONTENT}


def _too_many_versions(*, is_draft: bool) -> Refused:
    if is_draft:
        sentence = gettext("You've tried this %(number)s times. Save it first, or wait an hour.")
    else:
        sentence = gettext("This assistant has %(number)s versions already. Duplicate it, and go on with the copy.")
    return Refused("too_many_versions", sentence % {"number": MAX_VERSIONS}, status=409)


class EditConflict(Exception):
    """Somebody else saved a version meanwhile: `newest`."""

    def __init__(self, newest: AssistantVersion) -> None:
        super().__init__(newest.number)
        self.newest = newest
