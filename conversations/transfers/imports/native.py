"""The export of this site or another one like it, as docs/export.md describes it."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Meta

from common.text import map_texts, one_line
from conversations.messages import Content, InputFile, InputImage, InputText
from conversations.models import Conversation, Item, Response, ToolCall
from conversations.models.compaction import MAX_SUMMARY_CHARACTERS
from conversations.token_counts import counted
from conversations.transfers.imports.limits import MAX_PARTS, Limits, check_images, check_made_files
from conversations.transfers.imports.tree import (
    MAX_TURNS,
    Call,
    SourceFile,
    Steps,
    Summary,
    Tree,
    Turn,
    Unreadable,
    clean,
    clean_time,
    clean_title,
    order_times,
    too_many_turns,
)
from conversations.transfers.imports.tree import message as input_of
from conversations.turns import descend
from providers.citations import is_citation
from providers.items import CALLS

FileOf = Callable[[str], bytes | None]
"""Returns the content of a file in a zip by its name, or None if it isn't there."""
FORMAT = "chatsite.conversation"
VERSION = 1
UNKNOWN_MODEL = "unknown"
"""The model of an answer that names none that can be shown."""
MAX_ITEM_DEPTH = 32
"""Lists and objects inside each other."""
TOOL = re.compile(r"(?!item_reference$)[a-z][a-z0-9_]{0,63}")
"""The type of an item that isn't a message."""
MAX_COMPACTIONS = 20
"""Of one response."""
MAX_ITEM_BYTES = 20_000_000
"""As JSON. An image that a model made is megabytes of base64."""


class Message(msgspec.Struct, tag_field="type", tag="message"):
    role: Literal["user"]
    content: Content


class FunctionOutput(msgspec.Struct, tag_field="type", tag="function_call_output"):
    """What a function put out, in the input of a step. The call has it, too."""


class CustomToolOutput(msgspec.Struct, tag_field="type", tag="custom_tool_call_output"):
    """The same for a custom tool."""


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


class ExportedCall(msgspec.Struct):
    """One of the `calls` of a response."""

    place: Annotated[int, Meta(ge=0, le=MAX_PARTS)]
    call_id: str
    tool: Annotated[str, Meta(max_length=200)]
    arguments: str = ""
    status: str = ""
    output: str | list[dict[str, Any]] | None = None
    started_at: float | None = None
    ended_at: float | None = None


class ExportedCompaction(msgspec.Struct):
    created_at: datetime
    model: Annotated[str, Meta(max_length=200)] = ""
    summary: str = ""
    taken_back_at: datetime | None = None


class ExportedResponse(msgspec.Struct):
    """One of the `responses` of an export."""

    id: UUID
    created_at: datetime
    status: Response.Status
    model: Annotated[str, Meta(max_length=200)]
    input: list[Message | FunctionOutput | CustomToolOutput]
    output: list[dict[str, Any]]
    previous_response_id: UUID | None = None
    turn: UUID | None = None
    calls: list[ExportedCall] = []
    compactions: Annotated[list[ExportedCompaction], Meta(max_length=MAX_COMPACTIONS)] = []
    completed_at: datetime | None = None
    usage: dict[str, Any] | None = None
    error: Error | None = None
    incomplete_details: IncompleteDetails | None = None
    imported_from: str | None = None


class ExportedAttachment(msgspec.Struct):
    id: UUID
    name: str
    data_url: str = ""
    file: str = ""
    made_by: UUID | None = None


class ExportedConversation(msgspec.Struct):
    """The `conversation` of an export."""

    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime
    imported_from: str | None = None


class Export(msgspec.Struct):
    """A whole exported file."""

    format: str
    version: int
    conversation: ExportedConversation
    responses: list[ExportedResponse]
    attachments: list[ExportedAttachment] = []


