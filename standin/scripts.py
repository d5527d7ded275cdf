"""How tests tell the stand-in what to do next, and ask what requests came: `/_script`, described in README.md."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

import msgspec
from aiohttp import web

from standin import odd
from standin.drawing import Drawing
from standin.events import Call, Delivery, Part, Text
from standin.events import steps as response_steps
from standin.steps import Cut, Step

MAX_RECORDS = 1000
MAX_WAIT_SECONDS = 10


class Error(msgspec.Struct, forbid_unknown_fields=True):
    """An answer that is no stream, with any status, body and headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = {}


class FunctionCall(msgspec.Struct, forbid_unknown_fields=True):
    """A function that the answer calls. Its arguments are the text that the model wrote, which may be no JSON."""

    name: str
    arguments: str = "{}"
    call_id: str | None = None


class Image(msgspec.Struct, forbid_unknown_fields=True):
    """An image that the answer makes, with a text below it."""

    prompt: str
    size: tuple[int, int] = (256, 256)
    partial_images: int = 2
    output_format: str = "png"
    text: str = ""


class Script(msgspec.Struct, forbid_unknown_fields=True):
    """What to answer to the next requests that match."""

    on: Literal["create", "retrieve", "compact", "count", "upload", "delete_file", "vector_stores"] = "create"
    match: str | None = None
    has: str | None = None
    times: int | None = None
    wait: str | None = None
    text: str | None = None
    calls: list[FunctionCall] | None = None
    image: Image | None = None
    deltas: int | None = None
    delay: float = 0
    at: dict[int, Step] = {}
    steps: list[Step] | None = None
    error: Error | None = None
    drop: Cut | None = None
    odd: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        if [self.text, self.calls, self.image, self.steps, self.error, self.drop, self.odd].count(None) != 6:
            raise ValueError("exactly one of text, calls, image, steps, error, drop and odd is required")
        if self.on != "create" and (self.text or self.calls or self.image or self.steps):
            raise ValueError(f"a script for {self.on} can only have error, drop or odd")
        if self.on not in ("create", "vector_stores") and (self.match or self.has):
            raise ValueError(f"a script for {self.on} has no match")
        if self.odd is not None:
            odd.named(self.odd)
        if self.deltas is not None and not 0 < self.deltas <= len(self.text or ""):
            raise ValueError("deltas must be between 1 and the number of characters in text")

    def parts(self) -> list[Part]:
        """Return the parts of an answer that isn't streamed."""
        if self.image is not None:
            image = self.image
            made = Drawing(image.prompt, image.size, image.partial_images, output_format=image.output_format)
            return [made, *([Text(image.text)] if image.text else [])]
        if self.calls is None:
            return [Text(self.text or "")]
        return [Call(call.name, call.arguments, call.call_id) for call in self.calls]

    def to_steps(
        self, delivery: Delivery, make: Callable[[list[Part], Delivery], Iterable[Step]] = response_steps
    ) -> list[Step]:
        """Return the steps of one response. `make` makes those of a text, in the dialect of the request."""
        if self.steps is not None:
            return self.steps
        wanted = replace(delivery, delay=self.delay, deltas=self.deltas)
        made = list(make(self.parts(), wanted))
        for number, change in self.at.items():
            for name, value in msgspec.structs.asdict(change).items():
                if value:
                    setattr(made[number], name, value)
        return made


class Record(msgspec.Struct):
    """One request to /v1. Its headers are not recorded, because they contain the API key."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int | None = None
    gone: bool = False
    """Whether the client disconnected before its answer was complete."""


class Scripts:
    """The scripts, the released names and the recorded requests."""

    def __init__(self) -> None:
        self._scripts: list[Script] = []
        self._gates: dict[str, asyncio.Event] = {}
        self._records: deque[Record] = deque(maxlen=MAX_RECORDS)
        self._recorded = asyncio.Condition()

    def next(self, question: str = "", body: Any = None, on: str = "create") -> Script | None:
        """Use one run of the first script that matches the last message's text and the body, if there is one."""
        sent = msgspec.json.encode(body).decode()
        for script in self._scripts:
            is_meant = script.on == on and script.times != 0
            if is_meant and (script.match or "") in question and (script.has or "") in sent:
                if script.times is not None:
                    script.times -= 1
                return script
        return None

    def add(self, script: Script) -> None:
        self._scripts.append(script)

    def clear(self) -> None:
        """Forget the scripts and the names. Responses that still wait for a name go on."""
        self._scripts.clear()
        for gate in self._gates.values():
            gate.set()
        self._gates.clear()

    async def wait_for_release(self, name: str) -> None:
        await self._gate(name).wait()

    def release(self, name: str) -> None:
        self._gate(name).set()

    def _gate(self, name: str) -> asyncio.Event:
        return self._gates.setdefault(name, asyncio.Event())

    def record(self, record: Record) -> None:
        self._records.append(record)

    async def settle(self, record: Record, *, status: int | None = None, gone: bool = False) -> None:
        record.status, record.gone = status or record.status, gone
        async with self._recorded:
            self._recorded.notify_all()

    def forget_requests(self) -> None:
        self._records.clear()

    async def requests(self, *, settled: int, gone: int) -> list[Record]:
        """Return all records once so many are answered and so many clients are gone, or after `MAX_WAIT_SECONDS`."""

        def is_settled() -> bool:
            records = self._records
            return (
                sum(record.status is not None or record.gone for record in records) >= settled
                and sum(record.gone for record in records) >= gone
            )

        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_WAIT_SECONDS), self._recorded:
                await self._recorded.wait_for(is_settled)
        return list(self._records)


def routes(scripts: Scripts) -> Iterator[web.RouteDef]:
    """Return the endpoints under /_script."""

    async def add(request: web.Request) -> web.Response:
        try:
            scripts.add(msgspec.json.decode(await request.read(), type=Script))
        except (msgspec.DecodeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.Response(status=204)

    async def release(request: web.Request) -> web.Response:
        scripts.release(request.match_info["name"])
        return web.Response(status=204)

    async def requests(request: web.Request) -> web.Response:
        wanted = {name: int(request.query.get(name, 0)) for name in ("settled", "gone")}
        records = await scripts.requests(**wanted)
        return web.Response(body=msgspec.json.encode(records), content_type="application/json")

    yield web.post("/_script", add)
    yield web.delete("/_script", handler_of(scripts.clear))
    yield web.post("/_script/release/{name}", release)
    yield web.get("/_script/requests", requests)
    yield web.delete("/_script/requests", handler_of(scripts.forget_requests))


def handler_of(action: Callable[[], None]) -> Any:
    async def handle(_: web.Request) -> web.Response:
        action()
        return web.Response(status=204)

    return handle
