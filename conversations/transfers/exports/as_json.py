"""A whole conversation as JSON, in pieces: its images may need more memory than one request should take."""

from collections import deque
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
from django.utils import timezone

from common.threads import in_thread
from conversations.attachments import data_url
from conversations.models import Attachment, Conversation, Response
from conversations.representations import exported_attachment, exported_conversation, exported_response

FORMAT = "chatsite.conversation"
VERSION = 1
BATCH_SIZE = 10
"""Responses in one query. Until their reader has read them, they take memory."""

_encode = msgspec.json.encode


async def as_json(conversation: Conversation) -> AsyncIterator[bytes]:
    """Yield the conversation as docs/export.md describes it, in pieces of one UTF-8 document.

    A response or an image that disappears meanwhile is omitted.
    """
    responses, attachments = await in_thread(_ids)(conversation)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": timezone.now(),
        "conversation": exported_conversation(conversation),
    }
    yield _encode(head)[:-1] + b',"attachments":['
    separator = b"\n"
    for pk in attachments:
        if encoded_attachment := await in_thread(_attachment)(pk):
            yield separator + encoded_attachment
            separator = b",\n"
    yield b'],"responses":['
    separator = b"\n"
    for start in range(0, len(responses), BATCH_SIZE):
        encoded = await in_thread(_responses)(responses[start : start + BATCH_SIZE])
        while encoded:
            yield separator + encoded.popleft()
            separator = b",\n"
    yield b"]}\n"


def _ids(conversation: Conversation) -> tuple[list[UUID], list[UUID]]:
    """Return the ids of the responses, each after the one that it continues, and the ids of the attachments."""
    responses = conversation.responses.order_by("created_at", "id").values_list("pk", flat=True)
    return list(responses), list(conversation.attachments.values_list("pk", flat=True))


def _attachment(pk: UUID) -> bytes | None:
    """Return an attachment with its content, encoded, or None if its row or its file is gone."""
    attachment = Attachment.objects.filter(pk=pk).first()
    if attachment is None:
        return None
    try:
        content = data_url(attachment)
    except FileNotFoundError:
        return None
    return _encode(exported_attachment(attachment, content))


def _responses(pks: list[UUID]) -> deque[bytes]:
    """Return those of the responses that are still there, each encoded."""
    found = Response.objects.defer("search").in_bulk(pks)
    return deque(_encode(exported_response(found.pop(pk))) for pk in pks if pk in found)