def read(export: Export, file_of: FileOf) -> Steps[Tree]:
    """Return the conversation as our tree. Raise `Unreadable` if it can't be imported.

    `file_of` reads the files that are beside it in a zip.
    """
    if export.version != VERSION:
        raise Unreadable(_("its format is newer than this chat can read"))
    if len(export.responses) > MAX_TURNS:
        raise too_many_turns()
    made = sum(each.made_by is not None for each in export.attachments)
    check_made_files(made)
    check_images(len(export.attachments) - made)
    now, limits = timezone.now(), Limits()
    turns: list[Turn] = []
    firsts: dict[UUID, UUID] = {}
    """The first response of the turn of each."""
    for response in _in_order(export.responses):
        first = firsts.get(response.previous_response_id) if response.previous_response_id else None
        # A step continues its own turn.
        is_step = first is not None and response.turn == first
        firsts[response.id] = first if first and is_step else response.id
        turns.append(_turn(response, now, first if is_step else None))
        limits.add(turns[-1])
        yield
    if not turns:
        raise Unreadable(_("it is empty"))
    order_times(turns)
    conversation = export.conversation
    return Tree(
        source=Conversation.Source.CHATSITE,
        first_source=_first_source(conversation.imported_from),
        id=str(conversation.id),
        title=clean_title(conversation.title),
        created_at=clean_time(conversation.created_at, now),
        updated_at=clean_time(conversation.updated_at, now),
        turns=turns,
        attached={str(each.id): _source(each, file_of) for each in export.attachments},
    )


def _source(attachment: ExportedAttachment, file_of: FileOf) -> SourceFile:
    name = clean(attachment.name)
    if attachment.file:
        read_content = partial(file_of, attachment.file)
    else:
        read_content = partial(_decode_data_url, attachment.data_url)
    return SourceFile(name, read_content, str(attachment.made_by or ""))


def _in_order(responses: list[ExportedResponse]) -> list[ExportedResponse]:
    """Return each response after the one that it continues; versions keep their order.

    Raise `Unreadable` if they don't form a tree.
    """
    by_id = {response.id: response for response in responses}
    continuations: dict[UUID | None, list[UUID]] = {}
    for response in by_id.values():
        continuations.setdefault(response.previous_response_id, []).append(response.id)
    in_order = [by_id[pk] for pk in descend(continuations, None) if pk is not None]
    if len(in_order) < len(responses):
        raise Unreadable(_("its structure is damaged"))
    return in_order


def _turn(response: ExportedResponse, now: datetime, first: UUID | None) -> Turn:
    is_open = response.status in Response.OPEN
    created = clean_time(response.created_at, now)
    fields: dict[str, Any] = {
        "usage": counted(response.usage),
        "error": _clean(msgspec.to_builtins(response.error)),
        "incomplete_details": _clean(msgspec.to_builtins(response.incomplete_details)),
    }
    output = [_output(each) for each in response.output]
    return Turn(
        key=str(response.id),
        previous=str(response.previous_response_id) if response.previous_response_id else None,
        input=[
            item
            for message in response.input
            if isinstance(message, Message)
            for item in input_of([_part(part) for part in message.content])
        ],
        output=[item for item in output if item],
        status=Response.Status.CANCELLED if is_open else response.status,
        model=one_line(response.model) or UNKNOWN_MODEL,
        created_at=created,
        completed_at=clean_time(response.completed_at, created),
        source=_first_source(response.imported_from),
        fields=fields,
        first=str(first) if first else None,
        calls=_calls(response.calls, output),
        summaries=[_summary(each, now) for each in response.compactions if each.summary.strip()],
    )


def _summary(compaction: ExportedCompaction, now: datetime) -> Summary:
    """Return a summary that a model got of what came before. What only a provider can read isn't in a file."""
    taken_back = compaction.taken_back_at
    return Summary(
        text=clean(compaction.summary[:MAX_SUMMARY_CHARACTERS]),
        model=one_line(clean(compaction.model)),
        created_at=clean_time(compaction.created_at, now),
        taken_back_at=clean_time(taken_back, now) if taken_back else None,
    )


