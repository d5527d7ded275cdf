"""A whole conversation as JSON, piece by piece: it may hold more pictures than memory should."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from common.threads import in_thread
from conversations.attachments import data_url
from conversations.models import Attachment, Conversation, Response
from conversations.representations import for_viewers

FORMAT = "chatsite.conversation"
VERSION = 1
AT_ONCE = 50
"""Responses of one query."""

_encode = msgspec.json.encode


async def as_json(conversation: Conversation) -> AsyncIterator[bytes]:
    responses, attachments = await in_thread(_ids)(conversation)
    head = {"format": FORMAT, "version": VERSION, "exported_at": timezone.now(), "conversation": _named(conversation)}
    yield _encode(head)[:-1] + b',"attachments":['
    separator = b"\n"
    for pk in attachments:
        if picture := await in_thread(_picture)(pk):
            yield separator + _encode(picture)
            separator = b",\n"
    yield b'],"responses":['
    for start in range(0, len(responses), AT_ONCE):
        rows = await in_thread(_responses)(responses[start : start + AT_ONCE])
        yield (b",\n" if start else b"\n") + b",\n".join(map(_encode, rows))
    yield b"]}\n"


def _ids(conversation: Conversation) -> tuple[list[UUID], list[UUID]]:
    """Of the responses, each after the one it continues, and of the pictures."""
    responses = conversation.responses.order_by("created_at", "id").values_list("pk", flat=True)
    return list(responses), list(conversation.attachments.values_list("pk", flat=True))


def _named(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.pk,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def _picture(pk: UUID) -> dict[str, Any] | None:
    """None where it is gone meanwhile, or its file is."""
    attachment = Attachment.objects.filter(pk=pk).first()
    if attachment is None:
        return None
    try:
        content = data_url(attachment)
    except FileNotFoundError:
        return None
    return {"id": pk, "name": attachment.name, "data_url": content}


def _responses(pks: list[UUID]) -> list[dict[str, Any]]:
    found = Response.objects.defer("search").in_bulk(pks)
    return [_described(found[pk]) for pk in pks if pk in found]


def _described(response: Response) -> dict[str, Any]:
    """Under our ids, with times that keep the order of what came within a second."""
    return for_viewers(
        {
            "id": response.pk,
            "previous_response_id": response.previous_id,
            "created_at": response.created_at,
            "completed_at": response.completed_at,
            "status": response.status,
            "model": response.model,
            "input": response.input,
            "output": response.output,
            "usage": response.usage,
            "error": response.error,
            "incomplete_details": response.incomplete_details,
        }
    )
