"""The Responses API's streaming events: decoded, merged, and gathered into output items.

Nearly all events of an answer are deltas, so those are decoded into a struct of their own; the rest stay dictionaries.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any, TypeGuard

import msgspec

from providers.items import Item

TERMINAL = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
    "response.cancelled": "cancelled",
}
"""The events that end a response, and the status that they leave. The last is ours: the API has no event for it."""

# Where each delta's text belongs: the list in the item (None: the item itself), the part's type, and the text's field.
TEXTS: dict[str, tuple[str | None, str, str]] = {
    "response.output_text": ("content", "output_text", "text"),
    "response.refusal": ("content", "refusal", "refusal"),
    "response.reasoning_text": ("content", "reasoning_text", "text"),
    "response.reasoning_summary_text": ("summary", "summary_text", "text"),
    "response.function_call_arguments": (None, "function_call", "arguments"),
    "response.mcp_call_arguments": (None, "mcp_call", "arguments"),
    "response.custom_tool_call_input": (None, "custom_tool_call", "input"),
    "response.code_interpreter_call_code": (None, "code_interpreter_call", "code"),
}
DELTAS = {f"{name}.delta": place for name, place in TEXTS.items()}
DONES = {f"{name}.done": place for name, place in TEXTS.items()}

MOST_PARTS = 1000
"""Of one item: the place of a part comes from the provider, and the places before it are made too."""


class Delta(msgspec.Struct, omit_defaults=True, gc=False):
    """A piece of text. `response_id` and `sequence_number` are set by the log that it is appended to."""

    type: str
    delta: str
    response_id: str = ""
    sequence_number: int | None = None
    item_id: str | None = None
    output_index: int = 0
    content_index: int | None = None
    summary_index: int | None = None

    def continues(self, other: "Delta") -> bool:
        """Whether this text belongs right behind the other's."""
        return (
            self.output_index == other.output_index
            and self.type == other.type
            and self.content_index == other.content_index
            and self.summary_index == other.summary_index
            and self.item_id == other.item_id
        )


Event = Delta | dict[str, Any]

NUL = rb"\u0000"

_decode_delta = msgspec.json.Decoder(Delta).decode
_decode_any = msgspec.json.Decoder(dict[str, Any]).decode
encode = msgspec.json.Encoder().encode


def decode(data: bytes) -> Event:
    """One event from its JSON. Raises msgspec.DecodeError for what is no JSON object.

    PostgreSQL stores every character but NUL, which becomes the sign for a character that is missing.
    """
    try:
        event = _decoded(data)
        return _without_nul(event) if NUL in data else event
    except RecursionError as error:
        raise msgspec.DecodeError("too deeply nested") from error


def _decoded(data: bytes) -> Event:
    try:
        delta = _decode_delta(data)
    except msgspec.ValidationError:
        return _decode_any(data)
    return delta if delta.type in DELTAS else _decode_any(data)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_without_nul(entry) for entry in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(entry) for name, entry in value.items()}
    if isinstance(value, Delta):
        value.delta = _without_nul(value.delta)
    return value


def as_end(event: dict[str, Any]) -> dict[str, Any]:
    """A terminal event with those of its response's fields that have the API's shape; the others are empty."""
    response = event["response"] if isinstance(event.get("response"), dict) else {}
    output = response.get("output")
    if not isinstance(output, list) or not all(isinstance(item, dict) for item in output):
        response["output"] = []
    for name in ("usage", "incomplete_details", "error"):
        if not isinstance(response.get(name), dict):
            response[name] = None
    if error := response["error"]:
        response["error"] = {name: error.get(name) for name in ("code", "message")}
    return {**event, "response": response}


class ServerSentEvents:
    """Splits a stream of bytes into the `data` of its events, wherever the network cut it.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self) -> None:
        # In pieces, because putting a large event together anew with each chunk takes minutes.
        self._pieces: list[bytes] = []
        self._carriage_return = b""
        self.pending = 0
        """How many bytes of an unfinished event are held."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that this chunk completes."""
        chunk = self._carriage_return + chunk
        self._carriage_return = b""
        if b"\r" in chunk:
            # At the very end it may be the first half of a line's end.
            if chunk.endswith(b"\r"):
                chunk, self._carriage_return = chunk[:-1], b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        before = self._pieces[-1][-1:] if self._pieces else b""
        blocks: list[bytes] = []
        if b"\n\n" in before + chunk:
            *blocks, chunk = b"".join([*self._pieces, chunk]).split(b"\n\n")
            self._pieces, self.pending = [], 0
        if chunk:
            self._pieces.append(chunk)
            self.pending += len(chunk)
        return [data for block in blocks if (data := self._data(block))]

    @staticmethod
    def _data(block: bytes) -> bytes:
        lines = (line[5:].removeprefix(b" ") for line in block.split(b"\n") if line.startswith(b"data:"))
        return b"\n".join(lines)


def merged(events: Iterable[Event]) -> Iterator[Event]:
    """The same events with neighbouring deltas of one text joined into one, which has the last one's number."""
    run: list[Delta] = []
    for event in events:
        if isinstance(event, Delta) and (not run or event.continues(run[-1])):
            run.append(event)
            continue
        if run:
            yield _joined(run)
            run = []
        if isinstance(event, Delta):
            run.append(event)
        else:
            yield event
    if run:
        yield _joined(run)


def _joined(run: list[Delta]) -> Delta:
    if len(run) == 1:
        return run[0]
    return msgspec.structs.replace(run[-1], delta="".join([delta.delta for delta in run]))


class Output:
    """The output items of a response, gathered from its events: what there is before (or without) the final word.

    Tolerates events that are out of order, items that were never announced, and fields that are not what they should
    be: an answer is not lost by one odd event.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items: dict[int, Item] = dict(enumerate(items))
        # What another process had of a text is where its next delta goes on.
        self._pieces: dict[tuple[int, str, int], list[str]] = {key: [text] for key, text in _texts(self._items)}

    def add(self, event: Event) -> None:
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
                # The log has the event as it came; what comes later is added to this alone.
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
        """The items so far, in the API's shape; those that are not done say `in_progress`."""
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
    """The texts in the items, each with the place to which its deltas belong."""
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
    """The list of that name in it, made where there is none; some servers send null for an empty one."""
    if not isinstance(owner.get(name), list):
        owner[name] = []
    found: list[Any] = owner[name]
    return found


def _is_place(index: object) -> TypeGuard[int]:
    return isinstance(index, int) and 0 <= index < MOST_PARTS


def _copy(item: Item) -> Item:
    return {
        name: [dict(part) if isinstance(part, dict) else part for part in value] if isinstance(value, list) else value
        for name, value in item.items()
    }
