"""A whole conversation as JSON, in pieces: its files may need more memory than one request should take."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import IO
from uuid import UUID

import msgspec
from django.utils import timezone

from common.pools import DOCUMENTS
from conversations.batches import first_batch
from conversations.models import Attachment, Conversation, Response
from conversations.representations.exported import exported_attachment, exported_conversation, exported_response

FORMAT = "chatsite.conversation"
VERSION = 1
END = b'"}'
"""Of an attachment, whose content comes last."""
PIECE_BYTES = 3_000_000
"""Of a file, in one turn. Base64 makes four bytes of three."""
MAX_BATCH = 50
MAX_BATCH_BYTES = 1_000_000
"""Of responses that are encoded in one turn, unless a single one has more."""

_encode = msgspec.json.encode


async def as_json(conversation: Conversation, names: Mapping[UUID, str] | None = None) -> AsyncIterator[bytes]:
    """Yield the conversation as docs/export.md describes it, in pieces of one UTF-8 document.

    If its files are beside it, `names` are theirs by the ids of the attachments. A response or a file that disappears
    meanwhile is omitted. Each piece is made in a turn of its own.
    """
    person = conversation.user_id
    responses, attachments = await DOCUMENTS.run(person, _ids, conversation)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": timezone.now(),
        "conversation": exported_conversation(conversation),
    }
    yield _encode(head)[:-1] + b',"attachments":['
    separator = b"\n"
    for pk in attachments if names is None else ():
        if opened := await DOCUMENTS.run(person, _open, pk):
            beginning, file = opened
            with file:
                yield separator + beginning
                while piece := await DOCUMENTS.run(person, _read, file):
                    yield piece
                yield END
            separator = b",\n"
    if names:
        yield await DOCUMENTS.run(person, _named, names)
    yield b'],"responses":['
    separator = b"\n"
    while responses:
        rows, responses = await DOCUMENTS.run(person, _responses, responses)
        if rows:
            # Not joined: a slow reader would keep both in memory.
            yield separator
            yield rows
            separator = b",\n"
    yield b"]}\n"


def _ids(conversation: Conversation) -> tuple[Sequence[UUID], list[UUID]]:
    """Return the ids of the responses, each after the one that it continues, and the ids of the attachments."""
    responses = conversation.responses.order_by("created_at", "id").values_list("pk", flat=True)
    return list(responses), list(conversation.attachments.filter(deleted_at=None).values_list("pk", flat=True))


def _named(names: Mapping[UUID, str]) -> bytes:
    """Return attachments whose files are beside the document."""
    found = Attachment.objects.filter(pk__in=names).order_by("created_at", "id")
    return b",\n".join(_encode(exported_attachment(each, {"file": names[each.pk]})) for each in found)


def _open(pk: UUID) -> tuple[bytes, IO[bytes]] | None:
    """Return an attachment up to its content, and its file. Return None if its row or its file is gone."""
    attachment = Attachment.objects.filter(pk=pk, deleted_at=None).first()
    if attachment is None:
        return None
    try:
        file = attachment.file.open("rb")
    except FileNotFoundError:
        return None
    encoded = _encode(exported_attachment(attachment, {"data_url": f"data:{attachment.media_type};base64,"}))
    return encoded.removesuffix(END), file


def _read(file: IO[bytes]) -> bytes:
    """Return the next piece of a file in base64, or nothing at its end."""
    return base64.b64encode(file.read(PIECE_BYTES))


def _responses(pks: Sequence[UUID]) -> tuple[bytes, Sequence[UUID]]:
    """Return the first of the responses, and the ids of the rest."""
    found, rest = first_batch(
        Response.objects.select_related("assistant_version"), pks, most=MAX_BATCH, max_bytes=MAX_BATCH_BYTES
    )
    return b",\n".join(_encode(exported_response(response)) for response in found), rest
