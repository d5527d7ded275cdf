"""The viewers: many WebSocket clients in one process, which use too little CPU time to distort the figures.

While answers stream, a viewer only records when each frame came. The frames are read afterwards.
"""

import asyncio
import gc
import json
import re
import time
import uuid
from dataclasses import dataclass

DELTA = b'{"type":"response.output_text.delta"'
END = (
    b'{"type":"response.completed"',
    b'{"type":"response.failed"',
    b'{"type":"response.incomplete"',
    b'{"type":"error"',
)
STAMP = re.compile(r"@(\d+\.\d{6})")

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Viewer(asyncio.Protocol):
    """A tab that sends one message and keeps the frames of the answer, each with the time at which it came."""

    def __init__(self, port: int, cookie: str) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.frames: list[tuple[float, bytes]] = []
        self._port = port
        self._cookie = cookie
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(
            "GET /socket/ HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self._port}\r\nOrigin: http://127.0.0.1:{self._port}\r\n"
            f"Cookie: sessionid={self._cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def ask(self, deltas: int) -> None:
        words = {"type": "input_text", "text": f"Please answer in {deltas} deltas."}
        command = {
            "type": "response.create",
            "client_message_id": str(uuid.uuid4()),
            "input": [{"type": "message", "role": "user", "content": [words]}],
        }
        self._send(TEXT, json.dumps(command).encode())

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
            if opcode == TEXT:
                self.frames.append((now, payload))
                if payload.startswith(END) and not self.ended.done():
                    self.ended.set_result(None)
            elif opcode == PING:
                self._send(PONG, payload)
        self._received = data[start:]

    def connection_lost(self, problem: Exception | None) -> None:
        for future in (self.opened, self.ended):
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
    """What one viewer saw: the text of the answer, and the latency of each delta in seconds."""

    text: str
    latencies: list[float]


def evaluate(viewer: Viewer) -> Seen:
    seen = Seen("", [])
    for arrived, payload in viewer.frames:
        if payload.startswith(DELTA):
            text = json.loads(payload)["delta"]
            seen.text += text
            seen.latencies += [arrived - float(stamp) for stamp in STAMP.findall(text)]
    return seen


async def open_viewers(port: int, cookies: list[str]) -> list[Viewer]:
    loop = asyncio.get_running_loop()
    viewers = [
        (await loop.create_connection(lambda cookie=cookie: Viewer(port, cookie), "127.0.0.1", port))[1]  # type: ignore[misc]
        for cookie in cookies
    ]
    await asyncio.gather(*(viewer.opened for viewer in viewers))
    return viewers


async def watch(viewers: list[Viewer], deltas: int) -> None:
    """Have all viewers send their messages at once, and wait until every answer has ended."""
    # A garbage collection in this process would look like a delay of the server.
    gc.disable()
    try:
        async with asyncio.timeout(60):
            for viewer in viewers:
                viewer.ask(deltas)
            await asyncio.gather(*(viewer.ended for viewer in viewers))
    finally:
        gc.enable()
