"""ChatGPT's own export: a list of conversations, each a tree of messages of which some were never shown."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.branches import descend
from conversations.models import Item, Response
from conversations.transfers.imports.citations import cited
from conversations.transfers.imports.tree import (
    MOST_TURNS,
    Picture,
    Tree,
    Turn,
    Unreadable,
    answer,
    clean,
    clean_title,
    message,
    moment,
    put_in_order,
    show,
)

INTERNAL = {
    *("thoughts", "reasoning_recap", "execution_output", "system_error"),
    *("user_editable_context", "model_editable_context", "app_pairing_content"),
}
"""Kinds of content that ChatGPT does not show as words either."""
MODEL = "chatgpt"
LONGEST_MODEL = 200
TANGLED = 10

PictureOf = Callable[[str], Picture | None]


class Message(msgspec.Struct):
    author: dict[str, Any]
    content: dict[str, Any] | None = None
    create_time: float | None = None
    metadata: dict[str, Any] | None = None
    recipient: str | None = None

    @property
    def is_question(self) -> bool:
        return self.author.get("role") == "user"

    @property
    def is_shown(self) -> bool:
        """What the system said was not, nor what models and tools said to each other."""
        is_hidden = (self.metadata or {}).get("is_visually_hidden_from_conversation") is True
        is_said = self.is_question or (
            self.author.get("role") in {"assistant", "tool"} and self.recipient in {None, "all"}
        )
        return is_said and not is_hidden and any(True for _part in self.parts())

    def parts(self) -> Iterator[str | dict[str, Any]]:
        """Texts, and pictures as they are named."""
        if self.author.get("role") == "tool":
            return (part for part in self._made() if "#" not in part["asset_pointer"])
        return self._said()

    def _made(self) -> Iterator[dict[str, Any]]:
        """A tool's pictures: its words are for the model, as are pages of files, which have a `#` in their names."""
        yield from (part for part in self._said() if not isinstance(part, str))
        match (self.metadata or {}).get("aggregate_result"):
            case {"messages": list(messages)}:
                charts = (each.get("image_url") for each in messages if isinstance(each, dict))
                yield from ({"asset_pointer": pointer} for pointer in charts if isinstance(pointer, str))

    def _said(self) -> Iterator[str | dict[str, Any]]:
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


class Conversation(msgspec.Struct):
    mapping: dict[str, Node]
    title: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    current_node: str | None = None
    conversation_id: str | None = None
    id: str | None = None


@dataclass
class Pictures:
    """Those of the file, and by their names those that the person sent and those that the model made."""

    find: PictureOf
    asked: dict[str, Picture] = field(default_factory=dict)
    made: dict[str, Picture] = field(default_factory=dict)


def read(conversation: Conversation, picture_of: PictureOf) -> Tree:
    """Raises Unreadable."""
    if not (source_id := conversation.conversation_id or conversation.id):
        raise Unreadable(_("it has no id"))
    created = moment(conversation.create_time, moment(conversation.update_time, timezone.now()))
    shown = Shown(conversation.mapping)
    pictures = Pictures(picture_of)
    turns = [_turn(shown, path, created, pictures) for path in shown.paths()]
    if not turns:
        raise Unreadable(_("nothing was said in it"))
    put_in_order(turns)
    if current := shown.turn_at(conversation.current_node):
        show(turns, current)
    newest = max(turn.created_at for turn in turns)
    return Tree(
        source="chatgpt",
        id=source_id,
        title=clean_title(conversation.title),
        created_at=created,
        updated_at=moment(conversation.update_time, newest),
        turns=turns,
        pictures=pictures.asked,
        made=pictures.made,
    )


