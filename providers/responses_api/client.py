"""The client of a provider that speaks the Responses API."""

from collections.abc import AsyncGenerator, Collection
from typing import Any

from common.text import map_texts, replace_nul
from providers.failures import failure
from providers.http import Connection, Streamed, failures, read_bytes, read_object
from providers.items import Item, dicts
from providers.parameters import CHAT_ONLY, without
from providers.refusals import parts_of
from providers.responses_api.events import Event, Take, take_none
from providers.responses_api.stream import EventStream, decode_object
from providers.responses_api.thinking import Thinking, with_thoughts
from providers.responses_api.whole import whole_response

MAX_COMPACTED_BYTES = 24 * 1024 * 1024
"""What the API allows for a compaction, and the messages around it."""
MAX_COUNT_BYTES = 100_000
"""Of a count, of a list of files, and of what is said of one."""
COUNT_TIMEOUT_SECONDS = 10.0
MAX_LISTED_FILES = 100
FILE_TIMEOUT_SECONDS = 30.0
UPLOAD_TIMEOUT_SECONDS = 60.0
"""For which a provider may stay silent after a file."""
MAX_FILE_ID_CHARACTERS = 100
COMPACTED = {
    "model",
    "input",
    "previous_response_id",
    "instructions",
    "prompt_cache_key",
    "prompt_cache_options",
    "service_tier",
}
"""What of a request `POST /responses/compact` takes."""
COUNTED = {"model", "input", "previous_response_id", "instructions", "reasoning", "text", "tools", "tool_choice"}
"""What of a request `POST /responses/input_tokens` takes, and what counts."""


