"""Odd answers: what servers have been seen to send, although the API says otherwise. They are in standin/odd/."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
from aiohttp import web

from standin.errors import Json

FOLDER = Path(__file__).parent / "odd"
SECTION = re.compile(rb"^=== (\S+)\n(.*?)(?=^=== |\Z)", re.DOTALL | re.MULTILINE)
WAIT = re.compile(rb"^: wait (\S+)\n", re.MULTILINE)
END = re.compile(rb"^: (end|abort)\n", re.MULTILINE)


@dataclass(frozen=True)
class OddAnswer:
    """An answer, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes

    async def play(
        self,
        request: web.Request,
        response: Json,
        wait_for_release: Callable[[str], Awaitable[object]],
    ) -> web.StreamResponse:
        """Send the answer. `"$response"` in it stands for this response object, `$id` for its id."""
        answer = web.StreamResponse(status=self.status, headers=self.headers)
        await answer.prepare(request)
        body, *end = END.split(self.body, maxsplit=1)
        said = body.replace(b'"$response"', msgspec.json.encode(response)).replace(b"$id", response["id"].encode())
        # Every second piece is the name that is waited for.
        for number, piece in enumerate(WAIT.split(said)):
            if number % 2:
                await wait_for_release(piece.decode())
            elif piece:
                await answer.write(piece)
        if end and end[0] == b"abort" and request.transport is not None:
            request.transport.abort()
        return answer


def named(name: str) -> OddAnswer:
    """Return the odd answer of this name. Raise `ValueError` if there is none."""
    if name not in (known := all_answers() | chat_answers()):
        raise ValueError(f"there is no odd answer {name!r}")
    return known[name]


@cache
def all_answers() -> dict[str, OddAnswer]:
    """Return all odd answers of the Responses API, by `file/section`."""
    return {f"{file}/{name}": answer for file, name, answer in sections(FOLDER)}


@cache
def chat_answers() -> dict[str, OddAnswer]:
    """Return all odd answers of Chat Completions, by `chat/section`."""
    return {f"chat/{name}": answer for _, name, answer in sections(FOLDER / "chat")}


def sections(folder: Path) -> Iterator[tuple[str, str, OddAnswer]]:
    """Yield the sections of the folder's files, each with the names of its file and of itself."""
    for path in sorted(folder.glob("*.txt")):
        for name, text in SECTION.findall(path.read_bytes()):
            yield path.stem, name.decode(), parsed(text)


def parsed(text: bytes) -> OddAnswer:
    """Return the answer of a section: comments, then `HTTP STATUS` and headers if they are unusual, then the body."""
    head, _, body = text.partition(b"\n\n")
    lines = [line for line in head.decode().split("\n") if line and not line.startswith("#")]
    status = int(lines.pop(0).removeprefix("HTTP ")) if lines and lines[0].startswith("HTTP ") else 200
    headers = {"Content-Type": "text/event-stream"} | dict(line.split(": ", 1) for line in lines)
    return OddAnswer(status, headers, body.rstrip(b"\n") + b"\n\n")