def _calls(calls: list[ExportedCall], output: list[Item | None]) -> list[Call]:
    """Return the calls whose items are among the output, each once, with their places when the rest is left out."""
    places = {place: number for number, place in enumerate(place for place, item in enumerate(output) if item)}
    found: dict[int, Call] = {}
    for call in calls:
        item = output[call.place] if call.place < len(output) else None
        if not item or item.get("type") not in CALLS:
            continue
        is_known = call.status in ToolCall.Status.values and call.status not in ToolCall.OPEN
        found[call.place] = Call(
            place=places[call.place],
            kind=str(item["type"]),
            call_id=clean(call.call_id),
            tool=one_line(call.tool),
            arguments=clean(call.arguments),
            status=call.status if is_known else ToolCall.Status.CANCELLED,
            output=_clean(call.output) or "",
            started_at=_moment(call.started_at),
            ended_at=_moment(call.ended_at),
        )
    return [*found.values()]


def _moment(seconds: float | None) -> datetime | None:
    return clean_time(seconds, timezone.now()) if seconds else None


def _first_source(imported_from: str | None) -> Conversation.Source:
    """Return where something came from that was imported before; else it came from the site that exported it."""
    # A file can't say what was shared here.
    known = {str(source): source for source in Conversation.Source if source != Conversation.Source.SHARE}
    return known.get(imported_from or "", Conversation.Source.CHATSITE)


def _part(part: InputText | InputImage | InputFile) -> dict[str, Any]:
    """Return a part that this site's own socket would accept. Raise `Unreadable` if it wouldn't."""
    if isinstance(part, InputImage) and not part.has_one_source:
        raise Unreadable(_("an image in it needs either a file or an address"))
    if isinstance(part, InputImage) and not part.has_safe_address:
        raise Unreadable(_("an image in it has an address that doesn't begin with https://"))
    if isinstance(part, InputImage) and not part.has_public_address:
        raise Unreadable(_("an image in it has an address that isn't on the internet"))
    cleaned: dict[str, Any] = _clean(msgspec.to_builtins(part))
    return cleaned


def _output(item: dict[str, Any]) -> Item | None:
    """Return an output item that can be stored, or None if it must be dropped."""
    if item.get("type") != "message":
        return _tool_item(item)
    known = msgspec.convert(item, Answer)
    for part in known.content:
        if isinstance(part, OutputText):
            part.annotations = [each for each in part.annotations if _is_citation(each)]
    cleaned: Item = _clean(msgspec.to_builtins(known))
    return cleaned


def _tool_item(item: dict[str, Any]) -> Item | None:
    """Return an item of reasoning or of a tool, of any shape: it is shown, and told to models as another provider's is.

    What a provider encrypted for itself is removed.
    """
    kind = item.get("type")
    if not isinstance(kind, str) or not TOOL.fullmatch(kind) or _depth(item) > MAX_ITEM_DEPTH:
        return None
    cleaned: Item = _clean({name: value for name, value in item.items() if name != "encrypted_content"})
    return cleaned if len(msgspec.json.encode(cleaned)) <= MAX_ITEM_BYTES else None


def _depth(value: Any) -> int:
    """Return how deep lists and objects are nested, counted to just beyond `MAX_ITEM_DEPTH`."""
    level, depth = [value], 0
    while level and depth <= MAX_ITEM_DEPTH:
        nested = (each for each in level if isinstance(each, dict | list))
        level = [inner for each in nested for inner in (each.values() if isinstance(each, dict) else each)]
        depth += bool(level)
    return depth


def _is_citation(annotation: Any) -> bool:
    """Return whether an annotation of any type names a page or a file: it is shown, and never sent to a provider."""
    return isinstance(annotation, dict) and _depth(annotation) <= MAX_ITEM_DEPTH and is_citation(annotation)


def _clean(value: Any) -> Any:
    """Return a JSON value whose texts can be stored."""
    return map_texts(value, clean)


def _decode_data_url(data_url: str) -> bytes | None:
    """Return the bytes of a base64 data URL, or None if it isn't one."""
    try:
        return base64.b64decode(data_url.partition(";base64,")[2], validate=True)
    except (binascii.Error, ValueError):
        return None
