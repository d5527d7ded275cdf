"""Reaching a provider: connections, headers, the bytes of answers, and what can go wrong with them.

It is what the clients of all dialects share, and the only module that imports the OpenAI SDK. The SDK makes the
requests. It doesn't parse the streams: turning every event into the SDK's models costs more than everything else
together (docs/performance.md).
"""

import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

import aiohttp
import httpx2
import msgspec
import openai

from common.ticker import Ticker
from providers.endpoint import Endpoint
from providers.failures import Failure, failure, failure_of_body
from providers.items import dicts
from providers.reading import TICK_SECONDS, read_all

# aiohttp's default is 100 connections: the 101st answer would wait for another one to end.
MAX_CONNECTIONS = 10_000
MODELS_TIMEOUT_SECONDS = 10.0
MAX_LIST_BYTES = 8 * 1024 * 1024
KEEPALIVE_SECONDS = 3.0
"""Many servers close idle connections after 5 seconds. A message sent at that moment must not be sent again."""
MAX_EVENT_BYTES = 64 * 1024 * 1024
UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Errors without a connection: the request wasn't sent."""
BROKEN = (
    openai.APIConnectionError,
    httpx2.TransportError,
    aiohttp.ClientConnectionError,
    aiohttp.ClientPayloadError,
)
"""Errors of the connection, from each of the layers that raise one."""

Streamed = openai.AsyncAPIResponse[Any]
Read = TypeVar("Read")
"""An event."""


class Stream(Protocol[Read]):
    """A reader of the bytes of one answer, in the dialect of the provider."""

    @property
    def is_finished(self) -> bool:
        """Whether the answer is complete, although its stream may go on."""

    @property
    def pending(self) -> int:
        """The size of the unfinished message, in bytes."""

    @property
    def beginning(self) -> bytes:
        """What came first, for the admin."""

    def feed(self, chunk: bytes) -> list[Read]:
        """Return the events that this chunk completes."""

    def finish(self) -> list[Read]:
        """Return the events that are complete because nothing follows them."""


class Connection:
    """The connections to one provider. They belong to the event loop that uses them first."""

    def __init__(self, endpoint: Endpoint, ticker: Ticker | None = None) -> None:
        self.endpoint = endpoint
        self._ticker = ticker or Ticker(TICK_SECONDS)
        self._client: openai.AsyncOpenAI | None = None
        self._streams = 0

    @property
    def provider(self) -> str:
        """The provider's id."""
        return self.endpoint.id

    @property
    def is_idle(self) -> bool:
        """Whether nobody reads an answer."""
        return self._streams == 0

    @property
    def client(self) -> openai.AsyncOpenAI:
        if self._client is None:
            endpoint = self.endpoint
            timeout = httpx2.Timeout(endpoint.timeout, connect=endpoint.connect_timeout)
            limits = httpx2.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS)
            self._client = openai.AsyncOpenAI(
                api_key=endpoint.key,
                base_url=endpoint.base_url,
                organization=endpoint.organization,
                project=endpoint.project,
                default_headers=dict(endpoint.headers),
                # A request that is sent twice may be billed twice.
                max_retries=0,
                timeout=timeout,
                http_client=openai.DefaultAioHttpClient(timeout=timeout, limits=limits, follow_redirects=False),
            )
            # Empty ones are not sent, and not taken from the SDK's own environment variables either.
            self._client.organization, self._client.project = (
                self._client.organization or None,
                self._client.project or None,
            )
        return self._client

    async def close(self) -> None:
        """Close the connections to the provider."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def models(self) -> list[str]:
        """Return the names of the models that the provider lists. Raise `Failure`."""
        return [str(model.get("id")) for model in await self.listed()]

    async def listed(self) -> list[dict[str, Any]]:
        """Return the models that the provider lists, as it describes them. Raise `Failure`."""
        with failures():
            async with self.client.models.with_streaming_response.list(timeout=MODELS_TIMEOUT_SECONDS) as response:
                listed = await read_object(response, MAX_LIST_BYTES)
        return [*dicts(listed.get("data"))]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count an answer that is read, and raise `Failure` for whatever goes wrong."""
        self._streams += 1
        try:
            with failures():
                yield
        finally:
            self._streams -= 1

    async def read(
        self, response: Streamed, stream: Stream[Read], take: Callable[[list[Read]], list[Read]]
    ) -> AsyncGenerator[list[Read], None]:
        """Yield what `take` leaves of the events of a streamed answer, in the batches in which they arrive."""
        has_come = False

        def feed(chunk: bytes) -> list[Read]:
            nonlocal has_come
            if stream.pending > MAX_EVENT_BYTES:
                raise failure("server_error", detail="an event of the stream is too large")
            events = stream.feed(chunk)
            has_come = has_come or bool(events)
            return take(events)

        try:
            async for left in read_all(response.http_response, self._ticker, feed):
                yield left
        except BROKEN:
            if not stream.is_finished:
                raise
        if events := stream.finish():
            yield take(events)
        elif stream.beginning and not has_come:
            raise failure("stream_cut", detail=f"no event came, but {stream.beginning.decode(errors='replace')}")


async def read_bytes(response: Streamed, max_bytes: int) -> bytes:
    """Return what a provider answers with. Raise `Failure` if it has more bytes."""
    content = bytearray()
    async for chunk in response.iter_bytes():
        content += chunk
        if len(content) > max_bytes:
            raise failure("server_error", detail="the answer is too large")
    return bytes(content)


async def read_object(response: Streamed, max_bytes: int) -> dict[str, Any]:
    """Return the JSON object that a provider answers with. Raise `Failure` if it is none, or has more bytes."""
    content = await read_bytes(response, max_bytes)
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise failure("stream_cut", detail=f"the answer is not JSON: {error}") from error


@contextmanager
def failures() -> Iterator[None]:
    """Raise `Failure` for whatever the SDK and the layers below it raise."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _from_status(error) from error
    except BROKEN as error:
        raise _from_connection(error) from error
    except (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError) as error:
        # Among others, what aiohttp raises for headers that it doesn't accept.
        raise failure("server_error", detail=_words(error)) from error


def _from_status(error: openai.APIStatusError) -> Failure:
    headers = error.response.headers
    may_retry = headers.get("x-should-retry") != "false"
    return failure_of_body(
        error.response.content,
        status=error.status_code,
        retry_after=_seconds_to_wait(headers) if may_retry else None,
        request_id=error.request_id,
    )


def _from_connection(error: Exception) -> Failure:
    """Look at what aiohttp raised first: its transport calls every break before the headers a time-out."""
    causes = [*_causes(error)]
    if any(isinstance(cause, UNSENT) for cause in causes):
        return failure("connection_error", detail=_words(error), retry_after=0)
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return failure("timeout", detail=_words(error))
    # The SDK passes on errors after the headers unchanged.
    has_headers = not isinstance(error, openai.APIConnectionError)
    return failure("stream_cut" if has_headers else "connection_lost", detail=_words(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _seconds_to_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait by OpenAI's header, in milliseconds, or HTTP's, in seconds or as a date."""
    said = headers.get("retry-after", "")
    readings: tuple[Callable[[], float], ...] = (
        lambda: float(headers.get("retry-after-ms", "")) / 1000,
        lambda: float(said),
        lambda: parsedate_to_datetime(said).timestamp() - time.time(),
    )
    for read in readings:
        with suppress(ValueError, OverflowError):
            # In this order, NaN becomes 0 too.
            return max(0.0, read())
    return 0


def _words(error: Exception) -> str:
    cause = f": {error.__cause__}" if error.__cause__ else ""
    return f"{type(error).__name__}: {error}{cause}"
