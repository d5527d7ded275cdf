"""The bytes of a streamed response: what has come, at once after a pause, else with the next tick.

Read as they come, the few words of each delta would pass through the layers of four libraries and wake a task one by
one, and that costs more than all that is done with them.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from typing import Generic, TypeVar

import aiohttp
import httpx2
from aiohttp.client_proto import ResponseHandler

from common.ticker import Ticker

TICK_SECONDS = 0.052
"""Of many answers. Each tick costs as much as several deltas, and what waits for it is late by as much."""
DELTA = b"delta"
"""In the events of every dialect that bring words."""
MUCH_BYTES = 65_536
"""After so much at once, there is more to read already."""

T = TypeVar("T")
Feed = Callable[[bytes], list[T]]
"""Does what it can with bytes without waiting, and returns what is left of them."""


async def read_all(response: httpx2.Response, ticker: Ticker, feed: Feed[T]) -> AsyncGenerator[list[T], None]:
    """Feed what comes until the response ends, and yield what is left of it, if anything.

    Raise what `aiohttp` or `httpx2` raise if the response breaks.
    """
    received = received_by(response)
    if received is None:
        async for chunk in response.aiter_bytes():
            if left := feed(chunk):
                yield left
        return
    reader = Reader(received, ticker, feed)
    has_words = False
    try:
        while chunk := await reader.read():
            if left := feed(chunk):
                yield left
            # The first words must not wait because it was announced just before that they will come.
            has_words = has_words or DELTA in chunk
            if has_words and len(chunk) < MUCH_BYTES:
                while left := await reader.feed_with_ticks():
                    yield left
    finally:
        reader.leave_to_loop()


def received_by(response: httpx2.Response) -> aiohttp.ClientResponse | None:
    """Return the response that aiohttp receives; None if it is compressed, or if another library receives it.

    The layers above it do nothing with its bytes: httpx2's stream, and the SDK's transport below it.
    """
    if "content-encoding" in response.headers:
        return None
    transported = getattr(response.stream, "_stream", None)
    received = getattr(transported, "_aiohttp_response", None)
    return received if isinstance(received, aiohttp.ClientResponse) else None


class Reader(Generic[T]):
    """A reader of the bytes that aiohttp receives of a response."""

    def __init__(self, received: aiohttp.ClientResponse, ticker: Ticker, feed: Feed[T]) -> None:
        self._content = received.content
        self._ticker = ticker
        self._feed = feed
        self._left: asyncio.Future[list[T]]
        self._seconds: float | None = None
        self._polled: Polled | None = None
        self._protocol = received.connection.protocol if received.connection else None
        # Not by its truth: a protocol is empty while no response begins.
        if self._protocol is not None:
            # aiohttp would begin its timer anew with each piece.
            self._seconds, self._protocol.read_timeout = self._protocol.read_timeout, None

    async def read(self) -> bytes:
        """Return what has come, as soon as something has; nothing at the end."""
        self.leave_to_loop()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._content.readany()
        except TimeoutError as error:
            raise aiohttp.SocketTimeoutError("nothing came any more") from error
        except aiohttp.ClientError:
            # What had come before the connection broke is still there.
            if rest := self._take():
                return rest
            raise

    async def feed_with_ticks(self) -> list[T]:
        """Feed with each tick what has come, without a task; return what is left of it, or nothing after a pause."""
        self._left = asyncio.get_running_loop().create_future()
        self._ticker.call(self._tick)
        return await self._left

    def _tick(self) -> None:
        if self._left.done():
            # Its task was cancelled.
            return
        try:
            if self._polled and not self._polled.receive(self._content):
                self.leave_to_loop()
            chunk = self._take()
            left = self._feed(chunk) if chunk else []
        except Exception as error:  # noqa: BLE001  raised where the rest is awaited
            self._left.set_exception(error)
            return
        if chunk and not left and len(chunk) < MUCH_BYTES:
            self._polled = self._polled or polled(self._protocol)
            self._ticker.call(self._tick)
        else:
            self._left.set_result(left)

    def leave_to_loop(self) -> None:
        """Let the event loop read the connection again."""
        if self._polled:
            self._polled.end()
            self._polled = None

    def _take(self) -> bytes:
        """Return what has come, as `read_nowait` does. That one asks the connection to go on with each piece."""
        content = self._content
        if content._protocol._reading_paused:
            whole: bytes = content._read_nowait(-1)
            return whole
        taken = b"".join(content._buffer)
        content._buffer.clear()
        content._size = 0
        content._cursor += len(taken)
        if content._http_chunk_splits:
            content._http_chunk_splits.clear()
        return taken


class Polled:
    """A connection that the event loop doesn't read: with each tick, one system call gets what has come.

    While words come quickly, each of them would wake the loop and pass through its and aiohttp's layers.
    """

    def __init__(self, protocol: ResponseHandler, transport: asyncio.Transport, descriptor: int) -> None:
        self._protocol = protocol
        self._transport = transport
        self._descriptor = descriptor
        transport.pause_reading()

    def receive(self, content: aiohttp.StreamReader) -> bool:
        """Let aiohttp have what has come. Return False if the loop must go on: at a pause, at the end, if it breaks."""
        # The number of a closed connection may be another one's by now.
        if self._transport.is_closing():
            return False
        try:
            data = os.read(self._descriptor, MUCH_BYTES)
        except OSError:
            return False
        if data:
            self._protocol.data_received(data)
        return bool(data) and not content.is_eof()

    def end(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()


def polled(protocol: ResponseHandler | None) -> Polled | None:
    """Stop the event loop's reading of a connection; return None if it is encrypted, or can't be read now."""
    transport = protocol.transport if protocol is not None else None
    if protocol is None or transport is None or transport.is_closing() or protocol._reading_paused:
        return None
    if transport.get_extra_info("sslcontext") or not (connected := transport.get_extra_info("socket")):
        return None
    return Polled(protocol, transport, connected.fileno())
