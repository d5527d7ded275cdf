"""The steps that a response is played from: its events, and what happens between them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from standin.errors import Json

RESPONSE = "$response"
Cut = Literal["abort", "eof"]


class Step(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One step. What is set happens in this order: pause, wait, event, raw or base64, cut."""

    pause: float = 0
    """Seconds."""
    wait: str | None = None
    """Until the test releases this name."""
    event: Json | None = None
    """Sent with its placeholders filled in."""
    verbatim: bool = False
    """Send the event exactly as it is written."""
    half: bool = False
    """Write only the first half of the event to those who watch live."""
    raw: str | None = None
    """Written as it is."""
    base64: bytes | None = None
    """The same, base64 in JSON, for what is not UTF-8."""
    cut: Cut | None = None
    """End the connections of those who watch live: torn off, or politely without a terminal event."""


def filled(event: Json, response: Json) -> Json:
    """Fills the placeholders in the event's `response`, and nowhere else: a user may well write "$model".

    `"$response"` is the object as it stands, `{"$response": {...}}` the same with changes, and in an object that
    is written out `"$id"`, `"$created_at"` or `"$model"` stand for that field.
    """
    if "response" not in event:
        return dict(event)
    given = event["response"]
    if given == RESPONSE:
        return {**event, "response": response}
    changes = given.get(RESPONSE) if isinstance(given, dict) else None
    if changes is not None:
        return {**event, "response": {**response, **changes}}
    return {**event, "response": substituted(given, response)}


def substituted(value: Any, response: Json) -> Any:
    if isinstance(value, dict):
        return {key: substituted(inner, response) for key, inner in value.items()}
    if isinstance(value, list):
        return [substituted(inner, response) for inner in value]
    if isinstance(value, str) and value.startswith("$"):
        return response.get(value[1:], value)
    return value


def frame(event: Json) -> bytes:
    """The event as Server-Sent Events carry it."""
    return b"event: %b\ndata: %b\n\n" % (str(event.get("type")).encode(), msgspec.json.encode(event))
