"""ChatGPT's export: a list of conversations, each a tree of messages, some of which ChatGPT never showed.

OpenAI doesn't document the format; this is what its exports contain.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from common.text import one_line
from conversations.models import Conversation, Item, Response
from conversations.representations import MISSING_FILE, MISSING_IMAGE
from conversations.transfers.imports.citations import cited
from conversations.transfers.imports.limits import Limits
from conversations.transfers.imports.tree import (
    MAX_TURNS,
    SourceFile,
    SourceImage,
    Steps,
    Tree,
    Turn,
    Unreadable,
    answer,
    clean,
    clean_time,
    clean_title,
    message,
    order_times,
    show_branch,
    too_many_turns,
)
from conversations.turns import descend
from providers.items import dicts

SOURCE = Conversation.Source.CHATGPT
INTERNAL = {
    *("thoughts", "reasoning_recap", "execution_output", "system_error"),
    *("user_editable_context", "model_editable_context", "app_pairing_content"),
}
"""Types of content that ChatGPT doesn't show as text."""
DEFAULT_MODEL = "chatgpt"
"""The model of an answer that names none."""
MAX_MODEL = 200
"""Characters, as many as the column takes."""
MAX_COPIES = 10
"""Copies of a message, on average: one that several branches of an answer share is repeated in each."""

ImageOf = Callable[[str], SourceImage | None]
"""Returns the image that an `asset_pointer` names, or None if the file doesn't have it."""


class Message(msgspec.Struct):
    author: dict[str, Any]
    content: dict[str, Any] | None = None
    create_time: float | None = None
    metadata: dict[str, Any] | None = None
    recipient: str | None = None

    @property
    def is_from_user(self) -> bool:
        """Whether the person sent it."""
        return self.author.get("role") == "user"

    @property
    def is_shown(self) -> bool:
        """Whether ChatGPT showed it. Messages of the system, and those between models and tools, were hidden."""
        is_hidden = (self.metadata or {}).get("is_visually_hidden_from_conversation") is True
        is_said = self.is_from_user or (
            self.author.get("role") in ("assistant", "tool") and self.recipient in {None, "all"}
        )
        has_files = self.is_from_user and any(True for _file in self.files())
        return is_said and not is_hidden and (has_files or any(True for _part in self.parts()))

    def parts(self) -> Iterator[str | dict[str, Any]]:
        """Yield the texts, and the images as parts with an `asset_pointer`."""
        if self.author.get("role") == "tool":
            return (part for part in self._tool_images() if "#" not in part["asset_pointer"])
        return self._content_parts()

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the ids and the names of the files that the person attached. Images may be among them."""
        for each in dicts((self.metadata or {}).get("attachments")):
            file_id, name = each.get("id"), each.get("name")
            if isinstance(file_id, str):
                yield file_id, clean(name) if isinstance(name, str) else ""

    def _tool_images(self) -> Iterator[dict[str, Any]]:
        """Yield a tool's images. Its texts are for the model, as are pages of files, whose pointers have a `#`."""
        yield from (part for part in self._content_parts() if not isinstance(part, str))
        match (self.metadata or {}).get("aggregate_result"):
            case {"messages": list(messages)}:
                charts = (each.get("image_url") for each in messages if isinstance(each, dict))
                yield from ({"asset_pointer": pointer} for pointer in charts if isinstance(pointer, str))

    def _content_parts(self) -> Iterator[str | dict[str, Any]]:
        content = self.content or {}
        kind = content.get("content_type")
        if kind in INTERNAL:
            return
        parts = content.get("parts")
        listed: list[Any] = parts if isinstance(parts, list) else [content.get("text"), content.get("result")]
        if kind == "code" and isinstance(text := content.get("text"), str):
            listed = [fenced(text, content.get("language"))]
        elif not any(listed) and set(content) - {"content_type", "parts", "text", "language", "metadata"}:
            listed = [fenced(json.dumps(content, ensure_ascii=False), "json")]
        for part in listed:
            match part:
                case str(text) if text.strip():
                    yield clean(text)
                case {"content_type": "image_asset_pointer", "asset_pointer": str()}:
                    yield part
                case {"text": str(text)} if text.strip():
                    yield clean(text)


class Node(msgspec.Struct):
    message: Message | None = None
    parent: str | None = None


class Exported(msgspec.Struct):
    mapping: dict[str, Node]
    title: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    current_node: str | None = None
    conversation_id: str | None = None
    id: str | None = None


@dataclass
class Images:
    """The images of a conversation, by their pointers: those that the person sent, and those that a model made.

    Other files that the person sent are among the former, by their ids.
    """

    find: ImageOf
    attached: dict[str, SourceImage] = field(default_factory=dict)
    generated: dict[str, SourceImage] = field(default_factory=dict)


def read(conversation: Exported, image_of: ImageOf) -> Steps[Tree]:
    """Return the conversation as our tree. Raise `Unreadable` if it has no id, no messages, no tree, or too much."""
    if not (source_id := conversation.conversation_id or conversation.id):
        raise Unreadable(_("it has no id"))
    created = clean_time(conversation.create_time, clean_time(conversation.update_time, timezone.now()))
    shown = Shown(conversation.mapping)
    images, limits = Images(image_of), Limits()
    turns: list[Turn] = []
    for path in shown.paths():
        turns.append(_turn(shown, path, created, images))
        limits.add(turns[-1])
        yield
    if not turns:
        raise Unreadable(_("it is empty"))
    order_times(turns)
    if current := shown.turn_at(conversation.current_node):
        show_branch(turns, current)
    newest = max(turn.created_at for turn in turns)
    return Tree(
        source=SOURCE,
        first_source=SOURCE,
        id=source_id,
        title=clean_title(conversation.title),
        created_at=created,
        updated_at=clean_time(conversation.update_time, newest),
        turns=turns,
        attached=images.attached,
        generated=images.generated,
    )


