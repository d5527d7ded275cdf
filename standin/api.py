"""The API's endpoints under /v1."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from aiohttp import web
from openai.types.responses.input_token_count_params import InputTokenCountParams
from openai.types.responses.response_compact_params import ResponseCompactParams

from standin import answers, compaction, context, errors, file_search
from standin.containers import Containers
from standin.context import Context
from standin.errors import ApiError, Json
from standin.events import Delivery, steps
from standin.file_inputs import read_inputs
from standin.files import Files
from standin.replies import hang_up, instead, json
from standin.responses import new_response
from standin.runs import Run
from standin.scripts import Script, Scripts
from standin.steps import Step
from standin.store import Store, Stored
from standin.validation import validate, validate_of
from standin.vector_store_api import VectorStoreApi, VectorStoreFileApi
from standin.vector_stores import VectorStores

MODELS_CREATED_AT = 1_767_225_600
MAX_PAGE_SIZE = 100


class Api:
    """The handlers of the endpoints, with the store and the scripts that they share."""

    def __init__(self, store: Store, scripts: Scripts, files: Files, delay: float) -> None:
        self._store = store
        self._scripts = scripts
        self._files = files
        self._delay = delay
        self._containers = Containers(files)
        self._vector_stores = VectorStores(files)

    def routes(self) -> Iterator[web.RouteDef]:
        one = "/v1/responses/{id}"
        yield web.post("/v1/responses", self.create)
        yield web.post("/v1/responses/compact", self.compact)
        yield web.post("/v1/responses/input_tokens", self.count)
        yield web.get(one, self.retrieve)
        yield web.delete(one, self.delete)
        yield web.post(f"{one}/cancel", self.cancel)
        yield web.get(f"{one}/input_items", self.input_items)
        yield from self._containers.routes()
        yield from VectorStoreApi(self._vector_stores, self._scripts).routes()
        yield from VectorStoreFileApi(self._vector_stores, self._scripts).routes()
        yield web.get("/v1/models", self.models)
        yield web.get("/v1/models/{id}", self.model)

    async def create(self, request: web.Request) -> web.StreamResponse:
        body = validate(request["body"])
        request_context = await self._context(body)
        script = self._scripts.next(request_context.question, body)
        response = new_response(body) | ({"id": script.id} if script and script.id else {})
        if script and (reply := await instead(request, script, response, self._scripts)):
            return reply
        run = Run(
            response,
            self._steps(request_context, script),
            input_tokens=(request_context.input_tokens, request_context.cached_tokens),
            wait_for_release=self._scripts.wait_for_release,
        )
        stored = Stored(
            run,
            request_context.new,
            previous=body.get("previous_response_id"),
            is_streamed=bool(body.get("stream")),
            is_kept=body.get("store") is not False,
        )
        self._store.add(stored)
        if body.get("background"):
            return await self._in_background(request, stored)
        return await self._in_foreground(request, stored)

    async def retrieve(self, request: web.Request) -> web.StreamResponse:
        response_id = request.match_info["id"]
        script = self._scripts.next(on="retrieve")
        if script and (reply := await instead(request, script, {"id": response_id}, self._scripts)):
            return reply
        if request.query.get("stream") == "true":
            after = integer_parameter(request, "starting_after", -1)
            return await stream(request, self._store.streamable(response_id), after=after)
        return json(self._store.get(response_id).run.response)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        response_id = request.match_info["id"]
        self._store.delete(response_id)
        return json({"id": response_id, "object": "response", "deleted": True})

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        run = self._store.get(request.match_info["id"]).run
        if not run.response["background"]:
            raise errors.not_cancellable()
        run.cancel()
        return json(run.response)

    async def input_items(self, request: web.Request) -> web.StreamResponse:
        """Answer with a page of the response's input items, newest first by default."""
        items = self._store.input_items(request.match_info["id"])
        order = request.query.get("order", "desc")
        if order not in ("asc", "desc"):
            raise errors.invalid_value("order", order, "'asc' and 'desc'")
        limit = integer_parameter(request, "limit", 20)
        if not 1 <= limit <= MAX_PAGE_SIZE:
            raise ApiError(f"Invalid 'limit': expected 1 to {MAX_PAGE_SIZE}.", param="limit")
        if order == "desc":
            items.reverse()
        after = request.query.get("after")
        if after is not None:
            items = items[index_of(items, after) + 1 :]
        page = items[:limit]
        return json(
            {
                "object": "list",
                "data": page,
                "first_id": page[0]["id"] if page else "",
                "last_id": page[-1]["id"] if page else "",
                "has_more": len(items) > limit,
            }
        )

    async def compact(self, request: web.Request) -> web.StreamResponse:
        if reply := await self._scripted(request, "compact"):
            return reply
        given = await self._context(validate_of(ResponseCompactParams, request["body"]))
        return json(compaction.compacted_response(given.given, given.input_tokens))

    async def count(self, request: web.Request) -> web.StreamResponse:
        if reply := await self._scripted(request, "count"):
            return reply
        given = await self._context(validate_of(InputTokenCountParams, request["body"]), checks_window=False)
        return json({"object": "response.input_tokens", "input_tokens": given.input_tokens})

    async def models(self, _: web.Request) -> web.StreamResponse:
        return json({"object": "list", "data": [model_object(model) for model in answers.MODELS]})

    async def model(self, request: web.Request) -> web.StreamResponse:
        model = request.match_info["id"]
        if model not in answers.MODELS:
            raise errors.model_not_found(model)
        return json(model_object(model))

    async def _scripted(self, request: web.Request, on: str) -> web.StreamResponse | None:
        script = self._scripts.next(on=on)
        return await instead(request, script, {}, self._scripts) if script else None

    async def _context(self, body: Json, *, checks_window: bool = True) -> Context:
        if body.get("conversation") is not None:
            raise ApiError("The stand-in keeps no conversations.", status=404, param="conversation")
        chain = self._store.chain(body.get("previous_response_id"))
        sent = body["input"]
        # In a thread, because decoding a large image would delay the other streams.
        images = {} if isinstance(sent, str) else await asyncio.to_thread(context.measure_images, sent)
        new = context.with_ids(sent if isinstance(sent, str) else self._store.resolve(sent))
        reasons = {} if isinstance(sent, str) else self._store.reasons(sent)
        documents = await asyncio.to_thread(read_inputs, self._files, chain, new)
        request_context = Context(body, chain, new, images, reasons, documents)
        self._containers.check(request_context)
        file_search.check(self._vector_stores, body)
        context.check_context(request_context, checks_window=checks_window)
        return request_context

    def _steps(self, request_context: Context, script: Script | None) -> list[Step]:
        body = request_context.body
        delivery = Delivery(
            background=bool(body.get("background")),
            limit=body.get("max_output_tokens"),
            obfuscation=(body.get("stream_options") or {}).get("include_obfuscation") is not False,
            delay=self._delay,
        )
        if script:
            return script.to_steps(delivery)
        limit = compaction.threshold(body)
        is_crossed = limit is not None and request_context.input_tokens > limit
        before = compaction.steps(compaction.compact(request_context.given)) if is_crossed else ()
        parts = (
            self._containers.answer(request_context)
            or file_search.answer(self._vector_stores, request_context)
            or answers.answer(request_context)
        )
        return list(steps(parts, delivery, before))

    async def _in_background(self, request: web.Request, stored: Stored) -> web.StreamResponse:
        if not stored.is_streamed:
            queued = json(stored.run.response)
            stored.run.start()
            return queued
        return await stream(request, stored.run, start=True)

    async def _in_foreground(self, request: web.Request, stored: Stored) -> web.StreamResponse:
        """Stop and forget the response if its client disconnects."""
        try:
            if stored.is_streamed:
                return await stream(request, stored.run, start=True)
            return await send_whole(request, stored.run)
        finally:
            stored.run.stop()
            self._store.forget_unfinished(stored)


async def stream(request: web.Request, run: Run, *, after: int = -1, start: bool = False) -> web.StreamResponse:
    """Send events as Server-Sent Events: those after a sequence number that are logged, then each as it comes."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
    )
    await response.prepare(request)
    entries = run.follow(after)
    if start:
        run.start()
    async for entry in entries:
        if entry.cut:
            if entry.cut == "abort":
                hang_up(request, "abort")
            break
        await response.write(entry.data)
    return response


async def send_whole(request: web.Request, run: Run) -> web.StreamResponse:
    """Send the whole response at once."""
    entries = run.follow()
    run.start()
    async for entry in entries:
        if entry.cut == "abort":
            hang_up(request, "abort")
    return json(run.response)


def integer_parameter(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise errors.invalid_type(name, "expected an integer") from None


def index_of(items: list[Json], item_id: str) -> int:
    for index, item in enumerate(items):
        if item["id"] == item_id:
            return index
    raise ApiError(f"Item with id '{item_id}' not found.", param="after")


def model_object(model: str) -> Json:
    return {"id": model, "object": "model", "created": MODELS_CREATED_AT, "owned_by": "standin"}
