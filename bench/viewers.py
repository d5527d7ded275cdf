"""The viewers: many WebSocket clients in one process, which use too little CPU time to distort the figures.

While answers stream, a viewer only records when each frame came. The frames are read afterwards.
"""

import asyncio
import gc
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

DELTA = b'{"type":"response.output_text.delta"'
END = (
    b'{"type":"response.completed"',
    b'{"type":"response.failed"',
    b'{"type":"response.incomplete"',
    b'{"type":"error"',
)
STAMP = re.compile(r"@(\d+\.\d{6})")
DELAY = re.compile(r"\+(\d+\.\d{6})")

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

LATENESS_SECONDS = 0.01
"""How often it is measured."""
MAX_EXTRA_SECONDS = 40
"""How much longer answers may take than the provider writes them."""


@dataclass
class Exchange:
    """A message, when it was sent, and the frames that came after it, each with its time."""

    sent: float
    ended: "asyncio.Future[None]"
    frames: list[tuple[float, bytes]] = field(default_factory=list)


class Viewer(asyncio.Protocol):
    """A tab that sends one message after the other."""

    def __init__(self, port: int, cookie: str) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.exchanges: list[Exchange] = []
        self._port = port
        self._cookie = cookie
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(
            "GET /socket/ HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self._port}\r\nOrigin: http://127.0.0.1:{self._port}\r\n"
            f"Cookie: sessionid={self._cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def ask(self, deltas: int) -> Exchange:
        words = {"type": "input_text", "text": f"Please answer in {deltas} deltas."}
        command = {
            "type": "response.create",
            "client_message_id": str(uuid.uuid4()),
            "input": [{"type": "message", "role": "user", "content": [words]}],
        }
        frame = json.dumps(command).encode()
        exchange = Exchange(time.monotonic(), asyncio.get_running_loop().create_future())
        self.exchanges.append(exchange)
        self._send(TEXT, frame)
        return exchange

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._received + data
        if not self.opened.done():
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._received = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(head.decode())
            self.opened.set_result(None)
        start = 0
        while (frame := _frame(data, start)) is not None:
            opcode, payload, start = frame
            if opcode == TEXT and self.exchanges:
                exchange = self.exchanges[-1]
                exchange.frames.append((now, payload))
                if payload.startswith(END) and not exchange.ended.done():
                    exchange.ended.set_result(None)
            elif opcode == PING:
                self._send(PONG, payload)
        self._received = data[start:]

    def connection_lost(self, problem: Exception | None) -> None:
        for future in (self.opened, *(exchange.ended for exchange in self.exchanges[-1:])):
            if not future.done():
                future.set_exception(problem or ConnectionError("the server closed a socket"))

    def _send(self, opcode: int, payload: bytes) -> None:
        """Send a frame, masked with zeros, which is a valid mask."""
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        self._transport.write(bytes([0x80 | opcode]) + size + b"\0\0\0\0" + payload)


def _frame(data: bytes, start: int) -> tuple[int, bytes, int] | None:
    """Return the opcode and payload of the frame at an offset, and the offset of the next; None if it is incomplete."""
    if len(data) < start + 2:
        return None
    opcode, size, begin = data[start] & 0x0F, data[start + 1], start + 2
    if size >= 126:
        begin += 2 if size == 126 else 8
        size = int.from_bytes(data[start + 2 : begin], "big")
    end = begin + size
    return (opcode, data[begin:end], end) if len(data) >= end else None


@dataclass
class Seen:
    """What a viewer saw of one answer. Times are in seconds."""

    text: str = ""
    first_word: float = 0.0
    """From sending the message to the first delta, without the time that the provider took for it."""
    written: list[float] = field(default_factory=list)
    """When the provider wrote each delta."""
    latencies: list[float] = field(default_factory=list)
    """How long after that the viewer had it."""


def evaluate(exchange: Exchange) -> Seen:
    seen = Seen()
    for arrived, payload in exchange.frames:
        if payload.startswith(DELTA):
            text = json.loads(payload)["delta"]
            if not seen.text and (delay := DELAY.search(text)):
                seen.first_word = arrived - exchange.sent - float(delay[1])
            seen.text += text
            written = [float(stamp) for stamp in STAMP.findall(text)]
            seen.written += written
            seen.latencies += [arrived - stamp for stamp in written]
    return seen


@asynccontextmanager
async def viewers(port: int, cookies: list[str]) -> AsyncIterator[list[Viewer]]:
    """Open a socket for each person, and close them after the block."""
    loop = asyncio.get_running_loop()
    opened: list[Viewer] = []
    try:
        for cookie in cookies:
            make = lambda cookie=cookie: Viewer(port, cookie)  # noqa: E731
            opened.append((await loop.create_connection(make, "127.0.0.1", port))[1])
        async with asyncio.timeout(60):
            await asyncio.gather(*(viewer.opened for viewer in opened))
        yield opened
    finally:
        for viewer in opened:
            viewer.close()


async def watch(viewers: Iterable[Viewer], deltas: int, within: float = 0) -> list[Exchange]:
    """Have all viewers send their messages within so many seconds, and wait until every answer has ended.

    An answer whose socket is closed, or that takes far too long, is returned as it is then.
    """
    viewers = list(viewers)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    exchanges = []
    for number, viewer in enumerate(viewers):
        if (due := begin + within * number / len(viewers)) > loop.time():
            await asyncio.sleep(due - loop.time())
        exchanges.append(viewer.ask(deltas))
    with suppress(TimeoutError):
        async with asyncio.timeout(MAX_EXTRA_SECONDS + deltas * 0.02):
            await asyncio.gather(*(exchange.ended for exchange in exchanges), return_exceptions=True)
    return exchanges


async def ask_repeatedly(viewers: list[Viewer], deltas: int, answers: int, seconds: float) -> list[Exchange]:
    """Have each viewer ask as soon as its last answer has ended, until there were so many answers or seconds."""
    exchanges: list[Exchange] = []
    deadline = asyncio.get_running_loop().time() + seconds

    async def ask(viewer: Viewer) -> None:
        while len(exchanges) < answers and asyncio.get_running_loop().time() < deadline:
            exchange = viewer.ask(deltas)
            exchanges.append(exchange)
            await exchange.ended

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds + MAX_EXTRA_SECONDS):
            await asyncio.gather(*map(ask, viewers), return_exceptions=True)
    return exchanges


@asynccontextmanager
async def uncollected() -> AsyncIterator[list[float]]:
    """Collect no garbage meanwhile, which would look like a delay of the server; yield how late this process was."""
    lateness: list[float] = []

    async def measure() -> None:
        while True:
            due = time.monotonic() + LATENESS_SECONDS
            await asyncio.sleep(LATENESS_SECONDS)
            lateness.append(time.monotonic() - due)

    measuring = asyncio.create_task(measure())
    gc.disable()
    try:
        yield lateness
    finally:
        gc.enable()
        measuring.cancel()
        with suppress(asyncio.CancelledError):
            await measuring
