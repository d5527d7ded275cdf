"""A chat completion as the Responses API's events, so that nobody else needs to know the difference."""

from collections.abc import Iterator
from typing import Any

from providers.chat_completions.calls import Call, Calls
from providers.chat_completions.chunks import Chunk, Said
from providers.items import Item
from providers.responses_api.chat import CUT, usage_of
from providers.responses_api.events import Delta, Event

MAX_ITEMS = 100
"""Thoughts and messages. What changes more often between them is written on in the ones that are there."""

MAX_ANNOTATIONS = 1000
"""Of one message."""

REASONING, MESSAGE = "reasoning", "message"
THOUGHT_DELTA = "response.reasoning_text.delta"
TEXT_DELTA = "response.output_text.delta"
REFUSAL_DELTA = "response.refusal.delta"
CALL_DELTA = "response.function_call_arguments.delta"
ITEM_ADDED, ITEM_DONE = "response.output_item.added", "response.output_item.done"
PART_ADDED = "response.content_part.added"
ANNOTATED = "response.output_text.annotation.added"

ABORTED = "abort"
"""The reason with which a server says that it didn't finish."""
FAILED = {
    "error": {"code": "server_error", "message": "The completion finished with an error."},
    "insufficient_system_resource": {"code": "server_is_overloaded", "message": "insufficient_system_resource"},
}
"""Reasons that are failures."""
WITHHELD = {"code": "content_filter", "message": "The content filter withheld the answer."}


class TextItem:
    """A thought or a message that is being written: its parts, each in the pieces in which it comes."""

    def __init__(self, kind: str, index: int, number: int) -> None:
        self.kind = kind
        self.index = index
        self.id = f"{'rs' if kind == REASONING else 'msg'}_{number}"
        self.parts: dict[str, list[str]] = {}
        """By the type of their deltas."""
        self.annotations: list[dict[str, Any]] = []
        self.status = "in_progress"

    def item(self) -> Item:
        """Return the output item."""
        content = [self._part(kind, "".join(pieces)) for kind, pieces in self.parts.items()]
        item: Item = {"type": self.kind, "id": self.id, "status": self.status, "content": content}
        if self.kind == REASONING:
            return {**item, "summary": []}
        return {**item, "role": "assistant"}

    def _part(self, kind: str, text: str) -> dict[str, Any]:
        if kind == REFUSAL_DELTA:
            return {"type": "refusal", "refusal": text}
        if kind == THOUGHT_DELTA:
            return {"type": "reasoning_text", "text": text}
        return {"type": "output_text", "text": text, "annotations": [*self.annotations]}