class Shown:
    """The messages that ChatGPT showed, as a tree. Hidden ones between them are skipped.

    Raise `Unreadable` if there are too many messages, or they form a circle.
    """

    def __init__(self, mapping: dict[str, Node]) -> None:
        if len(mapping) > MAX_TURNS:
            raise too_many_turns()
        continuations: dict[str | None, list[str]] = defaultdict(list)
        for key, node in mapping.items():
            # A message whose parent is missing is a root.
            continuations[node.parent if node.parent in mapping else None].append(key)
        downward = [key for key in descend(continuations, None) if key is not None]
        if len(downward) < len(mapping):
            raise Unreadable(_("its messages form a loop"))

        self.messages: dict[str, Message] = {}
        self.above: dict[str, str | None] = {}
        """For each message, shown or hidden, the nearest one above it that was shown."""
        for key in downward:
            node = mapping[key]
            parent = node.parent if node.parent in mapping else None
            self.above[key] = parent if parent in self.messages else self.above.get(parent or "")
            if node.message and node.message.is_shown:
                self.messages[key] = node.message
        self._turn_of: dict[str, str] = {}

    def starts_turn(self, key: str) -> bool:
        """Return whether a turn starts with the message: a root, or a user's message after an answer."""
        above = self.above[key]
        return above is None or (self.messages[key].is_from_user and not self.messages[above].is_from_user)

    def paths(self) -> Iterator[list[str]]:
        """Yield the keys of each turn's messages, from what the user said to the end of the answer.

        A turn comes after the one that it continues. Raise `Unreadable` if too many turns share messages.
        """
        has_more = {self.above[key] for key in self.messages if not self.starts_turn(key)}
        has_next = {self.above[key] for key in self.messages if self.starts_turn(key)}
        left = MAX_COPIES * len(self.messages)
        for key in self.messages:
            if key in has_more and key not in has_next:
                continue
            path = [key]
            while not self.starts_turn(path[-1]) and (above := self.above[path[-1]]):
                path.append(above)
            if (left := left - len(path)) < 0:
                raise Unreadable(_("its messages have too many versions. Remove some from the file."))
            for each in path:
                self._turn_of.setdefault(each, key)
            yield path[::-1]

    def turn_at(self, key: str | None) -> str | None:
        """Return the key of the turn with the message, or with the nearest shown one above it. Call it after `paths`.

        Return None if there is no such turn.
        """
        if key is None or key not in self.above:
            return None
        return self._turn_of.get((key if key in self.messages else self.above[key]) or "")


def _turn(shown: Shown, path: list[str], default_time: datetime, images: Images) -> Turn:
    messages = [shown.messages[key] for key in path]
    answers = [each for each in messages if not each.is_from_user]
    asked = [part for each in messages if each.is_from_user for part in _input_parts(each, images)]
    slug = next(
        (slug for each in answers if isinstance(slug := (each.metadata or {}).get("model_slug"), str)), DEFAULT_MODEL
    )
    created = clean_time(messages[0].create_time, default_time)
    return Turn(
        key=path[-1],
        previous=shown.above[path[0]],
        input=message(asked),
        output=[item for each in answers for item in _output_items(each, images)],
        status=Response.Status.COMPLETED if answers else Response.Status.CANCELLED,
        model=one_line(slug)[:MAX_MODEL] or DEFAULT_MODEL,
        created_at=created,
        completed_at=clean_time(messages[-1].create_time, created),
        source=SOURCE,
    )


def _input_parts(message: Message, images: Images) -> Iterator[dict[str, Any]]:
    for part in message.parts():
        if isinstance(part, str):
            yield {"type": "input_text", "text": part}
        elif image := images.find(part["asset_pointer"]):
            images.attached[part["asset_pointer"]] = image
            yield {"type": "input_image", "detail": "auto", "file_id": part["asset_pointer"]}
        else:
            yield {"type": "input_text", "text": MISSING_IMAGE}
    shown = {part["asset_pointer"].rpartition("/")[2] for part in message.parts() if isinstance(part, dict)}
    for file_id, name in message.files():
        if file_id in shown:
            continue
        if file := images.find(file_id):
            images.attached[file_id] = SourceFile(name or file.name, file.read)
            yield {"type": "input_file", "file_id": file_id}
        else:
            yield {"type": "input_text", "text": MISSING_FILE}


def _output_items(reply: Message, images: Images) -> Iterator[Item]:
    for are_texts, parts in groupby(reply.parts(), key=lambda part: isinstance(part, str)):
        if are_texts:
            yield answer(*cited("\n\n".join(map(str, parts)), reply.metadata or {}))
        else:
            yield from (_image_item(part, images) for part in parts if isinstance(part, dict))


def _image_item(part: dict[str, Any], images: Images) -> Item:
    """Return the item that a provider would send for an image, with the pointer instead of the image."""
    pointer = part["asset_pointer"]
    if not (image := images.find(pointer)):
        return answer(MISSING_IMAGE)
    images.generated[pointer] = image
    item = {"type": "image_generation_call", "status": "completed", "result": pointer}
    match part:
        case {"metadata": {"dalle": {"prompt": str(prompt)}}} if prompt.strip():
            return item | {"revised_prompt": clean(prompt)}
    return item


def fenced(code: str, language: Any) -> str:
    """Return Markdown with the code in a fence that nothing in it can close."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    name = language if isinstance(language, str) and re.fullmatch(r"[\w+#-]{1,30}", language) else ""
    return f"{fence}{name if name != 'unknown' else ''}\n{code}\n{fence}"
