"""A whole conversation as a zip: its JSON, and its files beside it as they are, however large they are together."""

from collections.abc import AsyncIterator
from typing import IO
from uuid import UUID
from zipfile import ZipFile, ZipInfo

from django.utils.timezone import localtime

from common.pools import DOCUMENTS
from conversations.models import Attachment, Conversation
from conversations.transfers.exports.as_json import PIECE_BYTES, as_json
from conversations.transfers.exports.names import safe_entry

DOCUMENT = "conversations.json"
"""An import looks for a name that begins and ends like this one."""


async def as_zip(conversation: Conversation) -> AsyncIterator[bytes]:
    """Yield the conversation as docs/export.md describes it, in pieces of one zip. Nothing in it is compressed.

    A file that disappears meanwhile is omitted. Each piece is made in a turn of its own.
    """
    person, written = conversation.user_id, _Written()
    packed = ZipFile(written, "w")
    names = await DOCUMENTS.run(person, _names, conversation)
    with packed.open(_entry(DOCUMENT, conversation), "w", force_zip64=True) as entry:
        async for piece in as_json(conversation, names):
            entry.write(piece)
            yield written.take()
    for pk, name in names.items():
        if file := await DOCUMENTS.run(person, _open, pk):
            with file, packed.open(_entry(name, conversation), "w", force_zip64=True) as entry:
                while await DOCUMENTS.run(person, _copy, file, entry):
                    yield written.take()
    packed.close()
    yield written.take()


class _Written:
    """What a zip is written to, piece by piece. It can't go back, so sizes and checksums follow the contents."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: whoever reads takes the pieces."""

    def close(self) -> None:
        """Do nothing, likewise."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def _names(conversation: Conversation) -> dict[UUID, str]:
    """Return the names of the files in the zip, by the ids of their attachments. No two are the same."""
    rows = conversation.attachments.filter(deleted_at=None).values_list("pk", "name")
    return {pk: f"files/{number:03}-{safe_entry(name)}" for number, (pk, name) in enumerate(rows, 1)}


def _entry(name: str, conversation: Conversation) -> ZipInfo:
    return ZipInfo(name, localtime(conversation.updated_at).timetuple()[:6])


def _open(pk: UUID) -> IO[bytes] | None:
    """Return the file of an attachment, or None if it is gone."""
    attachment = Attachment.objects.filter(pk=pk, deleted_at=None).first()
    try:
        return attachment.file.open("rb") if attachment else None
    except FileNotFoundError:
        return None


def _copy(file: IO[bytes], entry: IO[bytes]) -> int:
    """Write the next piece of a file into the zip, and return how many bytes it has."""
    return entry.write(file.read(PIECE_BYTES))
