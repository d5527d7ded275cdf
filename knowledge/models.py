"""Collections: files that people and assistants have at hand, and what of them is at providers."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser, Group
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.sharing import Visibility, is_editable_by, is_usable_by
from files.models import Document, path_of_document
from providers.models import Provider


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the collections in which a person may search: their own, and what is shared with them."""
        if not user.is_authenticated:
            return self.none()
        usable = self.model.objects.filter(is_usable_by(user), deleted_at=None)
        return self.filter(pk__in=usable.values("pk"))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Return the collections that a person may change: their own, and for those who may, what is shared.

        Deleted ones, too: they can be restored for a while.
        """
        if not user.is_authenticated:
            return self.none()
        return self.filter(is_editable_by(user, "knowledge.change_collection"))


class Collection(models.Model):
    """Files that are searched together, and who may do so."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="collections")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    groups = models.ManyToManyField(Group, blank=True, related_name="+", help_text="who may search, if for groups")
    is_at_providers = models.BooleanField(default=False, help_text="whether providers may keep a copy of its files")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[CollectionQuerySet] = CollectionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name", "created_at"]
        default_permissions = ()
        permissions = [
            ("change_collection", gettext_noop("Can change and delete collections that others share")),
            ("share_collection", gettext_noop("Can share collections with groups and with everybody")),
        ]
        indexes = [
            models.Index("deleted_at", name="deleted_collections", condition=Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionFileQuerySet(models.QuerySet["CollectionFile"]):
    def present(self) -> Self:
        """Return the files that aren't deleted."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the files that a person may read: those of the collections in which they may search."""
        return self.present().filter(collection__in=Collection.objects.visible_to(user))

    def readable_by(self, user: User | AnonymousUser) -> Self:
        """Return the files that a person may open: those in which they may search, and those that they may change."""
        return self.visible_to(user) | self.present().editable_by(user)

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Return the files that a person may read again, delete and restore."""
        return self.filter(collection__in=Collection.objects.editable_by(user).filter(deleted_at=None))


class CollectionFile(models.Model):
    """A file in a collection, and how far it is read."""

    class State(models.TextChoices):
        """How far a file is read."""

        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Reading")
        READ = "read", _("Ready")
        FAILED = "failed", _("Failed")

    UNREAD = (State.WAITING, State.READING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="files", db_index=False)
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty until it is read"
    )
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content, as hexadecimal")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="bytes")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    problem = models.CharField(max_length=50, blank=True, help_text="the code of the reason, if it failed")
    attributes = models.JSONField(default=dict, blank=True, help_text="at most 16 values by name, for filters")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    state_at = models.DateTimeField(default=timezone.now, help_text="since when it is in its state")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[CollectionFileQuerySet] = CollectionFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "digest"], name="content_of_collection", condition=Q(deleted_at=None)
            )
        ]
        indexes = [
            models.Index(fields=["collection", "created_at", "id"], name="files_of_collection"),
            models.Index(fields=["document"], name="collections_of_document"),
            models.Index(fields=["digest"], name="collections_of_content"),
            models.Index(
                fields=["state", "state_at"], name="files_to_read", condition=Q(state__in=["waiting", "reading"])
            ),
            # Whose file is read next (knowledge/filling.py).
            models.Index(fields=["added_by", "created_at"], name="files_waiting", condition=Q(state="waiting")),
            models.Index(fields=["deleted_at"], name="deleted_files", condition=Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where its content is in the storage: there once, whoever has it."""
        return path_of_document(self.digest)


class Store(models.Model):
    """The vector store in which a provider keeps a copy of a collection."""

    class State(models.TextChoices):
        """How far the store is filled, or on its way out."""

        FILLING = "filling", _("Being filled")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        DELETING = "deleting", _("Being deleted")

    # Empty if the collection is gone, so that the store is still deleted at the provider.
    collection = models.ForeignKey(Collection, null=True, blank=True, on_delete=models.SET_NULL, related_name="stores")
    # A provider stays until nothing of ours is there.
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    token = models.UUIDField(default=uuid.uuid4, help_text="by which one is found there whose id was never noted")
    store_id = models.CharField(max_length=100, blank=True, help_text="the provider's; empty until it is made")
    state = models.CharField(max_length=10, choices=State.choices, default=State.FILLING)
    problem = models.CharField(max_length=200, blank=True, help_text="what the provider said last, if that went wrong")
    tries = models.PositiveIntegerField(default=0, help_text="how often that went wrong in a row")
    state_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, help_text="when it is next looked at")
    claimed_until = models.DateTimeField(default=timezone.now, help_text="until when a process has it to itself")
    checked_at = models.DateTimeField(null=True, blank=True, help_text="when the provider last said that it is there")

    class Meta:
        verbose_name = _("copy at a provider")
        verbose_name_plural = _("copies at providers")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["collection", "provider"], name="store_of_collection")]

    def __str__(self) -> str:
        return self.store_id or str(self.pk)


class StoredFile(models.Model):
    """A file of a collection in a provider's store, and how far it is there."""

    class State(models.TextChoices):
        """How far the file is in the store, or on its way out."""

        WAITING = "waiting"
        UPLOADING = "uploading"
        UPLOADED = "uploaded"
        INDEXING = "indexing"
        READY = "ready"
        FAILED = "failed"
        DELETING = "deleting"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="files", db_index=False)
    # Empty if the file left the collection, so that it still leaves the store.
    collection_file = models.ForeignKey(
        CollectionFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="stored", db_index=True
    )
    file_id = models.CharField(
        max_length=100, blank=True, help_text="the provider's; empty until it is there", db_index=True
    )
    name = models.CharField(max_length=255, blank=True, help_text="under which it is uploaded")
    size = models.PositiveBigIntegerField(default=0, help_text="bytes that are uploaded")
    batch_id = models.CharField(max_length=100, blank=True, help_text="with which others it is indexed")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    state_at = models.DateTimeField(default=timezone.now)
    problem = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0, help_text="how often indexing it went wrong")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["store", "file_id"], name="file_of_store", condition=~Q(file_id="")),
            models.UniqueConstraint(fields=["store", "collection_file"], name="copy_of_file"),
        ]
        indexes = [models.Index(fields=["store", "state"], name="stored_files_by_state")]

    def __str__(self) -> str:
        return self.file_id or str(self.pk)
