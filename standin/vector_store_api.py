"""The endpoints of vector stores, and of the files in them.

https://platform.openai.com/docs/api-reference/vector-stores
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from standin import errors
from standin.errors import ApiError, Json
from standin.replies import instead, json
from standin.scripts import Scripts
from standin.vector_stores import (
    CANCELLED,
    IN_PROGRESS,
    STATES,
    Body,
    NewAttributes,
    NewBatch,
    NewFile,
    NewStore,
    StoreChanges,
    StoredFile,
    VectorStores,
    read,
)

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 20, 100
Query = Annotated[str, Meta(min_length=1)]


class Ranking(Body):
    """How what is found is ranked."""

    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, Meta(ge=0, le=1)] = 0


class NewSearch(Body):
    """A search without a model."""

    query: str | Annotated[list[Query], Meta(min_length=1)]
    filters: Json | None = None
    max_num_results: Annotated[int, Meta(ge=1, le=50)] = 10
    ranking_options: Ranking = msgspec.field(default_factory=Ranking)
    rewrite_query: bool = False


class StoreState(Body):
    """What a test says of a store."""

    expired: bool


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class VectorStoreApi:
    """The handlers of the stores' endpoints."""

    def __init__(self, stores: VectorStores, scripts: Scripts) -> None:
        self._stores = stores
        self._scripts = scripts

    def routes(self) -> Iterator[web.RouteDef]:
        all_, one = "/v1/vector_stores", "/v1/vector_stores/{id}"
        yield web.post(all_, scripted(self._scripts, self.create))
        yield web.get(all_, scripted(self._scripts, self.list))
        yield web.get(one, scripted(self._scripts, self.retrieve))
        yield web.post(one, scripted(self._scripts, self.update))
        yield web.delete(one, scripted(self._scripts, self.delete))
        yield web.post(f"{one}/search", scripted(self._scripts, self.search))
        yield web.post("/_script/vector_stores/{id}", self.put)

    async def create(self, request: web.Request) -> web.StreamResponse:
        return json(self._stores.create(read(request["body"], NewStore)).described())

    async def list(self, request: web.Request) -> web.StreamResponse:
        return json(page(request, (each.described() for each in self._stores.all())))

    async def retrieve(self, request: web.Request) -> web.StreamResponse:
        return json(self._stores.get(request.match_info["id"]).described())

    async def update(self, request: web.Request) -> web.StreamResponse:
        store, changes = self._stores.get(request.match_info["id"]), read(request["body"], StoreChanges)
        for name, value in msgspec.structs.asdict(changes).items():
            if value is not None:
                setattr(store.new, name, value)
        return json(store.described())

    async def delete(self, request: web.Request) -> web.StreamResponse:
        store_id = request.match_info["id"]
        self._stores.delete(store_id)
        return json({"id": store_id, "object": "vector_store.deleted", "deleted": True})

    async def search(self, request: web.Request) -> web.StreamResponse:
        wanted = read(request["body"], NewSearch)
        queries = [wanted.query] if isinstance(wanted.query, str) else wanted.query
        threshold = wanted.ranking_options.score_threshold
        found = self._stores.search(
            [request.match_info["id"]], queries, wanted.filters, wanted.max_num_results, threshold
        )
        data = [
            {
                "file_id": each.chunk.file_id,
                "filename": each.chunk.filename,
                "score": each.score,
                "attributes": each.chunk.attributes,
                "content": [{"type": "text", "text": each.chunk.text}],
            }
            for each in found
        ]
        ends = {"has_more": False, "next_page": None}
        return json({"object": "vector_store.search_results.page", "search_query": queries, "data": data, **ends})

    async def put(self, request: web.Request) -> web.StreamResponse:
        """Let a store expire, or be used again."""
        state = msgspec.json.decode(await request.read(), type=StoreState)
        self._stores.get(request.match_info["id"]).is_expired = state.expired
        return web.Response(status=204)


