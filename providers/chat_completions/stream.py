"""What a provider answers with to a request for a chat completion, as the Responses API's events."""

from typing import Any

import msgspec

from providers.chat_completions.chunks import Chunk, Said, chunk_of, decode_chunk
from providers.chat_completions.completion import Completion
from providers.failures import is_error
from providers.responses_api import lenient
from providers.responses_api.characters import whole
from providers.responses_api.chat import TEXTS
from providers.responses_api.events import ESCAPED_NUL, Delta, Event
from providers.responses_api.sse import Message
from providers.responses_api.stream import MessageStream

_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class ChunkStream(MessageStream):
    """A reader of the chunks of one completion, or of a whole one."""

    def __init__(self) -> None:
        super().__init__()
        self._completion = Completion()

    @property
    def is_finished(self) -> bool:
        """Whether the answer is complete, although its stream may go on."""
        return self._completion.is_finished

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that this chunk completes."""
        events = super().feed(chunk)
        # Some servers keep the connection open after that.
        return [*events, *self.finish()] if self._is_done else events

    def finish(self) -> list[Event]:
        """Return the events that are complete because nothing follows them."""
        events = super().finish()
        for half in self._characters.flush():
            events += self._completion.say(half.type, half.delta)
        return [*events, *self._completion.finish()]

    def _read(self, message: Message) -> list[Event]:
        if self._is_done:
            return []
        data = message[0]
        try:
            # Its NULs are replaced by the lenient reader.
            chunk = None if ESCAPED_NUL in data else decode_chunk(data)
        except msgspec.ValidationError:
            return self._read_object(data, message)
        except (ValueError, RecursionError):
            chunk = None
        if chunk is None:
            return self._read_leniently(message)
        if chunk.choices is None and not chunk.usage:
            # It may be anything.
            return self._read_object(data, message)
        if self._characters:
            self._join(chunk, None)
        return self._completion.read(chunk)

    def _read_object(self, data: bytes, message: Message) -> list[Event]:
        try:
            value = _decode_object(data)
        except (ValueError, RecursionError):
            return self._read_lines(message)
        return self._understood(value, message[1], None)

    def _read_leniently(self, message: Message) -> list[Event]:
        try:
            value, codec = lenient.loads(message[0])
        except (ValueError, RecursionError):
            return self._read_lines(message)
        return self._understood(value, message[1], codec)

    def _understood(self, value: dict[str, Any], name: bytes, codec: str | None) -> list[Event]:
        if isinstance(value.get("choices"), list) or isinstance(value.get("usage"), dict):
            chunk = chunk_of(value)
            if codec or self._characters:
                self._join(chunk, codec)
            return self._completion.read(chunk)
        if name == b"error" or is_error(value):
            read: dict[str, Any] = whole(value, codec) if codec else value
            return [{**read, "type": "error"}]
        return []

    def _join(self, chunk: Chunk, codec: str | None) -> None:
        """Join the halves of characters that were cut between two chunks. Elsewhere than in texts, replace them."""
        if codec:
            chunk.id, chunk.model, chunk.error = whole([chunk.id, chunk.model, chunk.error], codec)
        for choice in chunk.choices or ():
            said = choice.delta or choice.message
            if codec:
                choice.finish_reason, choice.error = whole([choice.finish_reason, choice.error], codec)
            if said is None or choice.index:
                continue
            for field, kind in TEXTS.items():
                if text := getattr(said, field):
                    delta = Delta(type=kind, delta=text)
                    self._characters.join(delta, codec)
                    setattr(said, field, delta.delta)
            if codec:
                self._make_whole(said, codec)

    @staticmethod
    def _make_whole(said: Said, codec: str) -> None:
        said.tool_calls = whole(said.tool_calls, codec)
        said.function_call = whole(said.function_call, codec)
        said.annotations = whole(said.annotations, codec)