class Shown:
    """The messages that were shown, as a tree: what is between two of them is skipped."""

    def __init__(self, mapping: dict[str, Node]) -> None:
        if len(mapping) > MOST_TURNS:
            raise Unreadable(_("it has too many messages"))
        continuations: dict[str | None, list[str]] = defaultdict(list)
        for key, node in mapping.items():
            # What continues a message that is not there begins the tree.
            continuations[node.parent if node.parent in mapping else None].append(key)
        downward = [key for key in descend(continuations, None) if key is not None]
        if len(downward) < len(mapping):
            raise Unreadable(_("its messages go round in a circle"))

        self.messages: dict[str, Message] = {}
        self.above: dict[str, str | None] = {}
        """For each message, shown or not, the nearest one above it that was shown."""
        for key in downward:
            node = mapping[key]
            parent = node.parent if node.parent in mapping else None
            self.above[key] = parent if parent in self.messages else self.above.get(parent or "")
            if node.message and node.message.is_shown:
                self.messages[key] = node.message
        self._turn_of: dict[str, str] = {}

    def begins(self, key: str) -> bool:
        """Whether a turn begins with it: a question that follows an answer, or nothing."""
        above = self.above[key]
        return above is None or (self.messages[key].is_question and not self.messages[above].is_question)

    def paths(self) -> Iterator[list[str]]:
        """Each turn's messages, from its question to the end of its answer; a turn after the one it continues."""
        goes_on = {self.above[key] for key in self.messages if not self.begins(key)}
        is_continued = {self.above[key] for key in self.messages if self.begins(key)}
        left = TANGLED * len(self.messages)
        for key in self.messages:
            if key in goes_on and key not in is_continued:
                continue
            path = [key]
            while not self.begins(path[-1]) and (above := self.above[path[-1]]):
                path.append(above)
            if (left := left - len(path)) < 0:
                raise Unreadable(_("it has too many versions of the same"))
            for passed in path:
                self._turn_of.setdefault(passed, key)
            yield path[::-1]

    def turn_at(self, key: str | None) -> str | None:
        """The turn in which a message stands, or the nearest one above it that was shown."""
        if key is None or key not in self.above:
            return None
        return self._turn_of.get((key if key in self.messages else self.above[key]) or "")


def _turn(shown: Shown, path: list[str], began: Any, pictures: Pictures) -> Turn:
    messages = [shown.messages[key] for key in path]
    answers = [each for each in messages if not each.is_question]
    question = [part for each in messages if each.is_question for part in _asked(each, pictures)]
    slug = next((slug for each in answers if isinstance(slug := (each.metadata or {}).get("model_slug"), str)), MODEL)
    created = moment(messages[0].create_time, began)
    return Turn(
        key=path[-1],
        previous=shown.above[path[0]],
        input=message(question),
        output=[item for each in answers for item in _answered(each, pictures)],
        status=Response.Status.COMPLETED if answers else Response.Status.CANCELLED,
        model=clean(slug)[:LONGEST_MODEL],
        created_at=created,
        completed_at=moment(messages[-1].create_time, created),
    )


def _asked(question: Message, pictures: Pictures) -> Iterator[dict[str, Any]]:
    for part in question.parts():
        if isinstance(part, str):
            yield {"type": "input_text", "text": part}
        elif picture := pictures.find(part["asset_pointer"]):
            pictures.asked[part["asset_pointer"]] = picture
            yield {"type": "input_image", "detail": "auto", "file_id": part["asset_pointer"]}
        else:
            yield {"type": "input_text", "text": _("[a picture]")}


def _answered(said: Message, pictures: Pictures) -> Iterator[Item]:
    for are_words, parts in groupby(said.parts(), key=lambda part: isinstance(part, str)):
        if are_words:
            yield answer(*cited("\n\n".join(map(str, parts)), said.metadata or {}))
        else:
            yield from (_made(part, pictures) for part in parts if isinstance(part, dict))


def _made(part: dict[str, Any], pictures: Pictures) -> Item:
    """The item that a provider would send, with the picture's name for the picture."""
    pointer = part["asset_pointer"]
    if not (picture := pictures.find(pointer)):
        return answer(_("[a picture]"))
    pictures.made[pointer] = picture
    made = {"type": "image_generation_call", "status": "completed", "result": pointer}
    match part:
        case {"metadata": {"dalle": {"prompt": str(prompt)}}} if prompt.strip():
            return made | {"revised_prompt": clean(prompt)}
    return made


def fenced(code: str, language: Any) -> str:
    """Code as Markdown shows it, whatever is in it."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    name = language if isinstance(language, str) and re.fullmatch(r"[\w+#-]{1,30}", language) else ""
    return f"{fence}{name if name != 'unknown' else ''}\n{code}\n{fence}"
