"""Output items by their texts: in one shape, measured, and the longer of two."""

from collections import deque
from typing import Any

from providers.items import Item, dicts, item_parts

LISTS = ("content", "summary")
FIELDS = ("arguments", "input", "code")
"""Where an item has its texts: in the parts of its lists, or in its own fields."""


def tidied(item: Item) -> Item:
    """Return an item in the API's shape, as far as its texts go.

    Some servers send a message without a type, its content as a string or as null, or its parts as chat completions do.
    """
    if not isinstance(item.get("type"), str) and "content" in item:
        item = {**item, "type": "message"}
    if item.get("type") != "message":
        return item
    content = item.get("content")
    parts = content if isinstance(content, list) else [content]
    return {**item, "content": [part for part in map(_tidied_part, parts) if part is not None]}


def _tidied_part(part: Any) -> dict[str, Any] | None:
    if isinstance(part, str):
        return {"type": "output_text", "text": part, "annotations": []} if part else None
    if not isinstance(part, dict):
        return None
    if part.get("type") in (None, "text") and isinstance(part.get("text"), str):
        part = {**part, "type": "output_text"}
    field = {"output_text": "text", "refusal": "refusal"}.get(str(part.get("type")))
    return part if field is None or isinstance(part.get(field), str) else None


def longer(final: Item, streamed: Item) -> Item:
    """Return the final item, with each text that came longer while it was streamed. A refusal replaces a text."""
    merged = {**streamed, **{name: value for name, value in final.items() if value is not None}}
    if "status" in streamed and final.get("status") is None:
        merged["status"] = "completed"
    for name in LISTS:
        if _length_of(final.get(name)) < _length_of(streamed.get(name)) and not _refuses(final):
            merged[name] = streamed[name]
    for name in FIELDS:
        if isinstance(streamed.get(name), str) and len(streamed[name]) > _length(final.get(name)):
            merged[name] = streamed[name]
    return merged


def is_repeated(final: Item, streamed: Item) -> bool:
    """Return whether a final message has only what was streamed of it. Other items may have more to show."""
    return final.get("type") == "message" and _words(final) == _words(streamed)


def length(item: Item) -> int:
    """Return how many characters the texts of an item have."""
    return sum(_length_of(item.get(name)) for name in LISTS) + sum(_length(item.get(name)) for name in FIELDS)


def merge(final: list[Item], streamed: list[Item]) -> list[Item]:
    """Return the final items, with what was longer, or was there at all, only while they were streamed."""
    short = {kind for kind in set(map(_kind, streamed)) if _is_short(kind, final, streamed)}
    # Texts that are split into other messages can't be compared one by one.
    if "message" in short and _count("message", final) not in (0, _count("message", streamed)):
        final = [item for item in final if _kind(item) != "message"]
    matches = _matches(final, streamed)
    seen = set(matches.values())
    missing = deque(place for place, item in enumerate(streamed) if place not in seen and _kind(item) in short)
    merged: list[Item] = []
    for number, item in enumerate(final):
        place = matches.get(number)
        while place is not None and missing and missing[0] < place:
            merged.append(streamed[missing.popleft()])
        merged.append(item if place is None or _kind(item) not in short else longer(item, streamed[place]))
    return [*merged, *(streamed[place] for place in missing)]


def _is_short(kind: str, final: list[Item], streamed: list[Item]) -> bool:
    """Return whether the final items of this type have less than the streamed ones."""
    if any(_refuses(item) for item in final if _kind(item) == kind):
        return False
    lengths = [sum(length(item) for item in items if _kind(item) == kind) for items in (final, streamed)]
    is_fewer = kind != "message" and _count(kind, final) < _count(kind, streamed)
    return lengths[0] < lengths[1] or is_fewer


def _matches(final: list[Item], streamed: list[Item]) -> dict[int, int]:
    """Return the places of the streamed items that are final ones: by type and id, else by type and order."""
    matches: dict[int, int] = {}
    for by_id in (True, False):
        taken = set(matches.values())
        waiting: dict[tuple[str, Any], deque[int]] = {}
        for place, item in enumerate(streamed):
            if place not in taken:
                waiting.setdefault(_key(item, by_id=by_id), deque()).append(place)
        for number, item in enumerate(final):
            key = _key(item, by_id=by_id)
            if number not in matches and waiting.get(key) and not (by_id and key[1] is None):
                matches[number] = waiting[key].popleft()
    return matches


def _key(item: Item, *, by_id: bool) -> tuple[str, Any]:
    item_id = item.get("id")
    return _kind(item), item_id if by_id and isinstance(item_id, str) else None


def _kind(item: Item) -> str:
    return str(item.get("type"))


def _count(kind: str, items: list[Item]) -> int:
    return sum(_kind(item) == kind for item in items)


def _refuses(item: Item) -> bool:
    return any(part.get("type") == "refusal" for part in item_parts(item))


def _words(message: Item) -> list[tuple[Any, ...]]:
    return [
        (part.get("type"), part.get("text"), part.get("refusal"), part.get("annotations") or [])
        for part in item_parts(message)
    ]


def _length_of(parts: Any) -> int:
    return sum(max(_length(part.get("text")), _length(part.get("refusal"))) for part in dicts(parts))


def _length(text: Any) -> int:
    return len(text) if isinstance(text, str) else 0
