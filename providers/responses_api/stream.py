"""What a provider answers with, as the Responses API's events, whatever else it is framed as.

Each event is taken by what it says. One that can't be understood costs itself alone.
"""

from typing import Any

from providers.failures import failure, is_error
from providers.responses_api import lenient
from providers.responses_api.characters import HalfCharacters, whole
from providers.responses_api.chat import ChatStream
from providers.responses_api.ends import end_of_object, ends_text
from providers.responses_api.events import Delta, Event, as_delta, decode
from providers.responses_api.sse import Message, ServerSentEvents

MAX_BEGINNING = 500
"""Bytes."""


class MessageStream:
    """A reader of the bytes of one answer, in whatever dialect its messages are.

    `pending` is the size of the unfinished message. `beginning` is for the admin, if no event comes at all.
    """

    def __init__(self) -> None:
        self._messages = ServerSentEvents()
        self._characters = HalfCharacters()
        self._is_done = False
        self.beginning = b""

    @property
    def is_finished(self) -> bool:
        """Whether the answer is complete, although its stream may go on."""
        return False

    @property
    def pending(self) -> int:
        return self._messages.pending

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that this chunk completes."""
        if not self.beginning:
            self.beginning = chunk[:MAX_BEGINNING]
        events: list[Event] = []
        for message in self._messages.feed(chunk):
            events += self._read(message)
        return events

    def finish(self) -> list[Event]:
        """Return the events that are complete because nothing follows them."""
        return [event for message in self._messages.finish() for event in self._read(message)]

    def _read(self, message: Message) -> list[Event]:
        raise NotImplementedError

    def _read_lines(self, message: Message) -> list[Event]:
        """Read what is no JSON object: several events without a blank line between, the words of an error, or noise."""
        data, name = message
        lines = [line for line in data.split(b"\n") if line.strip()]
        if len(lines) > 1:
            return [event for line in lines for event in self._read((line, name))]
        words = data.strip()
        if name == b"error":
            return [{"type": "error", "message": words.decode(errors="replace")}]
        self._is_done = self._is_done or words == b"[DONE]"
        return []


class EventStream(MessageStream):
    """A reader of an answer of the Responses API."""

    def __init__(self) -> None:
        super().__init__()
        self._chat: ChatStream | None = None
        self._has_text = False

    def finish(self) -> list[Event]:
        """Return the events that are complete because nothing follows them."""
        events = [*super().finish(), *self._characters.flush()]
        if self._chat and (end := self._chat.finish()):
            return [*events, end]
        # Some servers say no more than that when an answer is complete.
        return [*events, {"type": "response.done"}] if self._is_done and self._has_text else events

    def _read(self, message: Message) -> list[Event]:
        try:
            event = decode(message[0])
        except (ValueError, RecursionError):
            return self._read_leniently(message)
        if not isinstance(event, Delta):
            return self._understood(event, message)
        self._has_text = True
        if self._characters:
            self._characters.join(event)
        return [event]

    def _read_leniently(self, message: Message) -> list[Event]:
        try:
            loaded, codec = lenient.loads(message[0])
        except (ValueError, RecursionError):
            return self._read_lines(message)
        event = as_delta(loaded)
        if isinstance(event, dict):
            return self._understood(whole(event, codec), message)
        self._has_text = True
        self._characters.join(event, codec)
        event.item_id = whole(event.item_id, codec)
        return [event]

    def _understood(self, event: dict[str, Any], message: Message) -> list[Event]:
        if not isinstance(event.get("type"), str):
            event.pop("type", None)
            return self._typed(event, message[1].decode(errors="replace"))
        # What is held of a text comes before its end.
        return [*self._characters.flush(), event] if self._characters and ends_text(event) else [event]

    def _typed(self, event: dict[str, Any], name: str) -> list[Event]:
        """Return what an event says that has no type of its own."""
        kind = event.get("object")
        has_name = name == "error" or name.startswith("response.")
        if kind == "response" or isinstance(event.get("output"), list):
            return [{"type": name, "response": event}] if has_name else _whole_response(event)
        if isinstance(event.get("choices"), list):
            self._has_text = True
            self._chat = self._chat or ChatStream()
            return self._chat.read(event)
        if has_name:
            return [as_delta({**event, "type": name})]
        return [event] if is_error(event) else []


def _whole_response(response: dict[str, Any]) -> list[Event]:
    """Return the events of a response that came as one object."""
    begun: Event = {"type": "response.created", "sequence_number": 0, "response": {**response, "status": "in_progress"}}
    end = end_of_object(response)
    return [begun, end] if end else [begun]


def decode_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that a provider answered with. Raise `Failure` if it is none."""
    try:
        loaded, codec = lenient.loads(data)
    except (ValueError, RecursionError) as error:
        raise failure("stream_cut", detail=f"the answer is not JSON: {error}") from error
    read: dict[str, Any] = whole(loaded, codec)
    return read
