"""The steps of a response: its events, and what happens between them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from standin.errors import Json

RESPONSE = "$response"
SEAL = "standin-sealed:"
"""With which encrypted contents begin."""
Cut = Literal["abort", "eof"]


class Step(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One step. What it has happens in this order: pause, wait, event, raw or base64, cut."""

    pause: float = 0
    """How many seconds to wait first."""
    wait: str | None = None
    """The name for whose release it waits."""
    event: Json | None = None
    """The event to send. Its placeholders are filled."""
    verbatim: bool = False
    """Whether to send the event exactly as it is written."""
    half: bool = False
    """Whether live connections get only the first half of the event."""
    raw: str | None = None
    """Text to send as it is."""
    base64: bytes | None = None
    """Bytes to send as they are; in JSON, they are written as base64."""
    cut: Cut | None = None
    """How to end the live connections without a terminal event: abort them, or close them in order."""


def fill_placeholders(event: Json, response: Json) -> Json:
    """Return the event with the placeholders in its `response` filled. Elsewhere, "$model" may be a user's own word.

    `"$response"` stands for the response object, `{"$response": {...}}` for the same with changes. In an object that is
    written out, `"$id"`, `"$created_at"` and `"$model"` stand for those fields.
    """
    if "response" not in event:
        return dict(event)
    given = event["response"]
    if given == RESPONSE:
        return {**event, "response": response}
    changes = given.get(RESPONSE) if isinstance(given, dict) else None
    if changes is not None:
        return {**event, "response": {**response, **changes}}
    return {**event, "response": substitute(given, response)}


def substitute(value: Any, response: Json) -> Any:
    if isinstance(value, dict):
        return {key: substitute(inner, response) for key, inner in value.items()}
    if isinstance(value, list):
        return [substitute(inner, response) for inner in value]
    if isinstance(value, str) and value.startswith("$"):
        return response.get(value[1:], value)
    return value


def frame(event: Json) -> bytes:
    """Return the event in the form of Server-Sent Events."""
    return b"event: %b\ndata: %b\n\n" % (str(event.get("type")).encode(), msgspec.json.encode(event))
