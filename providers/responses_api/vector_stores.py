"""Vector stores at a provider: files that it indexes, so that its models find what stands in them.

https://platform.openai.com/docs/api-reference/vector-stores
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from providers.failures import failure
from providers.http import Connection, failures, read_object
from providers.items import dicts

TIMEOUT_SECONDS = 30.0
MAX_BYTES = 2_000_000
"""Of a page of a list, with the attributes of its files."""
MAX_ID_CHARACTERS = 100
PAGE_SIZE = 100
MAX_PAGES = 400
"""Of a list: more than a store with the most files that a collection can have."""
IN_PROGRESS, COMPLETED, FAILED = "in_progress", "completed", "failed"
EXPIRED = "expired"


@dataclass(frozen=True)
class StoreInfo:
    """What a provider says of a store."""

    status: str
    completed: int
    """How many of its files are indexed."""


@dataclass(frozen=True)
class IndexedFile:
    """What a provider says of a file in a store."""

    id: str
    status: str
    problem: str = ""
    """The code of what is wrong with it, if it failed."""


class VectorStores:
    """The vector stores of one provider. All of it raises `Failure`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def is_there(self) -> bool:
        """Return whether the provider lists stores."""
        stores = self._connection.client.vector_stores.with_streaming_response
        with failures():
            async with stores.list(limit=1, timeout=TIMEOUT_SECONDS) as response:
                listed = await read_object(response, MAX_BYTES)
        return isinstance(listed.get("data"), list)

    async def create(self, name: str, metadata: dict[str, str]) -> str:
        """Make a store and return its id."""
        stores = self._connection.client.vector_stores.with_streaming_response
        with failures():
            async with stores.create(name=name, metadata=metadata, timeout=TIMEOUT_SECONDS) as response:
                return _id_of(await read_object(response, MAX_BYTES))

    async def find(self, name: str, value: str) -> str | None:
        """Return the id of the newest store whose metadata has this value under this name; None if there is none."""
        stores = self._connection.client.vector_stores.with_streaming_response
        with failures():
            async with stores.list(limit=PAGE_SIZE, order="desc", timeout=TIMEOUT_SECONDS) as response:
                listed = await read_object(response, MAX_BYTES)
        for store in dicts(listed.get("data")):
            metadata = store.get("metadata")
            if isinstance(metadata, dict) and metadata.get(name) == value and store.get("status") != EXPIRED:
                return _id_of(store)
        return None

    async def look(self, store_id: str) -> StoreInfo:
        """Return what the provider says of a store."""
        stores = self._connection.client.vector_stores.with_streaming_response
        with failures():
            async with stores.retrieve(store_id, timeout=TIMEOUT_SECONDS) as response:
                store = await read_object(response, MAX_BYTES)
        return StoreInfo(str(store.get("status")), _count(store, COMPLETED))

    async def delete(self, store_id: str) -> None:
        """Delete a store. Its files stay at the provider."""
        stores = self._connection.client.vector_stores.with_streaming_response
        with failures():
            async with stores.delete(store_id, timeout=TIMEOUT_SECONDS) as response:
                await read_object(response, MAX_BYTES)

    async def index(self, store_id: str, files: Sequence[dict[str, Any]]) -> str:
        """Let uploaded files be indexed, each with a `file_id` and `attributes`. Return the id of their batch."""
        batches = self._connection.client.vector_stores.file_batches.with_streaming_response
        with failures():
            async with batches.create(store_id, extra_body={"files": list(files)}, timeout=TIMEOUT_SECONDS) as response:
                return _id_of(await read_object(response, MAX_BYTES))

    async def is_indexing(self, store_id: str, batch_id: str) -> bool:
        """Return whether some files of a batch are still being indexed."""
        batches = self._connection.client.vector_stores.file_batches.with_streaming_response
        with failures():
            async with batches.retrieve(batch_id, vector_store_id=store_id, timeout=TIMEOUT_SECONDS) as response:
                batch = await read_object(response, MAX_BYTES)
        # At first, a provider may not have counted them yet.
        return _count(batch, IN_PROGRESS) > 0 or _count(batch, "total") == 0

    async def of_batch(self, store_id: str, batch_id: str) -> list[IndexedFile]:
        """Return the files of a batch."""
        batches = self._connection.client.vector_stores.file_batches.with_streaming_response

        def page(after: dict[str, Any]) -> Any:
            return batches.list_files(
                batch_id, vector_store_id=store_id, limit=PAGE_SIZE, timeout=TIMEOUT_SECONDS, **after
            )

        return [_indexed(file) async for file in _listed(page)]

    async def files(self, store_id: str) -> list[IndexedFile]:
        """Return the files of a store."""
        files = self._connection.client.vector_stores.files.with_streaming_response

        def page(after: dict[str, Any]) -> Any:
            return files.list(store_id, limit=PAGE_SIZE, timeout=TIMEOUT_SECONDS, **after)

        return [_indexed(file) async for file in _listed(page)]

    async def uploaded(self, since: int) -> list[dict[str, Any]]:
        """Return the files that were uploaded since a time, in seconds since 1970, as the provider describes them."""
        files = self._connection.client.files.with_streaming_response

        def page(after: dict[str, Any]) -> Any:
            return files.list(limit=PAGE_SIZE, order="desc", timeout=TIMEOUT_SECONDS, **after)

        found = []
        async for file in _listed(page):
            created_at = file.get("created_at")
            if isinstance(created_at, int) and created_at < since:
                break
            found.append(file)
        return found


async def _listed(page: Any) -> AsyncIterator[dict[str, Any]]:
    """Yield what is on all pages of a list."""
    after: dict[str, Any] = {}
    for _number in range(MAX_PAGES):
        with failures():
            async with page(after) as response:
                listed = await read_object(response, MAX_BYTES)
        entries = [*dicts(listed.get("data"))]
        for entry in entries:
            yield entry
        last = str(entries[-1].get("id")) if entries else ""
        # A server that doesn't know `after` would give the same page again and again.
        if listed.get("has_more") is not True or not last or after.get("after") == last:
            return
        after = {"after": last}


def _indexed(file: dict[str, Any]) -> IndexedFile:
    error = file.get("last_error")
    problem = str(error.get("code")) if isinstance(error, dict) else ""
    return IndexedFile(str(file.get("id")), str(file.get("status")), problem)


def _count(described: dict[str, Any], name: str) -> int:
    counts = described.get("file_counts")
    number = counts.get(name) if isinstance(counts, dict) else None
    return number if isinstance(number, int) else 0


def _id_of(described: dict[str, Any]) -> str:
    found = described.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= MAX_ID_CHARACTERS:
        raise failure("server_error", detail="what was made has no id")
    return found
