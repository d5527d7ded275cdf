"""The client of a provider that speaks Chat Completions, with the methods and the events of the Responses API's."""

from collections.abc import AsyncGenerator, Collection
from typing import Any

from common.ticker import Ticker
from providers.chat_completions.requests import UNSUPPORTED, parts_of, to_chat
from providers.chat_completions.servers import server_at
from providers.chat_completions.stream import ChunkStream
from providers.endpoint import Endpoint
from providers.failures import NOT_FOUND, Failure, failure
from providers.http import Connection
from providers.items import Item
from providers.responses_api.events import Event, Take, take_none
from providers.responses_api.thinking import Thinking
from providers.responses_api.whole import whole_response


class Client(Connection):
    """A client for one provider. It belongs to the event loop that uses it first."""

    unsupported = UNSUPPORTED
    said_in_words = frozenset({"text.format"})

    def __init__(self, endpoint: Endpoint, ticker: Ticker | None = None) -> None:
        super().__init__(endpoint, ticker)
        self._server = server_at(endpoint.base_url)

    def parts(self, body: dict[str, Any], omitted: Collection[str] = ()) -> set[str]:
        """Return the parts of the request, less those in `omitted`, without which the same can be asked."""
        return parts_of(to_chat(body, self._server, omitted))

    async def create(
        self, body: dict[str, Any], omitted: Collection[str] = (), take: Take = take_none
    ) -> AsyncGenerator[list[Event], None]:
        """Ask for a completion and yield what `take` leaves of its events, in the batches in which they arrive.

        The body is one of `responses.create`; its parts in `omitted` aren't sent. Raise `Failure` if anything goes
        wrong on the way. The iterator ends with the stream, whether or not the answer was complete.
        """
        request = to_chat(body, self._server, omitted)
        thinking = Thinking()
        with self.reading():
            # As extra_body it is sent as it is; the SDK walks through its own parameters item by item.
            async with self.client.chat.completions.with_streaming_response.create(
                model=request["model"], messages=[], stream=True, extra_body=request
            ) as response:
                async for left in self.read(response, ChunkStream(), lambda events: take(thinking.feed(events))):
                    yield left
        if shown := thinking.finish():
            yield shown

    async def complete(self, body: dict[str, Any], omitted: Collection[str] = ()) -> dict[str, Any]:
        """Ask for a completion and return it as a response when it has ended. Raise `Failure`, also if it failed."""
        return await whole_response(self.create(body, omitted))

    async def resume(self, response_id: str, after: int, take: Take = take_none) -> AsyncGenerator[list[Event], None]:
        """Raise `Failure`: the rest of a completion can't be had."""
        raise _not_kept()
        yield []  # It is a generator, as in the other dialects.

    async def retrieve(self, response_id: str) -> dict[str, Any]:
        """Raise `Failure`: no completion is kept."""
        raise _not_kept()

    async def cancel(self, response_id: str) -> None:
        """Raise `Failure`: a completion ends with its connection, and has no id before."""
        raise _not_kept()

    async def compact(self, body: dict[str, Any], omitted: Collection[str] = ()) -> tuple[list[Item], Any]:
        """Raise `Failure`: there is no such endpoint."""
        raise _not_there()

    async def count(self, body: dict[str, Any], omitted: Collection[str] = ()) -> int:
        """Raise `Failure`: there is no such endpoint."""
        raise _not_there()

    async def container_files(self, container_id: str) -> list[dict[str, Any]]:
        """Raise `Failure`: there are no containers."""
        raise _not_there()

    async def container_file(self, container_id: str, file_id: str, max_bytes: int) -> bytes:
        """Raise `Failure`: there are no containers."""
        raise _not_there()

    async def upload(self, name: str, content: bytes, media_type: str, seconds: int | None = None) -> str:
        """Raise `Failure`: files go along as text."""
        raise _not_there()

    async def delete_file(self, file_id: str) -> None:
        """Raise `Failure`: no file was uploaded."""
        raise _not_there()


def _not_there() -> Failure:
    return failure("no_api", status=NOT_FOUND, detail="chat completions have no such endpoint")


def _not_kept() -> Failure:
    return failure("response_not_found", status=NOT_FOUND, detail="the provider keeps no responses")
