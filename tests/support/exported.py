"""Exported files, as ChatGPT and this site make them, and what an import reports about them."""

import asyncio
import io
import json
import zipfile
from contextlib import suppress
from typing import Any, TypeVar, cast

from accounts.models import User
from conversations.branches import Branch
from conversations.models import Conversation
from conversations.transfers.exports.as_json import as_json
from conversations.transfers.exports.as_zip import as_zip
from conversations.transfers.imports.archive import Archive
from conversations.transfers.imports.report import import_file
from conversations.transfers.imports.store import store_tree
from conversations.transfers.imports.tree import Steps, Tree, Unreadable
from tests.support.page_request import requested

T = TypeVar("T")

BEGAN = 1_700_000_000
"""When ChatGPT's conversation began, in seconds since 1970."""


def said(role: str, words: Any, parent: str | None, after: float = 0, **message: Any) -> dict:
    """Return a node of ChatGPT's tree: a message, sent `after` seconds. `words` may be its whole content."""
    content = words if isinstance(words, dict) else {"content_type": "text", "parts": [words]}
    return {
        "parent": parent,
        "children": [],
        "message": {"author": {"role": role}, "content": content, "create_time": BEGAN + after, **message},
    }


def chatgpt(mapping: dict, current: str | None = None, **fields: Any) -> dict:
    """Return a conversation as ChatGPT exports it, with the branch through `current` open."""
    return {
        "title": "Tides",
        "create_time": BEGAN,
        "update_time": BEGAN + 100,
        "conversation_id": "c-1",
        "current_node": current,
        "mapping": mapping,
        **fields,
    }


TREE = {
    "root": {"parent": None, "children": ["system"], "message": None},
    "system": said("system", "Be brief.", "root"),
    "q1": said("user", "How high is the tide?", "system", 1),
    "a1": said("assistant", "Two metres.", "q1", 2, metadata={"model_slug": "gpt-4o"}),
    "a2": said("assistant", "Three metres.", "q1", 30, metadata={"model_slug": "gpt-5"}),
    "q2": said("user", "When?", "a1", 4),
    "call": said("assistant", {"content_type": "code", "text": "look()"}, "q2", 5, recipient="browser"),
    "result": said("tool", "noon", "call", 6),
    "hidden": said("user", "context", "result", 6, metadata={"is_visually_hidden_from_conversation": True}),
    "thinking": said("assistant", {"content_type": "thoughts", "thoughts": [{"content": "Hm"}]}, "hidden", 7),
    "a3": said("assistant", "At noon.", "thinking", 8),
}


def content_of(conversations: object) -> bytes:
    """Return the content of a conversations.json."""
    return json.dumps(conversations).encode()


def zipped(conversations: object, **files: bytes) -> bytes:
    """Return ChatGPT's zip, with a conversations.json and other files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("conversations.json", content_of(conversations))
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def finish(steps: Steps[T]) -> T:
    """Take all the steps of an import's work, and return what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast("T", end.value)


def import_trees(user: User, file: bytes) -> list[Tree]:
    """Import what can be read in a file, without a report, and return it. Raise `Unreadable` if the file can't be."""
    archive = Archive(io.BytesIO(file))
    finish(archive.scan())
    trees = []
    for found in archive.conversations():
        with suppress(Unreadable):
            if not found.problem:
                trees.append(finish(archive.tree(found.content)))
                finish(store_tree(user, trees[-1]))
    return trees


def import_result(user: User, content: object) -> dict:
    """Import a file, and return the last line that a browser gets. Content that isn't bytes is sent as JSON."""
    file = content if isinstance(content, bytes) else content_of(content)

    async def whole() -> list[bytes]:
        return [line async for line in import_file(user, io.BytesIO(file), len(file))]

    return json.loads(asyncio.run(whole())[-1])


def import_counts(user: User, content: object) -> tuple[int, int, int]:
    """Import a file, and return how many conversations were imported, known already, and failed."""
    report = import_result(user, content)["report"]
    return report["imported"], report["known"], report["failed"]


def export_markdown(conversation: Conversation, query: str = "") -> str:
    """Return the file that the conversation's owner gets."""

    async def download() -> tuple[int, bytes]:
        return await (await requested(conversation.user, f"{conversation.get_absolute_url()}export.md{query}")).answer()

    status, content = asyncio.run(download())
    assert status == 200
    return content.decode()


def export_json(conversation: Conversation) -> bytes:
    """Return the conversation's export as JSON."""

    async def whole() -> bytes:
        return b"".join([piece async for piece in as_json(conversation)])

    return asyncio.run(whole())


def export_zip(conversation: Conversation) -> bytes:
    """Return the conversation's export as a zip."""

    async def whole() -> bytes:
        return b"".join([piece async for piece in as_zip(conversation)])

    return asyncio.run(whole())


def shown(conversation: Conversation) -> list[tuple[str, str]]:
    """Return the message and the answer of each turn of the branch that is shown."""
    return [(turn.response.message(), turn.response.answer()) for turn in Branch(conversation).turns]
