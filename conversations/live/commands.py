"""The commands that a browser sends over its socket, decoded: see docs/protocol.md."""

import json
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from django.conf import settings

from common.refusal import invalid_request
from conversations.messages import NewMessage


class ResponseCreate(NewMessage, tag_field="type", tag="response.create", forbid_unknown_fields=True):
    pass


MAX_NOTE = 2000
"""Characters that a person may tell the model with a decision."""
SequenceNumber = Annotated[int, msgspec.Meta(ge=-1, lt=2**53)]


class ConversationFollow(msgspec.Struct, tag_field="type", tag="conversation.follow", forbid_unknown_fields=True):
    conversation: UUID
    after: UUID | None = None
    seen: Annotated[dict[UUID, SequenceNumber], msgspec.Meta(max_length=1000)] = {}


class ResponseCancel(msgspec.Struct, tag_field="type", tag="response.cancel", forbid_unknown_fields=True):
    response_id: UUID


class ToolCallDecide(msgspec.Struct, tag_field="type", tag="tool_call.decide", forbid_unknown_fields=True):
    call: UUID
    decision: Literal["once", "conversation", "no"]
    note: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)] = ""


class ConversationSeen(msgspec.Struct, tag_field="type", tag="conversation.seen", forbid_unknown_fields=True):
    conversation: UUID


class ResponseCompact(msgspec.Struct, tag_field="type", tag="response.compact", forbid_unknown_fields=True):
    response_id: UUID


class ResponseCount(msgspec.Struct, tag_field="type", tag="response.count", forbid_unknown_fields=True):
    response_id: UUID


Command = (
    ResponseCreate
    | ConversationFollow
    | ConversationSeen
    | ResponseCancel
    | ResponseCompact
    | ResponseCount
    | ToolCallDecide
)

TYPES = {
    "response.create",
    "conversation.follow",
    "conversation.seen",
    "response.cancel",
    "response.compact",
    "response.count",
    "tool_call.decide",
}

_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def decode(text: str | None) -> Command:
    """Decode one command from its frame. Raise `Refused` if it is none."""
    if text is None or len(text) > settings.MAX_COMMAND_BYTES:
        raise invalid_request(code="invalid_json")
    try:
        return _decoded(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise invalid_request(code="invalid_json") from error


def find_client_message_id(text: str | None) -> UUID | None:
    """Return the `client_message_id` of a frame that is no command, if it is JSON: its page waits for an answer to it.

    Python's parser reads half a character too, which the other one refuses.
    """
    if text is None or len(text) > settings.MAX_COMMAND_BYTES:
        return None
    try:
        frame = json.loads(text)
        return UUID(frame["client_message_id"])
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return None


def _decoded(text: str) -> Command:
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        # The JSON is known to be valid only here: msgspec stops at the first wrong field.
        if named_type(text) not in TYPES:
            raise invalid_request(code="unknown_type") from error
        raise invalid_request(str(error).rpartition("`$")[2].strip("`.") or None) from error


def named_type(text: str) -> str | None:
    """Return the `type` of a frame that is JSON, whatever else is wrong with it."""
    frame = msgspec.json.decode(text)
    kind = frame.get("type") if isinstance(frame, dict) else None
    return kind if isinstance(kind, str) else None
