"""The output items of a response, gathered from its events."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any, TypeGuard

from providers.items import Item
from providers.responses_api.events import DELTAS, DONES, Delta, Event

MAX_PARTS = 1000
"""Of one item: the index of a part comes from the provider, and the parts before it are made too."""


class Output:
    """The output items of a response, gathered from its events, for as long as no terminal event has the whole output.

    Events out of order, items that were never announced and fields of the wrong type are tolerated: one odd event must
    not lose an answer.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items: dict[int, Item] = dict(enumerate(items))
        # The next delta continues the text that another process has stored.
        self._pieces: dict[tuple[int, str, int], list[str]] = {key: [text] for key, text in _texts(self._items)}

    def add(self, event: Event) -> None:
        """Take in an event; one that adds nothing to the output is ignored."""
        if isinstance(event, Delta):
            part = event.content_index if event.content_index is not None else event.summary_index or 0
            if not _is_place(part):
                return
            key = (event.output_index, event.type, part)
            if (pieces := self._pieces.get(key)) is None:
                pieces = self._pieces[key] = []
            pieces.append(event.delta)
            return
        index, kind = event.get("output_index"), event.get("type")
        if not isinstance(index, int) or not isinstance(kind, str):
            return
        if kind in {"response.output_item.added", "response.output_item.done"}:
            if isinstance(item := event.get("item"), dict):
                # The log keeps the event as it came; only this copy grows.
                self._items[index] = deepcopy(item)
                if kind == "response.output_item.done":
                    self._pieces = {key: pieces for key, pieces in self._pieces.items() if key[0] != index}
        elif place := DONES.get(kind):
            number = event.get("content_index", event.get("summary_index", 0))
            if isinstance(text := event.get(place[2]), str) and _is_place(number):
                self._pieces[index, kind.removesuffix("done") + "delta", number] = [text]
        elif kind == "response.output_text.annotation.added":
            self._annotate(index, event)

    def _annotate(self, index: int, event: dict[str, Any]) -> None:
        if _is_place(number := event.get("content_index", 0)):
            item = self._items.setdefault(index, _new_item("message", event.get("item_id")))
            part = _part(item, "content", "output_text", number)
            _list(part, "annotations").append(event.get("annotation"))

    def items(self) -> list[Item]:
        """Return the items so far, in the API's shape. Unfinished ones have the status `in_progress`."""
        items = {index: _copy(item) for index, item in self._items.items()}
        for (index, kind, part), pieces in self._pieces.items():
            holder, part_type, field = DELTAS[kind]
            item_type = (
                part_type if holder is None else "message" if part_type in {"output_text", "refusal"} else "reasoning"
            )
            item = items.setdefault(index, _new_item(item_type, None))
            target = item if holder is None else _part(item, holder, part_type, part)
            target[field] = "".join(pieces)
        return [items[index] for index in sorted(items)]


def _texts(items: dict[int, Item]) -> Iterator[tuple[tuple[int, str, int], str]]:
    """Yield the texts in the items, each with the place to which its deltas belong."""
    for index, item in items.items():
        for kind, (holder, part_type, field) in DELTAS.items():
            parts = [item] if holder is None else item.get(holder)
            for number, part in enumerate(parts if isinstance(parts, list) else ()):
                if isinstance(part, dict) and part.get("type") == part_type and isinstance(part.get(field), str):
                    yield (index, kind, number), part[field]


def _new_item(kind: str, item_id: str | None) -> Item:
    item: Item = {"type": kind, "status": "in_progress"}
    if item_id:
        item["id"] = item_id
    if kind == "message":
        item |= {"role": "assistant", "content": []}
    elif kind == "reasoning":
        item |= {"summary": []}
    return item


def _part(item: Item, holder: str, kind: str, index: int) -> dict[str, Any]:
    parts = _list(item, holder)
    while len(parts) <= index:
        parts.append(_new_part(kind))
    if not isinstance(parts[index], dict):
        parts[index] = _new_part(kind)
    found: dict[str, Any] = parts[index]
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


def _is_place(index: object) -> TypeGuard[int]:
    return isinstance(index, int) and 0 <= index < MAX_PARTS


def _copy(item: Item) -> Item:
    return {
        name: [dict(part) if isinstance(part, dict) else part for part in value] if isinstance(value, list) else value
        for name, value in item.items()
    }
