"""The stored responses and the chains that they form."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise

from standin import errors
from standin.errors import ApiError, Json
from standin.runs import Run

CHAINABLE = {"completed", "incomplete"}


@dataclass
class Stored:
    """A response with its input, and how it was requested."""

    run: Run
    input: list[Json]
    previous: str | None
    is_streamed: bool
    is_kept: bool
    """False for `store: false`. A background response can then be retrieved, but not continued."""

    @property
    def is_visible(self) -> bool:
        return self.run.is_terminal or bool(self.run.response["background"])

    @property
    def output(self) -> list[Json]:
        """The items of the response. What a script sent that is no item isn't kept."""
        output = self.run.response["output"]
        items = output if isinstance(output, list) else []
        return [item for item in items if isinstance(item, dict) and isinstance(item.get("type"), str)]


class Store:
    """The responses that `GET /responses/{id}` finds, in memory."""

    def __init__(self, replay_window: float) -> None:
        self._responses: dict[str, Stored] = {}
        self._replay_window = replay_window

    def add(self, stored: Stored) -> None:
        if stored.is_kept or stored.run.response["background"]:
            self._responses[stored.run.response["id"]] = stored

    def forget_unfinished(self, stored: Stored) -> None:
        if not stored.run.is_terminal:
            self._responses.pop(stored.run.response["id"], None)

    def get(self, response_id: str) -> Stored:
        stored = self._responses.get(response_id)
        if stored is None or not stored.is_visible:
            raise errors.response_not_found(response_id)
        return stored

    def delete(self, response_id: str) -> None:
        self.get(response_id).run.stop()
        del self._responses[response_id]

    def chain(self, previous_response_id: str | None) -> list[Json]:
        """Return the items of a chain, oldest first. A deleted response shortens the chain without an error."""
        if previous_response_id is None:
            return []
        last = self._responses.get(previous_response_id)
        if last is None or not last.is_kept or last.run.response["status"] not in CHAINABLE:
            raise errors.previous_response_not_found(previous_response_id)
        links = []
        link: Stored | None = last
        while link:
            links.append(link.input + link.output)
            link = self._responses.get(link.previous or "")
        return [item for items in reversed(links) for item in items]

    def input_items(self, response_id: str) -> list[Json]:
        stored = self.get(response_id)
        before = []
        if stored.previous in self._responses:
            before = self.chain(stored.previous)
        return before + stored.input

    def resolve(self, items: list[Json]) -> list[Json]:
        """Puts the stored items in the place of `item_reference`s, and of reasoning without its content."""
        known: dict[str, Json] | None = None
        resolved = []
        for item in items:
            item_id = item.get("id")
            by_id = item.get("type") == "item_reference" or (
                item.get("type") == "reasoning" and not item.get("encrypted_content")
            )
            if by_id:
                known = known or self._items()
                if item_id not in known:
                    raise ApiError(
                        f"Item with id '{item_id}' not found. Items are not persisted when `store` is set to "
                        "false. Try again with `store` set to true, or remove this item from your input.",
                        status=404,
                        param="input",
                    )
                item = known[item_id]
            resolved.append(item)
        return resolved

    def reasons(self, items: list[Json]) -> dict[str, str]:
        """Return the ids of the reasoning items that led to stored ones of these items, by the ids of the latter."""
        sent = {item["id"] for item in items if item.get("id") and item.get("type") != "reasoning"}
        if not sent:
            return {}
        outputs = (stored.output for stored in self._responses.values() if stored.is_kept)
        return {
            item["id"]: before["id"]
            for output in outputs
            for before, item in pairwise(output)
            if before["type"] == "reasoning" and item.get("id") in sent
        }

    def streamable(self, response_id: str) -> Run:
        """Return the run to stream for `GET /responses/{id}?stream=true`. Raise the API's error if it can't be."""
        stored = self.get(response_id)
        if not stored.run.response["background"]:
            raise errors.not_streamable("background")
        if not stored.is_streamed:
            raise errors.not_streamable("stream")
        if time.time() - stored.run.response["created_at"] > self._replay_window:
            raise errors.no_longer_streamable()
        return stored.run

    def _items(self) -> dict[str, Json]:
        return {
            item["id"]: item
            for stored in self._responses.values()
            if stored.is_kept
            for item in stored.input + stored.output
        }
