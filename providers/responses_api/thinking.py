"""What a model thinks, where a server leaves it in the answer's text between <think> and </think>.

Servers with a parser for it send reasoning items; those without send what the model writes. Here it becomes a reasoning
item before the message, as if the server had a parser, wherever the stream cuts the tags. Only the beginning of a
message counts: further on, a tag may be what the answer is about.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from providers.items import Item, item_parts, replace_parts
from providers.responses_api.ends import is_end
from providers.responses_api.events import PART_DONE, Delta, Event

OPEN, CLOSE = "<think>", "</think>"
MAX_BLANKS = 1000
"""Characters before the tag."""

TEXT_DELTA = "response.output_text.delta"
ITEM_ADDED, ITEM_DONE = "response.output_item.added", "response.output_item.done"
PART_ADDED = "response.content_part.added"
TEXT_DONE = "response.output_text.done"


class TaggedText:
    """A splitter of a text into what was thought and what is said, fed in any pieces."""

    def __init__(self) -> None:
        self._held = ""
        """What may be the beginning of a tag."""
        self._has_opened = self._has_closed = self._is_blank = False
        self.is_plain = False
        """Whether all that follows is said, as it is."""

    @property
    def is_new(self) -> bool:
        """Whether nothing has come yet."""
        return not (self._held or self._has_opened or self.is_plain)

    def feed(self, piece: str) -> tuple[str, str]:
        """Return what the piece adds to the thought, and to what is said."""
        if self.is_plain:
            return "", piece
        if not self._has_opened:
            return self._begin(self._held + piece)
        return self._go_on(piece)

    def finish(self) -> tuple[str, str]:
        """Return what was held, because a tag might have followed."""
        held, self._held = self._held, ""
        return ("", held) if not self._has_opened else (held, "")

    def _begin(self, text: str) -> tuple[str, str]:
        self._held = ""
        start = text.lstrip()
        if start.startswith(OPEN):
            self._has_opened = self._is_blank = True
            return self._go_on(start[len(OPEN) :])
        if OPEN.startswith(start) and len(text) < MAX_BLANKS:
            self._held = text
            return "", ""
        self.is_plain = True
        return "", text

    def _go_on(self, piece: str) -> tuple[str, str]:
        if self._has_closed:
            return "", self._after(piece)
        thought, tag, said = (self._held + piece).partition(CLOSE)
        self._held = ""
        if not tag:
            kept = next(size for size in range(len(CLOSE) - 1, -1, -1) if thought.endswith(CLOSE[:size]))
            self._held = thought[len(thought) - kept :]
            thought = thought[: len(thought) - kept]
        if self._is_blank:
            thought = thought.lstrip()
            self._is_blank = not thought
        self._has_closed = bool(tag)
        return thought, self._after(said) if tag else ""

    def _after(self, piece: str) -> str:
        """Return what is said after the thought, without the blank lines between."""
        piece = piece.lstrip()
        self.is_plain = bool(piece)
        return piece


def split(text: str) -> tuple[str, str]:
    """Return what was thought and what is said in a whole text."""
    tagged = TaggedText()
    parts = [tagged.feed(text), tagged.finish()]
    return "".join(thought for thought, _ in parts), "".join(said for _, said in parts)


def split_unopened(text: str) -> tuple[str, str]:
    """Return what was thought and what is said in a whole text whose opening tag is missing.

    Some templates write it into the prompt, so it isn't in the answer. The closing tag must have a line of its own.
    """
    thought, tag, said = text.partition(CLOSE)
    has_own_line = not thought.strip() or thought.rstrip(" \t").endswith("\n")
    if not tag or OPEN in thought or not has_own_line or not said.lstrip(" \t").startswith("\n") or not said.strip():
        return "", text
    return thought.strip(), said.lstrip()


class Thinking:
    """A filter of a response's events that makes reasoning items of what its texts say between the tags."""

    def __init__(self) -> None:
        self._tagged = TaggedText()
        self._place: tuple[int, int] | None = None
        self._held: list[Event] = []
        """The events that announce a message whose text hasn't come: its thought is announced before it."""
        self._thoughts: list[list[str]] = []
        self._is_thinking = False
        self._last: Delta | None = None

    def feed(self, events: list[Event]) -> list[Event]:
        """Return the events that take the place of these."""
        filtered: list[Event] = []
        for event in events:
            if self._is_plain(event):
                filtered.append(event)
            else:
                filtered += self._filtered(event)
        return filtered

    def finish(self) -> list[Event]:
        """Return the events that were held, because a tag might have followed."""
        last, self._last = self._last, None
        return [*(self._split(last, *self._tagged.finish()) if last else ()), *self._announced()]

    def _is_plain(self, event: Event) -> bool:
        """Return whether the event goes on with a text that holds no thought any more, as nearly all do."""
        return (
            isinstance(event, Delta)
            and event.type == TEXT_DELTA
            and self._tagged.is_plain
            and not self._held
            and self._place == (event.output_index, event.content_index or 0)
        )

    def _filtered(self, event: Event) -> Iterator[Event]:
        if isinstance(event, Delta):
            if event.type == TEXT_DELTA:
                yield from self._text(event)
            else:
                yield from self._announced()
                yield event
            return
        kind = event.get("type")
        if kind == ITEM_ADDED and _is_message(event.get("item")):
            yield from self.finish()
            self._tagged, self._place, self._held = TaggedText(), None, [event]
        elif kind == PART_ADDED and self._held:
            self._held.append(event)
        elif kind in {TEXT_DONE, PART_DONE, ITEM_DONE}:
            yield from self._done(event, kind)
        else:
            if "item" in event or "item_id" in event or is_end(event):
                yield from self.finish()
            if is_end(event) and isinstance(response := event.get("response"), dict):
                event = {**event, "response": with_thoughts(response)}
            yield event

    def _text(self, event: Delta) -> Iterator[Event]:
        place = event.output_index, event.content_index or 0
        if place != self._place:
            if self._place is not None:
                yield from self.finish()
                self._tagged = TaggedText()
            self._place = place
        if self._is_plain(event):
            yield event
            return
        self._last = event
        yield from self._split(event, *self._tagged.feed(event.delta))

    def _split(self, event: Delta, thought: str, said: str) -> Iterator[Event]:
        if thought:
            if not self._is_thinking:
                self._is_thinking = True
                self._thoughts.append([])
                yield {"type": ITEM_ADDED, "output_index": event.output_index, "item": self._item("in_progress")}
            self._thoughts[-1].append(thought)
            yield Delta(
                type="response.reasoning_text.delta",
                delta=thought,
                item_id=_id_of(len(self._thoughts)),
                output_index=event.output_index,
                content_index=0,
            )
        if said:
            yield from self._thought(event.output_index)
            yield from self._announced()
            yield msgspec.structs.replace(event, delta=said)

    def _thought(self, output_index: Any) -> Iterator[Event]:
        """Yield the end of the thought, if one is open."""
        if self._is_thinking:
            self._is_thinking = False
            yield {"type": ITEM_DONE, "output_index": output_index, "item": self._item("completed")}

    def _item(self, status: str) -> Item:
        return _reasoning(len(self._thoughts), "".join(self._thoughts[-1]), status)

    def _announced(self) -> Iterator[Event]:
        held, self._held = self._held, []
        yield from held

    def _done(self, event: dict[str, Any], kind: str) -> Iterator[Event]:
        """Yield the end of a text without its thought. If it never came in pieces, it comes as one first."""
        whole = _said_in(event, kind)
        if whole is None:
            yield from self._announced()
            yield event
            return
        index = event.get("output_index")
        place = index if isinstance(index, int) else 0
        if self._tagged.is_new and whole.lstrip().startswith(OPEN):
            yield from self._text(Delta(type=TEXT_DELTA, delta=whole, output_index=place, item_id=_item_id(event)))
        yield from self.finish()
        yield from self._thought(place)
        thought, said = split(whole)
        yield _with_text(event, kind, said) if thought or said != whole else event


