"""The endpoint of chat completions under /v1."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
from aiohttp import web

from standin import answers, context
from standin.chat_completions.chunks import Completion, new_id
from standin.chat_completions.requests import as_response_request, validate
from standin.context import Context
from standin.events import Delivery
from standin.file_inputs import read_inputs
from standin.files import Files
from standin.replies import hang_up, instead, json
from standin.scripts import Script, Scripts
from standin.steps import Step

LIMITS = ("max_completion_tokens", "max_tokens")
ONLY = ("pdf",)
"""The files that it takes."""


class ChatApi:
    """The handler of the endpoint, with the scripts that it shares with the other dialect."""

    def __init__(self, scripts: Scripts, files: Files, delay: float) -> None:
        self._scripts = scripts
        self._files = files
        self._delay = delay

    def routes(self) -> Iterator[web.RouteDef]:
        yield web.post("/v1/chat/completions", self.create)

    async def create(self, request: web.Request) -> web.StreamResponse:
        body = validate(request["body"])
        request_context = await self._context(body)
        script = self._scripts.next(request_context.question, body)
        completion = Completion(body, request_context.input_tokens, (script and script.id) or new_id())
        if script and (reply := await instead(request, script, {"id": completion.id}, self._scripts)):
            return reply
        limit = next((body[name] for name in LIMITS if body.get(name) is not None), None)
        delivery = Delivery(background=False, limit=limit, obfuscation=False, delay=self._delay)
        if body.get("stream"):
            return await self._stream(request, self._steps(completion, request_context, script, delivery))
        parts = script.parts() if script else answers.answer(request_context)
        return json(completion.whole(parts, delivery))

    async def _context(self, body: dict[str, object]) -> Context:
        asked = as_response_request(body)
        # In a thread, because decoding a large image would delay the other streams.
        images = await asyncio.to_thread(context.measure_images, asked["input"])
        new = context.with_ids(asked["input"])
        documents = await asyncio.to_thread(read_inputs, self._files, [], new, only=ONLY)
        request_context = Context(asked, [], new, images, documents=documents)
        context.check_context(request_context)
        return request_context

    @staticmethod
    def _steps(
        completion: Completion, request_context: Context, script: Script | None, delivery: Delivery
    ) -> list[Step]:
        if script:
            return script.to_steps(delivery, completion.steps)
        return list(completion.steps(answers.answer(request_context), delivery))

    async def _stream(self, request: web.Request, steps: list[Step]) -> web.StreamResponse:
        """Send the chunks as Server-Sent Events. A client that disconnects ends it."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        )
        await response.prepare(request)
        for step in steps:
            if step.pause:
                await asyncio.sleep(step.pause)
            if step.wait is not None:
                await self._scripts.wait_for_release(step.wait)
            if data := bytes_of(step):
                await response.write(data)
            if step.cut:
                if step.cut == "abort":
                    hang_up(request, "abort")
                break
        return response


def bytes_of(step: Step) -> bytes:
    """Return what the step sends."""
    data = b"data: %b\n\n" % msgspec.json.encode(step.event) if step.event is not None else b""
    if step.half:
        data = data[: len(data) // 2]
    return data + (step.raw or "").encode() + (step.base64 or b"")