class VectorStoreFileApi:
    """The handlers of the endpoints of the files in stores, and of their batches."""

    def __init__(self, stores: VectorStores, scripts: Scripts) -> None:
        self._stores = stores
        self._scripts = scripts

    def routes(self) -> Iterator[web.RouteDef]:
        files, batches = "/v1/vector_stores/{id}/files", "/v1/vector_stores/{id}/file_batches"
        file, batch = f"{files}/{{file}}", f"{batches}/{{batch}}"
        yield web.post(files, scripted(self._scripts, self.attach))
        yield web.get(files, scripted(self._scripts, self.list_files))
        yield web.get(file, scripted(self._scripts, self.retrieve_file))
        yield web.post(file, scripted(self._scripts, self.update_file))
        yield web.delete(file, scripted(self._scripts, self.detach))
        yield web.get(f"{file}/content", scripted(self._scripts, self.content))
        yield web.post(batches, scripted(self._scripts, self.attach_all))
        yield web.get(batch, scripted(self._scripts, self.retrieve_batch))
        yield web.post(f"{batch}/cancel", scripted(self._scripts, self.cancel_batch))
        yield web.get(f"{batch}/files", scripted(self._scripts, self.list_batch))

    async def attach(self, request: web.Request) -> web.StreamResponse:
        store = self._stores.get(request.match_info["id"])
        return json(self._stores.attach(store, read(request["body"], NewFile)).described())

    async def list_files(self, request: web.Request) -> web.StreamResponse:
        return json(page(request, of_status(request, self._stores.get(request.match_info["id"]).files.values())))

    async def retrieve_file(self, request: web.Request) -> web.StreamResponse:
        return json(self._file(request).described())

    async def update_file(self, request: web.Request) -> web.StreamResponse:
        file = self._file(request)
        file.attributes = read(request["body"], NewAttributes).attributes or {}
        return json(file.described())

    async def detach(self, request: web.Request) -> web.StreamResponse:
        file = self._file(request)
        del self._stores.get(file.store_id).files[file.file.id]
        return json({"id": file.file.id, "object": "vector_store.file.deleted", "deleted": True})

    async def content(self, request: web.Request) -> web.StreamResponse:
        data = [{"type": "text", "text": chunk.text} for chunk in self._file(request).chunks()]
        ends = {"has_more": False, "next_page": None}
        return json({"object": "vector_store.file_content.page", "data": data, **ends})

    async def attach_all(self, request: web.Request) -> web.StreamResponse:
        store = self._stores.get(request.match_info["id"])
        return json(self._stores.attach_all(store, read(request["body"], NewBatch)).described())

    async def retrieve_batch(self, request: web.Request) -> web.StreamResponse:
        return json(self._batch(request).described())

    async def cancel_batch(self, request: web.Request) -> web.StreamResponse:
        batch = self._batch(request)
        for file in batch.files:
            file.is_cancelled = file.is_cancelled or file.status == IN_PROGRESS
        return json(batch.described() | {"status": CANCELLED})

    async def list_batch(self, request: web.Request) -> web.StreamResponse:
        return json(page(request, of_status(request, self._batch(request).files)))

    def _file(self, request: web.Request) -> StoredFile:
        store, file_id = self._stores.get(request.match_info["id"]), request.match_info["file"]
        if file_id not in store.files:
            raise ApiError(f"No file found with id '{file_id}' in vector store '{store.id}'.", status=404)
        return store.files[file_id]

    def _batch(self, request: web.Request) -> Any:
        store, batch_id = self._stores.get(request.match_info["id"]), request.match_info["batch"]
        if batch_id not in store.batches:
            raise ApiError(f"No vector store file batch found with id '{batch_id}'.", status=404)
        return store.batches[batch_id]


def scripted(scripts: Scripts, handler: Handler) -> Handler:
    """Return a handler that answers as a script for this method and path says, if there is one."""

    async def handle(request: web.Request) -> web.StreamResponse:
        script = scripts.next(f"{request.method} {request.path}", request["body"], on="vector_stores")
        reply = await instead(request, script, {}, scripts) if script else None
        return reply or await handler(request)

    return handle


def of_status(request: web.Request, files: Iterable[StoredFile]) -> Iterator[Json]:
    """Yield the files of the status that a request asks for, or all."""
    wanted = request.query.get("filter")
    if wanted is not None and wanted not in STATES:
        raise errors.invalid_value("filter", wanted, ", ".join(f"'{state}'" for state in STATES))
    yield from (file for file in (each.described() for each in files) if wanted in (None, file["status"]))


def page(request: web.Request, listed: Iterable[Json]) -> Json:
    """Return a page of a list: the newest first, unless the request says otherwise."""
    entries = sorted(listed, key=lambda each: each["created_at"])
    if request.query.get("order", "desc") == "desc":
        entries.reverse()
    try:
        limit = int(request.query.get("limit", DEFAULT_PAGE_SIZE))
    except ValueError:
        raise errors.invalid_type("limit", "expected an integer") from None
    if not 1 <= limit <= MAX_PAGE_SIZE:
        raise ApiError(f"Invalid 'limit': expected 1 to {MAX_PAGE_SIZE}.", param="limit")
    if (after := request.query.get("after")) is not None:
        places = [place for place, each in enumerate(entries) if each["id"] == after]
        if not places:
            raise ApiError(f"Item with id '{after}' not found.", param="after")
        entries = entries[places[0] + 1 :]
    shown = entries[:limit]
    ends = {"first_id": shown[0]["id"] if shown else "", "last_id": shown[-1]["id"] if shown else ""}
    return {"object": "list", "data": shown, **ends, "has_more": len(entries) > limit}
