"""A provider that needs little CPU time: raw asyncio, and one timer that writes the next delta of every answer.

The text of each delta contains the time at which it was written, so that a viewer can measure its latency. The first
one also contains how long after the request that was.
"""

import asyncio
import json
import re
import time
from typing import Any, cast

import uvloop

from bench.figures import percentile

DELTA_SECONDS = 0.02
REQUESTED_DELTAS = re.compile(rb"(\d+) deltas")

DELTA = (
    b"event: response.output_text.delta\n"
    b'data: {"type":"response.output_text.delta","sequence_number":%d,"item_id":"%s","output_index":0,'
    b'"content_index":0,"delta":"%s","logprobs":[],"obfuscation":"rT7cWx2"}\n\n'
)


async def serve() -> None:
    answers = Answers()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    due = loop.time()
    while True:
        due = max(due + DELTA_SECONDS, loop.time())
        await asyncio.sleep(due - loop.time())
        answers.lateness.append(loop.time() - due)
        answers.write_next()


class Answers:
    """All answers: those in progress, and the text of each that was requested."""

    def __init__(self) -> None:
        self.running: set[Answer] = set()
        self.texts: dict[str, str] = {}
        self.lateness: list[float] = []
        """How late each tick was, in seconds, since that was last asked for."""

    def begin(self, question: bytes, transport: asyncio.WriteTransport) -> None:
        """Begin an answer of as many deltas as the message asks for."""
        deltas = REQUESTED_DELTAS.search(question)
        response_id = f"resp_{len(self.texts):048x}"
        self.texts[response_id] = ""
        self.running.add(Answer(response_id, int(deltas[1]) if deltas else 1, transport))

    def take_lateness(self) -> float:
        """Return p99 of how late the ticks were since the last call."""
        lateness, self.lateness = self.lateness, []
        return percentile(lateness, 99)

    def write_next(self) -> None:
        for answer in list(self.running):
            if answer.is_cut:
                self.running.discard(answer)
            elif answer.is_complete:
                self.running.discard(answer)
                self.texts[answer.response_id] = answer.end()
            else:
                answer.write_delta()


class Answer:
    """A stream of server-sent events, in the API's order and shapes."""

    def __init__(self, response_id: str, deltas: int, transport: asyncio.WriteTransport) -> None:
        self.response_id = response_id
        self._item_id = response_id.replace("resp_", "msg_")
        self._transport = transport
        self._deltas = deltas
        self._pieces: list[bytes] = []
        self._number = 0
        self._requested = time.monotonic()
        transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        self._write("response.created", response=self._response("in_progress"))
        self._write("response.in_progress", response=self._response("in_progress"))
        self._write("response.output_item.added", output_index=0, item=self._item("in_progress"))
        self._write("response.content_part.added", **self._position(), part=_part(""))

    @property
    def is_cut(self) -> bool:
        """Return whether nobody reads it any more."""
        return self._transport.is_closing()

    @property
    def is_complete(self) -> bool:
        return len(self._pieces) == self._deltas

    def write_delta(self) -> None:
        now = time.monotonic()
        piece = b" sea@%.6f" % now if self._pieces else b" sea@%.6f+%.6f" % (now, now - self._requested)
        self._pieces.append(piece)
        self._chunk(DELTA % (self._number, self._item_id.encode(), piece))

    def end(self) -> str:
        """Write the last events; return the whole text."""
        text = b"".join(self._pieces).decode()
        item = self._item("completed", _part(text))
        self._write("response.output_text.done", **self._position(), text=text, logprobs=[])
        self._write("response.content_part.done", **self._position(), part=_part(text))
        self._write("response.output_item.done", output_index=0, item=item)
        self._write("response.completed", response=self._response("completed", item))
        self._transport.write(b"0\r\n\r\n")
        return text

    def _write(self, kind: str, **fields: Any) -> None:
        data = json.dumps({"type": kind, "sequence_number": self._number, **fields}, separators=(",", ":"))
        self._chunk(f"event: {kind}\ndata: {data}\n\n".encode())

    def _chunk(self, event: bytes) -> None:
        self._number += 1
        self._transport.write(b"%x\r\n%s\r\n" % (len(event), event))

    def _position(self) -> dict[str, Any]:
        return {"item_id": self._item_id, "output_index": 0, "content_index": 0}

    def _item(self, status: str, *content: dict[str, Any]) -> dict[str, Any]:
        return {"id": self._item_id, "type": "message", "status": status, "role": "assistant", "content": content}

    def _response(self, status: str, *output: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.response_id,
            "object": "response",
            "created_at": int(time.time()),
            "completed_at": int(time.time()) if output else None,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": "You are a helpful assistant for a team. Answer in Markdown.",
            "max_output_tokens": None,
            "model": "bench",
            "output": output,
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "store": True,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": {
                "input_tokens": 12,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": len(self._pieces),
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": 12 + len(self._pieces),
            }
            if output
            else None,
            "user": None,
            "metadata": {},
        }


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


class Connection(asyncio.Protocol):
    """An HTTP connection. Every POST requests an answer; a GET returns something about all answers."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _content_length(head):
            return
        self._received = b""
        if head.startswith(b"POST"):
            self._answers.begin(body, self._transport)
        else:
            is_about_texts = head.split()[1].endswith(b"/texts")
            about = json.dumps(self._answers.texts if is_about_texts else self._answers.take_lateness()).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(about), about))


def _content_length(head: bytes) -> int:
    return next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")),
        0,
    )


if __name__ == "__main__":
    uvloop.run(serve())
