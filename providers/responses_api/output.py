"""The output items of a response, gathered from its events."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any, TypeGuard

from providers.items import Item, dicts
from providers.responses_api.events import DELTAS, DONES, PART_DONE, Delta, Event, place_of
from providers.responses_api.places import Place, Places, Text
from providers.responses_api.texts import is_repeated, longer, merge, tidied
from providers.responses_api.thinking import without_tags

MAX_PARTS = 1000
"""Of one item: the index of a part comes from the provider, and the parts before it are made too."""

ADDED = "response.output_item.added"
DONE = "response.output_item.done"
ANNOTATED = "response.output_text.annotation.added"
PARTIAL_IMAGE = "response.image_generation_call.partial_image"
SHOWN_IMAGE = ("file_id", "width", "height")
"""What such an event, and its item, have of a file that shows the image. They are ours: the API has none."""
PART_DONES = {PART_DONE, "response.reasoning_summary_part.done"}
TOOL = re.compile(r"response\.(\w+_call|mcp_list_tools)\.")
"""The events of a tool's progress, and the type of its item."""
KINDS = {part_type: kind for kind, (holder, part_type, _) in DELTAS.items() if holder}
"""The deltas of a part, by its type."""


class Output:
    """The output items of a response, gathered from its events.

    Events out of order, items that were never announced and fields of the wrong type are tolerated: one odd event must
    not lose an answer, and no text becomes shorter than it was.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._places = Places()
        # By what deltas say of their text, since nearly all events are deltas.
        self._texts: dict[tuple[int, str | None, str, int], tuple[Place, Text]] = {}
        for index, item in enumerate(items):
            place = self._places.add(item, index)
            place.is_announced = place.is_stored = True
            # The next delta continues the text that another process has stored.
            place.texts = {key: Text(text) for key, text in _texts(item)}

    def add(self, event: Event) -> bool:
        """Take in an event, and give it the index of its item in this output. Return False if it only repeats."""
        return self.append(event) is not None if isinstance(event, Delta) else self._add(event)

    def append(self, event: Delta) -> bytearray | None:
        """Take in a delta as `add` does. Return its text so far, which only grows; None if the delta only repeats."""
        part = event.content_index if event.content_index is not None else event.summary_index or 0
        found = self._texts.get((event.output_index, event.item_id, event.type, part))
        if found is None:
            if not _is_part(part):
                part = event.content_index = 0
            found = self._text(event.output_index, event.item_id, event.type, part)
        place, text = found
        event.output_index = place.index
        if text.done is None:
            text.add(event.delta)
            return text.streamed
        event.delta = text.unseen(event.delta)
        return text.streamed if event.delta else None

    @property
    def is_empty(self) -> bool:
        return not self._places.in_order

    def items(self) -> list[Item]:
        """Return the items so far, in the API's shape. Unfinished ones have the status `in_progress`."""
        return [_with_texts(place) for place in self._places.in_order]

    def complete(self, final: Any, *, is_withdrawn: bool = False) -> list[Item]:
        """Return the output when the response has ended: the final one, but nothing of it shorter than it was streamed.

        `is_withdrawn` says that the provider has taken back words that it had streamed.
        """
        items = [tidied(item) for item in dicts(final)]
        if isinstance(final, str) and final:
            items = [tidied({"type": "message", "role": "assistant", "status": "completed", "content": final})]
        streamed = without_tags(self.items(), are_split=True)
        if is_withdrawn or not streamed:
            return items
        return merge(items, streamed)

    def _add(self, event: dict[str, Any]) -> bool:
        kind = event.get("type")
        if not isinstance(kind, str):
            return True
        is_new = True
        if kind in (ADDED, DONE):
            place, is_new = self._add_item(event, is_done=kind == DONE)
        elif kind in DONES:
            place, is_new = self._finish(event, kind.removesuffix("done") + "delta", event.get(DONES[kind][2]))
        elif kind in PART_DONES and isinstance(part := event.get("part"), dict):
            delta = KINDS.get(str(part.get("type")), "")
            place, is_new = self._finish(event, delta, part.get(DELTAS[delta][2])) if delta else (None, True)
        elif kind == ANNOTATED:
            place = self._annotate(event)
        elif tool := TOOL.match(kind):
            place = self._item(place_of(event), event.get("item_id"), tool[1])
            if kind == PARTIAL_IMAGE:
                place.item |= {name: event[name] for name in SHOWN_IMAGE if name in event}
        elif "output_index" in event or "item_id" in event:
            place = self._places.about(event.get("output_index"), event.get("item_id"))
        else:
            return True
        if place is not None:
            event["output_index"] = place.index
        elif "output_index" in event:
            event["output_index"] = place_of(event)
        return is_new

    def _add_item(self, event: dict[str, Any], *, is_done: bool) -> tuple[Place | None, bool]:
        """Announce or end an item. Return its place, and whether that says more than its texts so far."""
        if not isinstance(item := event.get("item"), dict):
            return None, True
        # The log keeps the event as it came; only this copy grows.
        item = deepcopy(tidied(item))
        if not isinstance(item.get("type"), str):
            return None, True
        place = self._places.of_item(item, place_of(event), is_done=is_done)
        place.is_announced = True
        is_new = True
        if place.texts or is_done:
            streamed = _with_texts(place)
            is_new = not (is_done and place.texts and is_repeated(item, streamed))
            item = longer(item, streamed)
        place.item = item
        place.texts = {key: Text(text) for key, text in _texts(item)}
        if is_done:
            place.finish()
        self._texts.clear()
        return place, is_new

    def _finish(self, event: dict[str, Any], kind: str, final: Any) -> tuple[Place | None, bool]:
        """End a text; return its place, and whether it isn't what was streamed. If that is longer, it may go on."""
        if not isinstance(final, str):
            return None, True
        number = _part_number(event.get("content_index", event.get("summary_index")))
        place, text = self._text(place_of(event), event.get("item_id"), kind, number)
        return place, text.finish(final)

    def _annotate(self, event: dict[str, Any]) -> Place | None:
        if not isinstance(annotation := event.get("annotation"), dict):
            return None
        number = _part_number(event.get("content_index"))
        place = self._item(place_of(event), event.get("item_id"), "message")
        part = _part(place.item, "content", "output_text", number)
        _list(part, "annotations").append(annotation)
        return place

    def _text(self, index: int, item_id: Any, kind: str, part: int) -> tuple[Place, Text]:
        place = self._item(index, item_id, _item_type(kind))
        text = place.texts.setdefault((kind, part), Text())
        if item_id is None or isinstance(item_id, str):
            self._texts[index, item_id, kind, part] = place, text
        return place, text

    def _item(self, index: int, item_id: Any, kind: str) -> Place:
        place = self._places.of_text(index, item_id, kind)
        return place or self._places.add(_new_item(kind, item_id), index)