class Completion:
    """A reader of the chunks of one completion.

    The response that it tells of has no id: it can be neither continued nor retrieved.
    """

    def __init__(self) -> None:
        self._items: list[TextItem | Call] = []
        """In the order of the output."""
        self._open: TextItem | None = None
        self._texts: dict[str, tuple[TextItem, list[str], int]] = {}
        """Where deltas of each type go on: their item, their part's pieces, and its place."""
        self._calls = Calls()
        self._blanks = ""
        """Blank characters before the first word of a message: alone, they are none."""
        self._has_begun = self._has_ended = False
        self._finish_reason = ""
        self._usage: dict[str, Any] | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the server has said that the answer is complete. Only its usage may follow."""
        return bool(self._finish_reason)

    def read(self, chunk: Chunk) -> list[Event]:
        """Return the events that say the same as a chunk."""
        if self._has_ended:
            return []
        events: list[Event] = [] if self._has_begun or chunk.error else [self._begin(chunk)]
        if chunk.usage:
            self._usage = usage_of(chunk.usage)
        for choice in chunk.choices or ():
            # Another answer than the one that is shown.
            if choice.index:
                continue
            if said := choice.delta or choice.message:
                events += self._said(said)
            if choice.finish_reason and choice.finish_reason != ABORTED:
                self._finish_reason = choice.finish_reason
            if choice.error:
                events.append({"type": "error", "error": choice.error})
        if chunk.error:
            events.append({"type": "error", "error": chunk.error})
        return events

    def say(self, kind: str, text: str) -> Iterator[Event]:
        """Yield the events of a text, by the type of its deltas."""
        known = self._texts.get(kind)
        if known is None or known[0] is not self._open:
            yield from self._open_text(kind)
            known = self._texts[kind]
        item, pieces, part = known
        pieces.append(text)
        yield Delta(type=kind, delta=text, item_id=item.id, output_index=item.index, content_index=part)

    def finish(self) -> list[Event]:
        """Return the events that end the answer; none if the server has not said that it is complete."""
        if self._has_ended or not self._finish_reason:
            return []
        self._has_ended = True
        events = [*self._close()]
        self._calls.finish()
        for call in self._calls.in_order:
            if call.output_index is None:
                events += self._announce(call)
            call.is_done = True
            events.append({"type": ITEM_DONE, "output_index": call.output_index, "item": call.item()})
        if self._finish_reason == "stop" and self._items and not self._calls.in_order:
            events += self._answer_of_thoughts()
        return [*events, self._end()]

    def _begin(self, chunk: Chunk) -> Event:
        self._has_begun = True
        response = {"object": "response", "id": None, "status": "in_progress", "model": chunk.model}
        return {"type": "response.created", "response": response | {"metadata": {"chat_completion": chunk.id}}}

    def _said(self, said: Said) -> Iterator[Event]:
        has_message = self._open is not None and self._open.kind == MESSAGE
        if (thought := said.reasoning_content or said.reasoning) and not (has_message and thought.isspace()):
            yield from self.say(THOUGHT_DELTA, thought)
        if text := said.content:
            yield from self._say_text(text)
        if said.refusal:
            yield from self.say(REFUSAL_DELTA, said.refusal)
        if said.annotations:
            yield from self._annotate(said.annotations)
        if said.function_call:
            yield from self._call([{"index": -1, "id": "", "function": said.function_call}])
        if said.tool_calls:
            yield from self._call(said.tool_calls)

    def _say_text(self, text: str) -> Iterator[Event]:
        if self._open is None or self._open.kind != MESSAGE:
            text = self._blanks + text
            self._blanks = text if text.isspace() else ""
        if not self._blanks:
            yield from self.say(TEXT_DELTA, text)

    def _open_text(self, kind: str) -> Iterator[Event]:
        """Have deltas of this type go on with a part of the open item, or of a new one."""
        wanted = REASONING if kind == THOUGHT_DELTA else MESSAGE
        item = self._open
        if item is None or item.kind != wanted:
            yield from self._close()
            texts = [item for item in self._items if isinstance(item, TextItem) and item.kind == wanted]
            if len(texts) < MAX_ITEMS:
                item = TextItem(wanted, len(self._items), len(texts) + 1)
                self._items.append(item)
                yield {"type": ITEM_ADDED, "output_index": item.index, "item": item.item()}
            else:
                item = texts[-1]
            self._open = item
        if kind not in item.parts:
            item.parts[kind] = []
            if wanted == MESSAGE:
                part = item.item()["content"][-1]
                yield self._about(item, PART_ADDED, content_index=len(item.parts) - 1, part=part)
        self._texts[kind] = item, item.parts[kind], list(item.parts).index(kind)

    def _close(self) -> Iterator[Event]:
        item, self._open = self._open, None
        if item is not None:
            item.status = "incomplete" if self._finish_reason in CUT else "completed"
            yield {"type": ITEM_DONE, "output_index": item.index, "item": item.item()}

    def _annotate(self, annotations: list[dict[str, Any]]) -> Iterator[Event]:
        if self._open is None or TEXT_DELTA not in self._open.parts:
            yield from self._open_text(TEXT_DELTA)
        item, _, part = self._texts[TEXT_DELTA]
        for annotation in annotations[: MAX_ANNOTATIONS - len(item.annotations)]:
            inner = annotation.get("url_citation")
            flat = {"type": "url_citation", **inner} if isinstance(inner, dict) else annotation
            item.annotations.append(flat)
            number = len(item.annotations) - 1
            yield self._about(item, ANNOTATED, content_index=part, annotation_index=number, annotation=flat)

    def _call(self, deltas: list[dict[str, Any]]) -> Iterator[Event]:
        for call, piece in self._calls.add(deltas):
            if call.output_index is not None:
                if piece:
                    yield _delta_of(call, piece)
            elif call.id and call.name:
                yield from self._announce(call)

    def _announce(self, call: Call) -> Iterator[Event]:
        call.output_index = len(self._items)
        self._items.append(call)
        yield {"type": ITEM_ADDED, "output_index": call.output_index, "item": call.item()}
        if call.pieces:
            yield _delta_of(call, call.arguments)

    def _answer_of_thoughts(self) -> Iterator[Event]:
        """Say as the answer what was thought, if there is nothing else: some servers take one for the other."""
        if all(isinstance(item, TextItem) and item.kind == REASONING for item in self._items):
            parts = [part["text"] for item in self._output() for part in item["content"]]
            yield from self.say(TEXT_DELTA, "\n\n".join(parts))
            yield from self._close()

    def _end(self) -> Event:
        output = self._output()
        response: dict[str, Any] = {"object": "response", "id": None, "status": "completed", "usage": self._usage}
        if self._finish_reason == "content_filter" and not output:
            response |= {"status": "failed", "error": WITHHELD}
        elif reason := CUT.get(self._finish_reason):
            response |= {"status": "incomplete", "incomplete_details": {"reason": reason}}
        elif error := FAILED.get(self._finish_reason):
            response |= {"status": "failed", "error": error}
        return {"type": f"response.{response['status']}", "response": response | {"output": output}}

    def _output(self) -> list[Item]:
        return [item.item() for item in self._items]

    @staticmethod
    def _about(item: TextItem, kind: str, **fields: Any) -> Event:
        return {"type": kind, "item_id": item.id, "output_index": item.index, **fields}


def _delta_of(call: Call, piece: str) -> Delta:
    return Delta(type=CALL_DELTA, delta=piece, item_id=f"fc_{call.id}", output_index=call.output_index or 0)
