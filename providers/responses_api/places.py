"""Which item of an output an event is about, by its index and its id together.

Servers leave out either, give all items one index, or change an item's id with each event.
"""

from typing import Any

from providers.items import Item

MAX_SEARCHED = 1000
"""Characters of a repeated text that are searched for at once."""


class Text:
    """A text of an item, as it comes.

    `streamed` is what came, as UTF-8: it only grows, because the log keeps no text of its own. `done` is the whole of
    the text when its end was announced.
    """

    __slots__ = ("_at", "_repeated", "done", "streamed")

    def __init__(self, text: str = "") -> None:
        self.streamed = bytearray(text.encode())
        self.done: str | None = None
        # The part of the text that deltas after its end have repeated.
        self._at = self._repeated = 0

    def __str__(self) -> str:
        return self.streamed.decode() if self.done is None else self.done

    def add(self, piece: str) -> None:
        """Append a piece."""
        self.streamed += piece.encode()

    def finish(self, final: str | None = None) -> bool:
        """End the text, unless more of it was streamed than is said to be all of it. Return whether these differ."""
        streamed = str(self)
        if final is None or len(final) >= len(streamed):
            self.done = streamed if final is None else final
            self.streamed = bytearray()
            self._at = self._repeated = 0
        return final not in (None, streamed)

    def unseen(self, delta: str) -> str:
        """Return what a delta after the end adds: some servers repeat the last ones, or all of them."""
        done = self.done or ""
        end = self._at + self._repeated
        if self._repeated and done.startswith(delta, end):
            self._repeated += len(delta)
            return ""
        late = done[self._at : end] + delta
        if len(late) <= MAX_SEARCHED and (at := done.rfind(late)) >= 0:
            self._at, self._repeated = at, len(late)
            return ""
        added = late.removeprefix(done)
        self.done, self.streamed = None, bytearray((done + added).encode())
        return added


class Place:
    """The place of an item in an output, where `index` is its own."""

    __slots__ = ("index", "is_announced", "is_done", "is_stored", "item", "texts")

    def __init__(self, item: Item, index: int) -> None:
        self.item = item
        self.index = index
        self.texts: dict[tuple[str, int], Text] = {}
        """By the type of their deltas, and the part's index."""
        self.is_announced = self.is_done = False
        self.is_stored = False
        """Whether another process stored the item, so that the provider's index of it isn't known."""

    def finish(self) -> None:
        """End the item and its texts."""
        self.is_done = True
        for text in self.texts.values():
            text.finish()

    def may_be(self, item_id: Any) -> bool:
        """Return whether the item may have this id, as far as is known."""
        return item_id is None or _id(self.item.get("id")) in (None, item_id)


Key = tuple[int | None, Any, str | None]
"""An index, an id and a type, as events say them; None for any."""


class Places:
    """The places of an output's items."""

    def __init__(self) -> None:
        self.in_order: list[Place] = []
        self._latest: dict[Key, Place] = {}

    def add(self, item: Item, index: int) -> Place:
        """Add an item at the end, of which events may say this index.

        Its own has no gap before it, so that it is the same on a page that is loaded in mid-answer.
        """
        place = Place(item, len(self.in_order))
        self.in_order.append(place)
        self._know(place, index, _id(item.get("id")))
        return place

    def of_text(self, index: int, item_id: Any, kind: str) -> Place | None:
        """Return the place of the item of this type that a text belongs to; None if there is none yet."""
        item_id = _id(item_id)
        if place := self._named(index, item_id, kind):
            return place
        there = self._latest.get((index, None, kind))
        # An id that was never announced is a new name of the item that was.
        is_renamed = there is not None and there.is_announced and not there.is_done and not self._knows(item_id, kind)
        if there and (there.may_be(item_id) or is_renamed):
            return self._know(there, index, item_id)
        elsewhere = self._latest.get((None, item_id, kind))
        if elsewhere and (self._may_be_at(elsewhere, index) if item_id else not (index or elsewhere.is_done)):
            return elsewhere
        return None

    def of_item(self, item: Item, index: int, *, is_done: bool) -> Place:
        """Return the place of an item that is announced, or done. It is a new one if no other fits."""
        item_id, kind = _id(item.get("id")), item.get("type")
        if place := self._named(index, item_id, kind):
            return place
        there = self._latest.get((index, None, kind))
        if there and not there.is_done and (is_done or not there.is_announced or item_id is None):
            is_renamed = is_done and not self._knows(item_id, kind)
            if there.may_be(item_id) or is_renamed:
                return self._know(there, index, item_id)
        elsewhere = self._latest.get((None, item_id, kind)) if item_id and is_done else None
        return elsewhere if elsewhere and self._may_be_at(elsewhere, index) else self.add(item, index)

    def about(self, index: Any, item_id: Any) -> Place | None:
        """Return the place of the item that any other event is about; None if it isn't known."""
        index, item_id = index if type(index) is int else 0, _id(item_id)
        there = self._latest.get((index, None, None))
        if place := self._named(index, item_id, None) or (there if index else None):
            return place
        by_id = self._latest.get((None, item_id, None)) if item_id else None
        return by_id if by_id and self._may_be_at(by_id, index) else there

    def _named(self, index: int, item_id: str | None, kind: Any) -> Place | None:
        return self._latest.get((index, item_id, kind)) if item_id else None

    def _knows(self, item_id: str | None, kind: Any) -> bool:
        return (None, item_id, kind) in self._latest

    @staticmethod
    def _may_be_at(place: Place, index: int) -> bool:
        """Return whether an item that has another index may be meant: no index reads as 0."""
        return not index or place.is_stored

    def _know(self, place: Place, index: int, item_id: Any) -> Place:
        kind = str(place.item.get("type"))
        for a, b in ((index, item_id), (index, None), (None, item_id), (None, None)):
            self._latest[a, b, kind] = place
            self._latest[a, b, None] = place
        return place


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