def with_thoughts(response: dict[str, Any]) -> dict[str, Any]:
    """Return a whole response with reasoning items before the messages that begin with a thought."""
    output = response.get("output")
    return {**response, "output": without_tags(output)} if isinstance(output, list) else response


def without_tags(output: list[Any], *, are_split: bool = False) -> list[Any]:
    """Return the items with reasoning items before the messages that begin with a thought between the tags.

    `are_split` says that `Thinking` has done so already, so that what looks like a thought now is what is said. Only
    one whose opening tag is missing is left.
    """
    items: list[Any] = []
    thoughts = 0
    for item in output:
        text = _said_in({"item": item}, ITEM_DONE)
        thought, said = split(text) if text is not None and not are_split else ("", text)
        if said and not thought and not (items and _is_reasoning(items[-1])):
            thought, said = split_unopened(said)
        if thought:
            thoughts += 1
            items.append(_reasoning(thoughts, thought, "completed"))
        items.append(_with_text({"item": item}, ITEM_DONE, said)["item"] if said != text else item)
    return items


def _said_in(event: dict[str, Any], kind: str) -> str | None:
    """Return the text that the event says is whole, or the first one of its item; None if there is none."""
    if kind == TEXT_DONE:
        text = event.get("text")
    elif kind == PART_DONE:
        part = event.get("part")
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "output_text" else None
    else:
        item = event.get("item")
        part = next(iter(item_parts(item)), {}) if isinstance(item, dict) and _is_message(item) else {}
        text = part.get("text") if part.get("type") == "output_text" else None
    return text if isinstance(text, str) else None


def _with_text(event: dict[str, Any], kind: str, text: str | None) -> dict[str, Any]:
    """Return the event with this text in place of the one that `_said_in` finds."""
    if kind == TEXT_DONE:
        return {**event, "text": text}
    if kind == PART_DONE:
        return {**event, "part": {**event["part"], "text": text}}
    item = event["item"]
    first = item_parts(item)[0]
    return {**event, "item": replace_parts(item, lambda part: {**part, "text": text} if part is first else part)}


def _reasoning(number: int, thought: str, status: str) -> Item:
    content = [{"type": "reasoning_text", "text": thought}] if thought else []
    return {"type": "reasoning", "id": _id_of(number), "status": status, "summary": [], "content": content}


def _id_of(number: int) -> str:
    return f"think_{number}"


def _is_reasoning(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "reasoning"


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type", "message") == "message"


def _item_id(event: dict[str, Any]) -> str | None:
    item = event.get("item")
    found = event.get("item_id") or (item.get("id") if isinstance(item, dict) else None)
    return found if isinstance(found, str) else None
