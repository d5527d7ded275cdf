"""Our own export, as docs/export.md describes it, from this site or another."""

import base64
import binascii
import re
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Meta

from common.text import map_texts
from conversations.branches import descend
from conversations.messages import Content, InputImage, InputText
from conversations.models import Item, Response
from conversations.transfers.imports.tree import (
    MOST_TURNS,
    Picture,
    Tree,
    Turn,
    Unreadable,
    clean,
    clean_title,
    moment,
    put_in_order,
)
from conversations.transfers.imports.tree import message as asked
from providers.citations import is_citation

FORMAT = "chatsite.conversation"
VERSION = 1
DEEPEST_ITEM = 32
TOOL = re.compile(r"(?!item_reference$)[a-z][a-z0-9_]{0,63}")
COUNTS = ("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens")
LARGEST_ITEM = 20_000_000
"""A picture that a model made is megabytes of base64."""


class Question(msgspec.Struct, tag_field="type", tag="message"):
    role: Literal["user"]
    content: Content


class OutputText(msgspec.Struct, tag_field="type", tag="output_text"):
    text: str
    annotations: list[Any] = []


class Refusal(msgspec.Struct, tag_field="type", tag="refusal"):
    refusal: str


class Answer(msgspec.Struct, tag_field="type", tag="message", omit_defaults=True):
    role: Literal["assistant"]
    content: list[OutputText | Refusal]
    id: Annotated[str, Meta(max_length=200)] | None = None
    status: Literal["in_progress", "completed", "incomplete"] | None = None


class Error(msgspec.Struct):
    code: str
    message: str


class IncompleteDetails(msgspec.Struct):
    reason: str


class Exchange(msgspec.Struct):
    """A response of the file."""

    id: UUID
    created_at: datetime
    status: Response.Status
    model: Annotated[str, Meta(max_length=200)]
    input: list[Question]
    output: list[dict[str, Any]]
    previous_response_id: UUID | None = None
    completed_at: datetime | None = None
    usage: dict[str, Any] | None = None
    error: Error | None = None
    incomplete_details: IncompleteDetails | None = None


class Attachment(msgspec.Struct):
    id: UUID
    name: str
    data_url: str


class Named(msgspec.Struct):
    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime


class Export(msgspec.Struct):
    format: str
    version: int
    conversation: Named
    responses: list[Exchange]
    attachments: list[Attachment] = []


def read(export: Export) -> Tree:
    """Raises Unreadable."""
    if export.version != VERSION:
        raise Unreadable(_("it is of a newer version than this site knows"))
    if len(export.responses) > MOST_TURNS:
        raise Unreadable(_("it has too many messages"))
    now = timezone.now()
    turns = [_turn(exchange, now) for exchange in _in_order(export.responses)]
    if not turns:
        raise Unreadable(_("nothing was said in it"))
    put_in_order(turns)
    named = export.conversation
    return Tree(
        source="chatsite",
        id=str(named.id),
        title=clean_title(named.title),
        created_at=moment(named.created_at, now),
        updated_at=moment(named.updated_at, now),
        turns=turns,
        pictures={str(each.id): Picture(each.name, partial(_content, each.data_url)) for each in export.attachments},
    )


def _in_order(exchanges: list[Exchange]) -> list[Exchange]:
    """Each after the one it continues, and else in the order of asking."""
    by_id = {exchange.id: exchange for exchange in exchanges}
    continuations: dict[UUID | None, list[UUID]] = {}
    for exchange in by_id.values():
        continuations.setdefault(exchange.previous_response_id, []).append(exchange.id)
    in_order = [by_id[pk] for pk in descend(continuations, None) if pk is not None]
    if len(in_order) < len(exchanges):
        raise Unreadable(_("its answers do not make a tree"))
    return in_order


def _turn(exchange: Exchange, now: datetime) -> Turn:
    running = exchange.status in Response.RUNNING
    created = moment(exchange.created_at, now)
    fields: dict[str, Any] = {
        "usage": _counted(exchange.usage),
        "error": _cleaned(msgspec.to_builtins(exchange.error)),
        "incomplete_details": _cleaned(msgspec.to_builtins(exchange.incomplete_details)),
    }
    return Turn(
        key=str(exchange.id),
        previous=str(exchange.previous_response_id) if exchange.previous_response_id else None,
        input=[item for question in exchange.input for item in asked([_part(part) for part in question.content])],
        output=[item for each in exchange.output if (item := _output(each))],
        status=Response.Status.CANCELLED if running else exchange.status,
        model=clean(exchange.model),
        created_at=created,
        completed_at=moment(exchange.completed_at, created),
        fields=fields,
    )


def _part(part: InputText | InputImage) -> dict[str, Any]:
    """Return a part that our own socket would take. Raise `Unreadable` if it wouldn't."""
    if isinstance(part, InputImage) and not part.has_one_source:
        raise Unreadable(_("an image in it is neither attached nor has an address"))
    if isinstance(part, InputImage) and not part.has_safe_address:
        raise Unreadable(_("an image's address in it does not begin with https://"))
    cleaned: dict[str, Any] = _cleaned(msgspec.to_builtins(part))
    return cleaned


def _output(item: dict[str, Any]) -> Item | None:
    if item.get("type") != "message":
        return _of_tool(item)
    known = msgspec.convert(item, Answer)
    for part in known.content:
        if isinstance(part, OutputText):
            part.annotations = [each for each in part.annotations if _is_citation(each)]
    cleaned: Item = _cleaned(msgspec.to_builtins(known))
    return cleaned


def _of_tool(item: dict[str, Any]) -> Item | None:
    """What a model thought and what tools did, which is shown whatever its shape, and never sent to a provider.

    What a provider encrypted for itself would be, so it is left out.
    """
    kind = item.get("type")
    if not isinstance(kind, str) or not TOOL.fullmatch(kind) or _depth(item) > DEEPEST_ITEM:
        return None
    cleaned: Item = _cleaned({name: value for name, value in item.items() if name != "encrypted_content"})
    return cleaned if len(msgspec.json.encode(cleaned)) <= LARGEST_ITEM else None


def _depth(value: Any) -> int:
    """Of lists and objects in each other, counted no further than it matters."""
    level, depth = [value], 0
    while level and depth <= DEEPEST_ITEM:
        nested = (each for each in level if isinstance(each, dict | list))
        level = [inner for each in nested for inner in (each.values() if isinstance(each, dict) else each)]
        depth += bool(level)
    return depth


def _is_citation(annotation: Any) -> bool:
    """Whatever its kind, where it leads to a page or a file: it is shown, and never sent to a provider."""
    return isinstance(annotation, dict) and _depth(annotation) <= DEEPEST_ITEM and is_citation(annotation)


def _counted(usage: dict[str, Any] | None) -> dict[str, Any] | None:
    if not usage:
        return None
    details = {name: _numbers(usage.get(name)) for name in ("input_tokens_details", "output_tokens_details")}
    return _numbers(usage) | {name: numbers for name, numbers in details.items() if numbers}


def _numbers(counted: Any) -> dict[str, int]:
    return (
        {name: counted[name] for name in COUNTS if type(counted.get(name)) is int} if isinstance(counted, dict) else {}
    )


def _cleaned(value: Any) -> Any:
    """Return built-in values with texts that can be stored."""
    return map_texts(value, clean)


def _content(data_url: str) -> bytes | None:
    try:
        return base64.b64decode(data_url.partition(";base64,")[2], validate=True)
    except (binascii.Error, ValueError):
        return None
