"""The Responses API's streaming events, decoded.

Nearly all events of an answer are deltas, so those are decoded into a struct of their own; the rest stay dictionaries.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from common.text import map_texts, replace_nul

TERMINAL = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
    "response.cancelled": "cancelled",
}
"""The events that end a response, and its status after each. The last one is ours: the API has no event for it."""

# Where each delta's text belongs: the list in the item (None: the item itself), the part's type and the text's field.
TEXTS: dict[str, tuple[str | None, str, str]] = {
    "response.output_text": ("content", "output_text", "text"),
    "response.refusal": ("content", "refusal", "refusal"),
    "response.reasoning_text": ("content", "reasoning_text", "text"),
    "response.reasoning_summary_text": ("summary", "summary_text", "text"),
    "response.function_call_arguments": (None, "function_call", "arguments"),
    "response.mcp_call_arguments": (None, "mcp_call", "arguments"),
    "response.custom_tool_call_input": (None, "custom_tool_call", "input"),
    "response.code_interpreter_call_code": (None, "code_interpreter_call", "code"),
}
DELTAS = {f"{name}.delta": place for name, place in TEXTS.items()}
DONES = {f"{name}.done": place for name, place in TEXTS.items()}
PART_DONE = "response.content_part.done"


class Delta(msgspec.Struct, omit_defaults=True, gc=False):
    """A piece of text. `sequence_number` is the provider's, and in a copy of another process's log that log's."""

    type: str
    delta: str
    response_id: str = ""
    sequence_number: int | None = None
    item_id: str | None = None
    output_index: int = 0
    content_index: int | None = None
    summary_index: int | None = None

    def continues(self, other: "Delta") -> bool:
        """Return whether this text directly follows the other's."""
        return (
            self.output_index == other.output_index
            and self.type == other.type
            and self.content_index == other.content_index
            and self.summary_index == other.summary_index
            and self.item_id == other.item_id
        )


Event = Delta | dict[str, Any]
Take = Callable[[list[Event]], list[Event]]
"""Does what it can with events without waiting, and returns those that are left."""

DIGITS = re.compile(r"[0-9]{1,9}")
NUL, ESCAPED_NUL = "\0", rb"\u0000"

_decode_delta = msgspec.json.Decoder(Delta).decode
_decode_any = msgspec.json.Decoder(dict[str, Any]).decode
encode = msgspec.json.Encoder().encode


def take_none(events: list[Event]) -> list[Event]:
    """Leave all events to whoever reads."""
    return events


def decode(data: bytes) -> Event:
    """Return an event from its JSON. Raise `ValueError` or `RecursionError` if that is no valid JSON object.

    NUL, which PostgreSQL doesn't store, becomes the replacement character.
    """
    event: Event
    try:
        delta = _decode_delta(data)
    except msgspec.ValidationError:
        event = as_delta(_decode_any(data))
    else:
        if delta.type in DELTAS:
            texts = (delta.delta, delta.item_id, delta.response_id)
            return _without_nul(delta) if any(text and NUL in text for text in texts) else delta
        event = _decode_any(data)
    return _without_nul(event) if ESCAPED_NUL in data else event


def as_delta(event: dict[str, Any]) -> Event:
    """Return a delta of a text as such, although fields that say where it belongs are of a wrong type."""
    kind, text = event.get("type"), event.get("delta", event.get("text"))
    if isinstance(text, dict):
        text = text.get("text")
    if not isinstance(kind, str) or kind not in DELTAS or not isinstance(text, str):
        return event
    item_id = event.get("item_id")
    return Delta(
        type=kind,
        delta=text,
        sequence_number=_index(event.get("sequence_number")),
        item_id=item_id if isinstance(item_id, str) else None,
        output_index=place_of(event),
        content_index=_index(event.get("content_index")),
        summary_index=_index(event.get("summary_index")),
    )


def place_of(event: dict[str, Any]) -> int:
    """Return an event's `output_index`: 0 if there is none."""
    return _index(event.get("output_index")) or 0


def _index(value: Any) -> int | None:
    if isinstance(value, str) and DIGITS.fullmatch(value):
        return int(value)
    return value if type(value) is int else None


def _without_nul(event: Event) -> Event:
    if isinstance(event, Delta):
        event.delta = _replace_nul(event.delta)
        event.item_id = event.item_id and _replace_nul(event.item_id)
        event.response_id = _replace_nul(event.response_id)
        return event
    replaced: dict[str, Any] = map_texts(event, _replace_nul)
    return replaced


def _replace_nul(text: str) -> str:
    return replace_nul(text, "\N{REPLACEMENT CHARACTER}")
