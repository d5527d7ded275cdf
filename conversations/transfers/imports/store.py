"""Store imported conversations: each completely or not at all, and once."""

import base64
import io
from collections.abc import Mapping
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.pools import IMAGES
from common.refusal import Refused
from conversations.attachments import forget_files, store
from conversations.models import Attachment, Conversation, Item, Response
from conversations.transfers.imports.tree import SourceImage, Tree, Turn, answer
from files.kinds.images import prepare

BATCH_SIZE = 50
"""Responses that one statement writes, with the images in them."""


def store_tree(user: User, tree: Tree) -> bool:
    """Store the conversation as the person's own. Return False if they have it already; a deleted one is restored."""
    pk = uuid5(user.pk, f"{tree.source} {tree.id}")
    if _is_known(user, pk, tree):
        return False
    attachments: dict[str, Attachment] = {}
    try:
        with transaction.atomic():
            _store(user, pk, tree, attachments)
    except IntegrityError:
        _forget(attachments)
        # The same file may be imported twice at the same time.
        if Conversation.objects.kept_for(user).filter(pk=pk).exists():
            return False
        raise
    except BaseException:
        _forget(attachments)
        raise
    return True


def _is_known(user: User, pk: UUID, tree: Tree) -> bool:
    """Return whether the conversation was imported before, or begun on this site. Restore it if it was deleted."""
    own = Conversation.objects.kept_for(user)
    if own.filter(pk=pk).exclude(deleted_at=None).update(deleted_at=None):
        return True
    is_from_here = tree.source == Conversation.Source.CHATSITE and own.filter(pk=tree.id, deleted_at=None).exists()
    return is_from_here or own.filter(pk=pk).exists()


def _store(user: User, pk: UUID, tree: Tree, attachments: dict[str, Attachment]) -> None:
    """Write the rows and the files, and add the attachments that were made to `attachments`."""
    conversation = Conversation.objects.create(
        pk=pk,
        user=user,
        title=tree.title,
        # So that no model replaces the title.
        titled_by=Conversation.TitledBy.PERSON,
        imported_from=tree.first_source,
        imported_at=timezone.now(),
        created_at=tree.created_at,
        updated_at=tree.updated_at,
    )
    for file_id, image in tree.attached.items():
        content = image.read()
        if content and (attachment := _attachment(user, image.name, content)):
            attachments[file_id] = attachment
            Attachment.objects.filter(pk=attachment.pk).update(conversation=conversation)
    rows = (_response(user, conversation, turn, attachments, tree.generated) for turn in tree.turns)
    while batch := list(islice(rows, BATCH_SIZE)):
        Response.objects.bulk_create(batch)


def _attachment(user: User, name: str, content: bytes) -> Attachment | None:
    """Store an image as an attachment. Return None if an upload of it would be refused."""
    upload = InMemoryUploadedFile(io.BytesIO(content), "file", name or "image", None, len(content), None)
    try:
        return store(upload, user)
    except Refused as refused:
        if refused.is_temporary:
            raise
        return None


def _response(
    user: User,
    conversation: Conversation,
    turn: Turn,
    attachments: dict[str, Attachment],
    generated: Mapping[str, SourceImage],
) -> Response:
    return Response(
        pk=uuid5(conversation.pk, turn.key),
        conversation=conversation,
        previous_id=uuid5(conversation.pk, turn.previous) if turn.previous else None,
        user=user,
        status=turn.status,
        model=turn.model,
        imported_from=turn.source,
        input=[_with_attachments(item, attachments) for item in turn.input],
        output=[_with_image(user, item, generated) for item in turn.output],
        created_at=turn.created_at,
        completed_at=turn.completed_at,
        **turn.fields,
    )


def _with_attachments(item: Item, attachments: dict[str, Attachment]) -> Item:
    return {**item, "content": [_with_attachment(part, attachments) for part in item["content"]]}


def _with_attachment(part: dict[str, Any], attachments: dict[str, Attachment]) -> dict[str, Any]:
    """Return a part of a message with our id for an attachment, or a text if its image can't be stored."""
    if "file_id" not in part:
        return part
    if attachment := attachments.get(str(part["file_id"])):
        return {**part, "file_id": str(attachment.pk)}
    return {"type": "input_text", "text": "[an image that is no longer there]"}


def _with_image(user: User, item: Item, generated: Mapping[str, SourceImage]) -> Item:
    """Return an output item with the image that a model made in it, checked as those are that people send."""
    name = item.get("result") if item.get("type") == "image_generation_call" else None
    if not isinstance(name, str) or name not in generated:
        return item
    try:
        with IMAGES.turn(user.pk):
            image = prepare(generated[name].read() or b"")
    except Refused as refused:
        if refused.is_temporary:
            raise
        return answer(_("[image]"))
    content = base64.b64encode(image.data).decode("ascii")
    return {**item, "result": content, "output_format": image.media_type.removeprefix("image/")}


def _forget(attachments: dict[str, Attachment]) -> None:
    """Remove the files of attachments whose rows were rolled back with the transaction."""
    for attachment in attachments.values():
        forget_files(attachment)