def _item_type(kind: str) -> str:
    """Return the type of the item that a delta of this type belongs to."""
    holder, part_type, _ = DELTAS[kind]
    if holder is None:
        return part_type
    return "message" if part_type in {"output_text", "refusal"} else "reasoning"


def _texts(item: Item) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield the texts in the item, each with the type of its deltas and the index of its part."""
    for kind, (holder, part_type, field) in DELTAS.items():
        parts = [item] if holder is None else item.get(holder)
        for number, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict) and part.get("type") == part_type and isinstance(part.get(field), str):
                yield (kind, number), part[field]


def _with_texts(place: Place) -> Item:
    """Return a copy of the item as it is now."""
    item = _copy(place.item)
    for (kind, number), text in place.texts.items():
        holder, part_type, field = DELTAS[kind]
        target = item if holder is None else _part(item, holder, part_type, number)
        target[field] = str(text)
    return item


def _new_item(kind: str, item_id: Any) -> Item:
    item: Item = {"type": kind, "status": "in_progress"}
    if item_id and isinstance(item_id, str):
        item["id"] = item_id
    if kind == "message":
        item |= {"role": "assistant", "content": []}
    elif kind == "reasoning":
        item |= {"summary": []}
    return item


def _part(item: Item, holder: str, kind: str, index: int) -> dict[str, Any]:
    """Return the item's part of this type at the index, or after it if another type is there; create it if needed."""
    parts = _list(item, holder)
    while len(parts) <= index:
        parts.append(_new_part(kind))
    if not isinstance(parts[index], dict):
        parts[index] = _new_part(kind)
    fitting = (part for part in parts[index:] if isinstance(part, dict) and part.get("type", kind) == kind)
    if (found := next(fitting, None)) is None:
        parts.append(found := _new_part(kind))
    return found


def _new_part(kind: str) -> dict[str, Any]:
    part: dict[str, Any] = {"type": kind, ("refusal" if kind == "refusal" else "text"): ""}
    if kind == "output_text":
        part["annotations"] = []
    return part


def _list(owner: dict[str, Any], name: str) -> list[Any]:
    """Return the owner's list of that name, created if there is none. Some servers send null for an empty one."""
    if not isinstance(owner.get(name), list):
        owner[name] = []
    found: list[Any] = owner[name]
    return found


def _is_part(index: object) -> TypeGuard[int]:
    return type(index) is int and 0 <= index < MAX_PARTS


def _part_number(index: object) -> int:
    """Return the index of a part: 0 if it is none, since the words count."""
    return index if _is_part(index) else 0


def _copy(item: Item) -> Item:
    return {
        name: [dict(part) if isinstance(part, dict) else part for part in value] if isinstance(value, list) else value
        for name, value in item.items()
    }