class Client(Connection):
    """A client for one provider. It belongs to the event loop that uses it first."""

    unsupported = CHAT_ONLY
    said_in_words: frozenset[str] = frozenset()

    def parts(self, body: dict[str, Any], omitted: Collection[str] = ()) -> set[str]:
        """Return the parts of the request, less those in `omitted`, without which the same can be asked."""
        return parts_of(without(body, omitted))

    async def create(
        self, body: dict[str, Any], omitted: Collection[str] = (), take: Take = take_none
    ) -> AsyncGenerator[list[Event], None]:
        """Create a response and yield what `take` leaves of its events, in the batches in which they arrive.

        The parts of the request in `omitted` (providers/refusals.py) aren't sent. Raise `Failure` if anything goes
        wrong on the way. The iterator ends with the stream, whether or not the answer was complete.
        """
        # As extra_body it is sent as it is; the SDK walks through its own parameters item by item.
        with self.reading():
            async with self.client.responses.with_streaming_response.create(
                stream=True, extra_body=without(body, omitted)
            ) as response:
                async for events in self._events(response, take):
                    yield events

    async def complete(self, body: dict[str, Any], omitted: Collection[str] = ()) -> dict[str, Any]:
        """Create a response and return it when it has ended. Raise `Failure`, also if the response itself failed.

        It is streamed all the same: many servers notice that a request is cancelled only while they write.
        """
        return await whole_response(self.create(body, omitted))

    async def resume(self, response_id: str, after: int, take: Take = take_none) -> AsyncGenerator[list[Event], None]:
        """Yield the events of a background response after that number, as `create` does. Raise `Failure`."""
        with self.reading():
            async with self.client.responses.with_streaming_response.retrieve(
                response_id, stream=True, starting_after=after
            ) as response:
                async for events in self._events(response, take):
                    yield events

    async def retrieve(self, response_id: str) -> dict[str, Any]:
        """Return a stored response as it is now. Raise `Failure`."""
        with failures():
            response = await self.client.responses.with_raw_response.retrieve(response_id)
            return with_thoughts(decode_object(response.content))

    async def cancel(self, response_id: str) -> None:
        """Cancel a background response. Raise `Failure`."""
        with failures():
            await self.client.responses.with_raw_response.cancel(response_id)

    async def compact(self, body: dict[str, Any], omitted: Collection[str] = ()) -> tuple[list[Item], Any]:
        """Return items that stand for all that the request would tell the model, and the usage. Raise `Failure`."""
        with self.reading():
            async with self.client.responses.with_streaming_response.compact(
                model=body["model"], extra_body=_fields(body, COMPACTED, omitted)
            ) as response:
                compacted = await read_object(response, MAX_COMPACTED_BYTES)
        # What can't be stored as it is must not be sent either.
        items = [map_texts(item, replace_nul) for item in dicts(compacted.get("output"))]
        return items, compacted.get("usage")

    async def count(self, body: dict[str, Any], omitted: Collection[str] = ()) -> int:
        """Return how many tokens the request would tell the model. Raise `Failure`."""
        with self.reading():
            async with self.client.responses.input_tokens.with_streaming_response.count(
                extra_body=_fields(body, COUNTED, omitted), timeout=COUNT_TIMEOUT_SECONDS
            ) as response:
                tokens = (await read_object(response, MAX_COUNT_BYTES)).get("input_tokens")
        if type(tokens) is not int or tokens < 0:
            raise failure("server_error", detail="the count of tokens is none")
        return tokens

    async def container_files(self, container_id: str) -> list[dict[str, Any]]:
        """Return the newest files in a container of the code interpreter, as the provider says. Raise `Failure`."""
        with self.reading():
            async with self.client.containers.files.with_streaming_response.list(
                container_id, limit=MAX_LISTED_FILES, order="desc", timeout=FILE_TIMEOUT_SECONDS
            ) as response:
                listed = await read_object(response, MAX_COUNT_BYTES)
        return [*dicts(listed.get("data"))]

    async def container_file(self, container_id: str, file_id: str, max_bytes: int) -> bytes:
        """Return what is in a file in a container. Raise `Failure`, also if it has more bytes."""
        with self.reading():
            async with self.client.containers.files.content.with_streaming_response.retrieve(
                file_id, container_id=container_id, timeout=FILE_TIMEOUT_SECONDS
            ) as response:
                return await read_bytes(response, max_bytes)

    async def upload(self, name: str, content: bytes, media_type: str, seconds: int | None = None) -> str:
        """Upload a file that people gave, and return its id. It expires after so many seconds. Raise `Failure`."""
        expires: dict[str, Any] = (
            {} if seconds is None else {"expires_after": {"anchor": "created_at", "seconds": seconds}}
        )
        with self.reading():
            async with self.client.files.with_streaming_response.create(
                file=(name, content, media_type), purpose="user_data", timeout=UPLOAD_TIMEOUT_SECONDS, **expires
            ) as response:
                uploaded = await read_object(response, MAX_COUNT_BYTES)
        file_id = uploaded.get("id")
        if not isinstance(file_id, str) or not 0 < len(file_id) <= MAX_FILE_ID_CHARACTERS:
            raise failure("server_error", detail="the uploaded file has no id")
        return file_id

    async def delete_file(self, file_id: str) -> None:
        """Delete an uploaded file. Raise `Failure`."""
        with self.reading():
            async with self.client.files.with_streaming_response.delete(
                file_id, timeout=FILE_TIMEOUT_SECONDS
            ) as response:
                await read_object(response, MAX_COUNT_BYTES)

    async def _events(self, response: Streamed, take: Take) -> AsyncGenerator[list[Event], None]:
        thinking = Thinking()
        async for left in self.read(response, EventStream(), lambda events: take(thinking.feed(events))):
            yield left
        if shown := thinking.finish():
            yield shown


def _fields(body: dict[str, Any], names: Collection[str], omitted: Collection[str]) -> dict[str, Any]:
    """Return what of a request for a response another request takes. There need not be a new message."""
    fields = {name: value for name, value in without(body, omitted).items() if name in names}
    if not fields.get("input"):
        fields.pop("input", None)
    return fields
