"""The events of a response, as the API streams them, and scripts of the stand-in made of them."""

import secrets
from typing import Any

Event = dict[str, Any]
IDS = {"id", "item_id", "call_id", "caller_id"}


def event(kind: str, at: int, item_id: str = "", **fields: Any) -> Event:
    by_id = {"item_id": item_id} if item_id else {}
    return {"type": f"response.{kind}", "output_index": at, **by_id, **fields}


def item(at: int, begun: Event, ended: Event, *between: Event) -> list[Event]:
    """Return the events of an item: how it begins, what comes between, and what it is in the end besides."""
    return [
        event("output_item.added", at, item=begun),
        *between,
        event("output_item.done", at, item=begun | ended),
    ]


def text(at: int, words: str, *annotations: Event) -> list[Event]:
    """Return the events of a message."""
    place: dict[str, Any] = {"at": at, "item_id": f"msg_{at}", "content_index": 0}
    message = {"id": f"msg_{at}", "type": "message", "role": "assistant", "content": []}
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    whole = part | {"text": words, "annotations": [*annotations]}
    return item(
        at,
        message | {"status": "in_progress"},
        {"status": "completed", "content": [whole]},
        event("content_part.added", **place, part=part),
        event("output_text.delta", **place, delta=words, logprobs=[]),
        *(
            event("output_text.annotation.added", **place, annotation_index=number, annotation=annotation)
            for number, annotation in enumerate(annotations)
        ),
        event("output_text.done", **place, text=words, logprobs=[]),
        event("content_part.done", **place, part=whole),
    )


def steps(events: list[Event], waits: dict[int, str] | None = None) -> list[dict[str, Any]]:
    """Return the steps of a script of the stand-in. `waits` has names to wait for before events, by their places."""
    waits, suffix = waits or {}, secrets.token_hex(4)
    unique = [_with_ids(each, suffix) for each in events]
    middle = [{"event": each} | ({"wait": waits[at]} if at in waits else {}) for at, each in enumerate(unique)]
    begin = [{"event": {"type": f"response.{name}", "response": "$response"}} for name in ("created", "in_progress")]
    end = {"event": {"type": "response.completed", "response": "$response"}}
    return [*begin, *middle, end]


def _with_ids(value: Any, suffix: str) -> Any:
    """Return an event with ids that no other response has: a chain may have none twice."""
    if isinstance(value, list):
        return [_with_ids(each, suffix) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: f"{inner}_{suffix}" if name in IDS and isinstance(inner, str) else _with_ids(inner, suffix)
        for name, inner in value.items()
    }


def joined(*traces: list[Event]) -> list[Event]:
    """Return the traces as those of one response, one after the other."""
    made: list[Event] = []
    for number, events in enumerate(traces):
        first = 1 + max((each["output_index"] for each in made), default=-1)
        made += [_with_ids(each, str(number)) | {"output_index": each["output_index"] + first} for each in events]
    return made
