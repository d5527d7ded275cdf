"""What waits between a connection and its application. It is bounded in both directions."""

import asyncio
import logging
from collections import deque
from typing import Any

logger = logging.getLogger(__name__)

MAX_INBOX_BYTES = 262_144
"""Above it, nothing more is read from the connection. What was read last may exceed it."""
MESSAGE_BYTES = 500
"""Counted for a message itself, so that many empty ones fill the inbox, too."""
READER_SECONDS = 30.0
MIN_READ_BYTES = 131_072
"""To be read in each `READER_SECONDS`, unless less is left."""


class Inbox:
    """The messages of one connection for its application, in order. While it is full, its connection isn't read."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._messages: deque[dict[str, Any]] = deque()
        self._arrived = asyncio.Event()
        self._size = 0
        self._is_paused = False

    def put_nowait(self, message: dict[str, Any]) -> None:
        """Append a message. A piece of a body is joined to the one before it."""
        last = self._messages[-1] if self._messages else {}
        if message["type"] == last.get("type") == "http.request":
            last["body"] += message["body"]
            last["more_body"] = message["more_body"]
            self._size += len(message["body"])
        else:
            self._messages.append(message)
            self._size += _size(message)
        self._arrived.set()
        if self._size > MAX_INBOX_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pauseProducing()

    async def get(self) -> dict[str, Any]:
        """Remove and return the first message, when there is one."""
        while not self._messages:
            self._arrived.clear()
            await self._arrived.wait()
        message = self._messages.popleft()
        self._size -= _size(message)
        if self._size <= MAX_INBOX_BYTES:
            self.resume()
        return message

    def resume(self) -> None:
        """Read from the connection again, if that was paused."""
        if self._is_paused:
            self._is_paused = False
            self._transport.resumeProducing()


class Backpressure:
    """Lets an application send no faster than the other end of a connection reads."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._may_send = asyncio.Event()
        self._may_send.set()

    def pause(self) -> None:
        """Let the application wait."""
        self._may_send.clear()

    def resume(self) -> None:
        """Let the application send: everything has been read, or the connection is lost."""
        self._may_send.set()

    @property
    def may_send(self) -> bool:
        return self._may_send.is_set()

    async def wait(self) -> None:
        """Wait until the application may send. Drop the connection if its other end hardly reads, or doesn't at all."""
        while not self._may_send.is_set():
            unsent = self._unsent()
            try:
                async with asyncio.timeout(READER_SECONDS):
                    await self._may_send.wait()
            except TimeoutError:
                if unsent - self._unsent() < MIN_READ_BYTES:
                    logger.info("a connection whose other end reads nothing was dropped")
                    self._transport.abortConnection()
                    self.resume()

    def _unsent(self) -> int:
        # Twisted has no public name for it (twisted.internet.abstract.FileDescriptor).
        transport = self._transport
        return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def write_directly(transport: Any, data: bytes) -> None:
    """Write to one of Twisted's connections: to the socket itself, if nothing waits to be sent before it.

    Twisted waits for the event loop to say that the socket can be written to, which costs more than the writing.
    """
    if not transport.connected or transport.dataBuffer or transport._tempDataLen:
        transport.write(data)
        return
    sent = transport.writeSomeData(data)
    # Anything but a number is an error, which the next attempt to write reports to the protocol.
    rest = data[sent:] if isinstance(sent, int) else data
    if rest:
        transport.write(rest)


def _size(message: dict[str, Any]) -> int:
    return MESSAGE_BYTES + sum(len(message.get(part) or "") for part in ("body", "text", "bytes"))
