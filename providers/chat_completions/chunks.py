"""The chunks of a streamed chat completion, decoded.

Nearly all are a few words of one choice, so those are decoded into structs. What servers write otherwise is read field
by field, and what can't be understood costs itself alone.
https://platform.openai.com/docs/api-reference/chat-streaming
"""

from typing import Any

import msgspec

from providers.items import dicts


class Said(msgspec.Struct, gc=False):
    """What a chunk adds to the message."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    function_call: dict[str, Any] | None = None
    annotations: list[dict[str, Any]] | None = None


class Choice(msgspec.Struct, gc=False):
    """One of the answers that were asked for. `message` is the whole of it, if it doesn't come in pieces."""

    index: int = 0
    delta: Said | None = None
    message: Said | None = None
    finish_reason: str | None = None
    error: Any = None


class Chunk(msgspec.Struct, gc=False):
    """A chunk, or a whole chat completion."""

    id: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


decode_chunk = msgspec.json.Decoder(Chunk).decode
"""Raise `msgspec.DecodeError` if it is no chunk as nearly all are."""


def chunk_of(value: dict[str, Any]) -> Chunk:
    """Return what can be understood of a chunk."""
    usage = value.get("usage")
    return Chunk(
        id=_text(value.get("id")),
        model=_text(value.get("model")),
        choices=[_choice(choice) for choice in dicts(value.get("choices"))],
        usage=usage if isinstance(usage, dict) else None,
        error=value.get("error"),
    )


def _choice(value: dict[str, Any]) -> Choice:
    index = value.get("index")
    return Choice(
        index=index if type(index) is int else 0,
        delta=_said(value.get("delta")),
        message=_said(value.get("message")),
        finish_reason=_text(value.get("finish_reason")),
        error=value.get("error"),
    )


def _said(value: Any) -> Said | None:
    if not isinstance(value, dict):
        return None
    content = value.get("content")
    thought = _text(value.get("reasoning_content")) or _text(value.get("reasoning"))
    # Some servers send parts, and thoughts among them.
    thoughts = "".join(_texts(part.get("thinking")) for part in dicts(content))
    call = value.get("function_call")
    return Said(
        content=_texts(content),
        reasoning_content=thought or thoughts,
        refusal=_text(value.get("refusal")),
        tool_calls=list(dicts(value.get("tool_calls"))),
        function_call=call if isinstance(call, dict) else None,
        annotations=list(dicts(value.get("annotations"))),
    )


def _texts(value: Any) -> str:
    """Return a text, or the texts of a list of parts."""
    if isinstance(value, str):
        return value
    return "".join(part["text"] for part in dicts(value) if isinstance(part.get("text"), str))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
