"""What was read, stored: each conversation wholly or not at all, and once."""

import base64
import io
from collections.abc import Mapping
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common.refusal import Refused
from conversations.attachments import forget_files, store
from conversations.models import Attachment, Conversation, Item, Response
from conversations.transfers.imports.tree import Picture, Tree, Turn, answer
from files.kinds.images import prepare

AT_ONCE = 50
"""Responses that are written by one statement, with the pictures in them."""


def keep(user: User, tree: Tree) -> bool:
    """False where the person has it already. One that they deleted comes back."""
    pk = uuid5(user.pk, f"{tree.source} {tree.id}")
    if _is_here(user, pk, tree):
        return False
    pictures: dict[str, Attachment] = {}
    try:
        with transaction.atomic():
            _store(user, pk, tree, pictures)
    except IntegrityError:
        _forget(pictures)
        # The same file twice at once.
        if Conversation.objects.kept_for(user).filter(pk=pk).exists():
            return False
        raise
    except BaseException:
        _forget(pictures)
        raise
    return True


def _is_here(user: User, pk: UUID, tree: Tree) -> bool:
    """Imported before, or begun here."""
    own = Conversation.objects.kept_for(user)
    if own.filter(pk=pk).exclude(deleted_at=None).update(deleted_at=None):
        return True
    begun_here = own.filter(pk=tree.id, deleted_at=None).exists() if tree.source == "chatsite" else False
    return begun_here or own.filter(pk=pk).exists()


def _store(user: User, pk: UUID, tree: Tree, pictures: dict[str, Attachment]) -> None:
    conversation = Conversation.objects.create(
        pk=pk,
        user=user,
        title=tree.title,
        # So that no model finds a better one.
        titled_by=Conversation.TitledBy.PERSON,
        created_at=tree.created_at,
        updated_at=tree.updated_at,
    )
    for file_id, picture in tree.pictures.items():
        content = picture.read()
        if content and (attachment := _attached(user, picture.name, content)):
            pictures[file_id] = attachment
            Attachment.objects.filter(pk=attachment.pk).update(conversation=conversation)
    rows = (_response(user, conversation, turn, pictures, tree.made) for turn in tree.turns)
    while batch := list(islice(rows, AT_ONCE)):
        Response.objects.bulk_create(batch)


def _attached(user: User, name: str, content: bytes) -> Attachment | None:
    """None where it is no picture that we would take."""
    upload = InMemoryUploadedFile(io.BytesIO(content), "file", name or "picture", None, len(content), None)
    try:
        return store(upload, user)
    except Refused:
        return None


def _response(
    user: User,
    conversation: Conversation,
    turn: Turn,
    pictures: dict[str, Attachment],
    made: Mapping[str, Picture],
) -> Response:
    return Response(
        pk=uuid5(conversation.pk, turn.key),
        conversation=conversation,
        previous_id=uuid5(conversation.pk, turn.previous) if turn.previous else None,
        user=user,
        status=turn.status,
        model=turn.model,
        input=[_with_pictures(item, pictures) for item in turn.input],
        output=[_with_result(item, made) for item in turn.output],
        created_at=turn.created_at,
        completed_at=turn.completed_at,
        **turn.fields,
    )


def _with_pictures(item: Item, pictures: dict[str, Attachment]) -> Item:
    return {**item, "content": [_filled(part, pictures) for part in item["content"]]}


def _filled(part: dict[str, Any], pictures: dict[str, Attachment]) -> dict[str, Any]:
    if "file_id" not in part:
        return part
    if attachment := pictures.get(str(part["file_id"])):
        return {**part, "file_id": str(attachment.pk)}
    return {"type": "input_text", "text": "[a picture that is no longer there]"}


def _with_result(item: Item, made: Mapping[str, Picture]) -> Item:
    """A picture that a model made is in the item itself, checked as those are that people send."""
    name = item.get("result") if item.get("type") == "image_generation_call" else None
    if not isinstance(name, str) or name not in made:
        return item
    try:
        picture = prepare(made[name].read() or b"")
    except Refused:
        return answer(_("[a picture]"))
    content = base64.b64encode(picture.data).decode("ascii")
    return {**item, "result": content, "output_format": picture.media_type.removeprefix("image/")}


def _forget(pictures: dict[str, Attachment]) -> None:
    """Their rows went with the transaction; their files did not."""
    for attachment in pictures.values():
        forget_files(attachment)
