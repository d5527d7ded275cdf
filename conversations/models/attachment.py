"""Attachments: the files that people upload, and those that models make."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from types import MappingProxyType
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.models import User
from conversations.models.conversation import Conversation
from conversations.models.response import Response
from files.models import Document
from providers.items import Part, dicts, item_parts

IMAGE = "image"
OTHER = "file"
"""The kind of a file that can't be read."""

# Sent, put out by a tool or made on the branch that a share shows, up to its last response. Other branches and later
# turns aren't shared.
IS_SHARED = RawSQL(
    """
    EXISTS (
        WITH RECURSIVE branch AS (
            SELECT response.id, response.previous_id, response.input
            FROM conversations_share share
            JOIN conversations_conversation conversation ON conversation.id = share.conversation_id
            JOIN conversations_response response ON response.id = share.response_id
            WHERE share.conversation_id = conversations_attachment.conversation_id AND conversation.deleted_at IS NULL
            UNION ALL
            SELECT response.id, response.previous_id, response.input
            FROM conversations_response response JOIN branch ON response.id = branch.previous_id
        )
        SELECT 1 FROM branch
        WHERE branch.id = conversations_attachment.made_by_id
        OR input @> jsonb_build_array(jsonb_build_object(
            'content', jsonb_build_array(jsonb_build_object('file_id', conversations_attachment.id::text))
        ))
        OR input @> jsonb_build_array(jsonb_build_object(
            'output', jsonb_build_array(jsonb_build_object('file_id', conversations_attachment.id::text))
        ))
    )
    """,
    [],
    output_field=models.BooleanField(),
)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return a person's own attachments that aren't sent yet, and those in conversations that they may open."""
        if not user.is_authenticated:
            return self.none()
        unsent = Q(conversation__isnull=True, user_id=user.pk)
        visible = unsent | Q(conversation__in=Conversation.objects.visible_to(user))
        return self.filter(visible, deleted_at=None)

    def own(self, user: User | AnonymousUser) -> Self:
        """Return what a person uploaded or had made, in conversations that aren't temporary, and what isn't sent yet.

        Files that the person deleted are among it, as long as they can be restored.
        """
        if not user.is_authenticated:
            return self.none()
        listed = Q(conversation__isnull=True) | Q(conversation__in=Conversation.objects.listed(user))
        return self.filter(listed, user_id=user.pk)

    def readable_by(self, user: User | AnonymousUser) -> Self:
        """Return the attachments that a person may look at.

        These are the visible ones, those in what was shared with the team and, for an admin who may review them, those
        that were sent in any conversation that isn't temporary.
        """
        if not user.is_authenticated:
            return self.none()
        visible = Q(pk__in=self.visible_to(user).order_by().values("pk"))
        if user.is_staff and user.has_perm("conversations.view_attachment"):
            return self.filter(visible | Q(conversation__is_temporary=False), deleted_at=None)
        return self.filter(visible | Q(IS_SHARED), deleted_at=None)


class Attachment(models.Model):
    """A file of a conversation: one that somebody uploaded or a model made, or an image that a tool put out.

    An image was checked, is upright, and has no notes of a camera on place and person. Another file is as it came, so
    it is downloaded, and only what was read of it is shown. An upload belongs to its uploader alone until it is sent,
    and to the conversation from then on. The file is named after its content, so that the same one is stored once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attachments")
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )
    made_by = models.ForeignKey(
        Response,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="files",
        db_index=False,
        help_text="the response whose model made it",
    )
    source = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="a digest of what it is at the provider, so that it is fetched once",
    )
    document = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="what was read of it, if it can be read and isn't an image",
    )
    name = models.CharField(max_length=255, help_text="what the file was called")
    file = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200, blank=True, help_text="of an image")
    media_type = models.CharField(max_length=100)
    width = models.PositiveIntegerField(null=True, blank=True, help_text="of an image")
    height = models.PositiveIntegerField(null=True, blank=True, help_text="of an image")
    size = models.PositiveBigIntegerField(help_text="bytes, as it is stored")
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="by its person; removed for good a while later")

    objects: ClassVar[AttachmentQuerySet] = AttachmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["made_by"], name="attachment_made_by", condition=Q(made_by__isnull=False)),
            models.Index(fields=["document"], name="attachment_document", condition=Q(document__isnull=False)),
            # Whether another row has the same file, before it is removed.
            models.Index(fields=["file"], name="attachment_file"),
            models.Index(fields=["deleted_at"], name="attachment_deleted", condition=Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        """Whether it is an image that may be shown."""
        return bool(self.thumbnail)

    @property
    def kind(self) -> str:
        """What kind of file it is: "image", that of its document, or "file" if it can't be read."""
        if self.is_image:
            return IMAGE
        return self.document.kind if self.document else OTHER


def load_attachments(responses: Iterable[Response]) -> list[Response]:
    """Read what `attachments_of` returns for all these responses, by one query at most. Return the responses."""
    rows = list(responses)
    named = {row.pk: _named_in(row) for row in rows}
    ids = {file_id for each in named.values() for file_id in each}
    known = Attachment.objects.filter(deleted_at=None).select_related("document").in_bulk(ids) if ids else {}
    for row in rows:
        found = (known[file_id] for file_id in named[row.pk] if file_id in known)
        note_attachments(row, [each for each in found if each.conversation_id == row.conversation_id])
    return rows


def note_attachments(response: Response, attachments: Iterable[Attachment]) -> None:
    """Note what `attachments_of` returns for a response."""
    response.__dict__["attachments"] = {str(each.pk): each for each in attachments}


def are_loaded(response: Response) -> bool:
    """Return whether `attachments_of` has all files of a response: an id that isn't among them is of a deleted one."""
    return "attachments" in response.__dict__ and response.has_ended


def attachments_of(response: Response) -> Mapping[str, Attachment]:
    """Return the files of a response by id, without those that were deleted: sent with its message, made, or put out.

    They must be loaded: the database isn't asked.
    """
    loaded: Mapping[str, Attachment] = response.__dict__.get("attachments", MappingProxyType({}))
    return loaded


def sent_ids(response: Response) -> list[str]:
    """Return the ids of all files that were sent with the message of a response, in their order."""
    messages = (item for item in dicts(response.input) if item.get("type") == "message")
    parts = (part for item in messages for part in item_parts(item))
    return [file_id for part in parts if isinstance(file_id := part.get("file_id"), str)]


def id_in(part: Part) -> uuid.UUID | None:
    """Return the id of the attachment that a part, or an item, names. A provider may give its own ids, or null."""
    try:
        return uuid.UUID(part.get("file_id"))
    except (AttributeError, TypeError, ValueError):
        return None


def _named_in(response: Response) -> list[uuid.UUID]:
    found = set()
    for file_id in chain(
        sent_ids(response), _put_out(response) if response.has_ended and "output" in response.__dict__ else ()
    ):
        with suppress(ValueError):
            found.add(uuid.UUID(file_id))
    return list(found)


def _put_out(response: Response) -> Iterator[str]:
    """Yield the ids of files that stand in the output, and in what tools put out, if that is loaded."""
    yield from _ids_in(response.output)
    if "calls" in getattr(response, "_prefetched_objects_cache", {}):
        yield from _ids_in([call.output for call in response.calls.all()])


def _ids_in(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _ids_in(each)
    elif isinstance(value, dict):
        if isinstance(file_id := value.get("file_id"), str):
            yield file_id
        for each in value.values():
            yield from _ids_in(each)
