"""Vector stores: files that are indexed after a moment, and what is found in them.

https://platform.openai.com/docs/api-reference/vector-stores
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from standin import retrieval
from standin.errors import ApiError, Json, invalid_type
from standin.events import new_id
from standin.files import File, Files
from standin.limits import check_metadata
from standin.retrieval import Chunk, Found

INDEXING_SECONDS = 0.05
DAY_SECONDS = 24 * 60 * 60
MAX_ATTRIBUTES = 16
NEVER_INDEXED, NOT_INDEXABLE = "(never indexed)", "(not indexable)"
"""What stands in a file that isn't indexed, ever, or that fails."""
SUFFIXES = {
    *(".c", ".cpp", ".cs", ".css", ".doc", ".docx", ".go", ".html", ".java", ".js", ".json"),
    *(".md", ".pdf", ".php", ".pptx", ".py", ".rb", ".sh", ".tex", ".ts", ".txt"),
}
"""Of the files that can be indexed."""

IN_PROGRESS, COMPLETED, FAILED, CANCELLED = "in_progress", "completed", "failed", "cancelled"
STATES = (IN_PROGRESS, COMPLETED, FAILED, CANCELLED)
AttributeKey = Annotated[str, Meta(max_length=64)]
AttributeValue = Annotated[str, Meta(max_length=512)] | float | bool
Attributes = Annotated[dict[AttributeKey, AttributeValue], Meta(max_length=MAX_ATTRIBUTES)]
T = TypeVar("T")


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request."""


class ExpiresAfter(Body):
    """When a store expires that nobody uses."""

    anchor: Literal["last_active_at"]
    days: Annotated[int, Meta(ge=1, le=365)]


class Static(Body):
    """How long the pieces of a text are."""

    max_chunk_size_tokens: Annotated[int, Meta(ge=100, le=4096)]
    chunk_overlap_tokens: Annotated[int, Meta(ge=0)]

    def __post_init__(self) -> None:
        if self.chunk_overlap_tokens > self.max_chunk_size_tokens / 2:
            raise ValueError("chunk_overlap_tokens must be at most half of max_chunk_size_tokens")


class Chunking(Body):
    """The chunking strategy of a file."""

    type: Literal["auto", "static"]
    static: Static | None = None


class NewFile(Body):
    """A file that is to be indexed."""

    file_id: str
    attributes: Attributes | None = None
    chunking_strategy: Chunking | None = None


class NewStore(Body):
    """A new store."""

    name: str = ""
    description: str = ""
    file_ids: Annotated[list[str], Meta(max_length=500)] = []
    chunking_strategy: Chunking | None = None
    expires_after: ExpiresAfter | None = None
    metadata: dict[str, str] | None = None


class StoreChanges(Body):
    """What changes of a store."""

    name: str | None = None
    expires_after: ExpiresAfter | None = None
    metadata: dict[str, str] | None = None


class NewBatch(Body):
    """Files that are to be indexed together."""

    file_ids: Annotated[list[str], Meta(min_length=1, max_length=2000)] | None = None
    files: Annotated[list[NewFile], Meta(min_length=1, max_length=2000)] | None = None
    attributes: Attributes | None = None
    chunking_strategy: Chunking | None = None

    def __post_init__(self) -> None:
        if (self.file_ids is None) == (self.files is None):
            raise ValueError("exactly one of file_ids and files is required")

    def each(self) -> list[NewFile]:
        return self.files or [
            NewFile(file_id, self.attributes, self.chunking_strategy) for file_id in self.file_ids or []
        ]


class NewAttributes(Body):
    """What a file's attributes become."""

    attributes: Attributes | None


@dataclass
class StoredFile:
    """A file in a store. It is indexed a moment after it came."""

    store_id: str
    file: File
    attributes: Json
    chunking: Chunking
    problem: tuple[str, str] | None = None
    """The code and the message of what is wrong with it."""
    is_cancelled: bool = False
    created_at: float = field(default_factory=time.time)

    @cached_property
    def text(self) -> str:
        try:
            return self.file.document().text
        except ApiError:
            # It can't be read.
            return ""

    @property
    def status(self) -> str:
        if self.is_cancelled:
            return CANCELLED
        if NEVER_INDEXED in self.text or time.time() < self.created_at + INDEXING_SECONDS:
            return IN_PROGRESS
        return FAILED if self.error else COMPLETED

    @property
    def error(self) -> tuple[str, str] | None:
        if self.problem:
            return self.problem
        if NOT_INDEXABLE in self.text:
            return "server_error", "An internal error occurred."
        return None if self.text.strip() else ("invalid_file", "The file could not be parsed because it is empty.")

    def chunks(self) -> Iterator[Chunk]:
        static = self.chunking.static
        sizes = (static.max_chunk_size_tokens, static.chunk_overlap_tokens) if static else ()
        for text in retrieval.chunks(self.text, *sizes):
            yield Chunk(self.file.id, self.file.name, text, self.attributes)

    def described(self) -> Json:
        status, error = self.status, self.error
        static = self.chunking.static or Static(retrieval.MAX_CHUNK_TOKENS, retrieval.OVERLAP_TOKENS)
        return {
            "id": self.file.id,
            "object": "vector_store.file",
            "usage_bytes": len(self.text.encode()) if status == COMPLETED else 0,
            "created_at": int(self.created_at),
            "vector_store_id": self.store_id,
            "status": status,
            "last_error": {"code": error[0], "message": error[1]} if error and status == FAILED else None,
            "chunking_strategy": {"type": "static", "static": msgspec.to_builtins(static)},
            "attributes": self.attributes,
        }


@dataclass
class Batch:
    """Files that came together."""

    store_id: str
    files: list[StoredFile]
    id: str = field(default_factory=lambda: new_id("vsfb"))
    created_at: float = field(default_factory=time.time)

    def described(self) -> Json:
        counts = count(self.files)
        status = IN_PROGRESS if counts[IN_PROGRESS] else CANCELLED if counts[CANCELLED] else COMPLETED
        return {
            "id": self.id,
            "object": "vector_store.files_batch",
            "created_at": int(self.created_at),
            "vector_store_id": self.store_id,
            "status": status,
            "file_counts": counts,
        }


@dataclass
class VectorStore:
    """A store, with its files by id and its batches by id."""

    new: NewStore
    id: str = field(default_factory=lambda: new_id("vs"))
    files: dict[str, StoredFile] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    is_expired: bool = False
    created_at: float = field(default_factory=time.time)
    active_at: float = field(default_factory=time.time)

    def described(self) -> Json:
        expires = self.new.expires_after
        counts = count(self.files.values())
        usable = IN_PROGRESS if counts[IN_PROGRESS] else COMPLETED
        return {
            "id": self.id,
            "object": "vector_store",
            "created_at": int(self.created_at),
            "name": self.new.name,
            "usage_bytes": sum(each.described()["usage_bytes"] for each in self.files.values()),
            "file_counts": counts,
            "status": "expired" if self.is_expired else usable,
            **({"expires_after": msgspec.to_builtins(expires)} if expires else {}),
            "expires_at": int(self.active_at) + expires.days * DAY_SECONDS if expires else None,
            "last_active_at": int(self.active_at),
            "metadata": self.new.metadata or {},
        }


class VectorStores:
    """The stores, by id. A file that is deleted leaves them."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._stores: dict[str, VectorStore] = {}
        files.when_deleted.append(self._forget)

    def create(self, new: NewStore) -> VectorStore:
        check_metadata(new.metadata or {})
        store = VectorStore(new)
        for file_id in new.file_ids:
            self.put(store, NewFile(file_id, chunking_strategy=new.chunking_strategy))
        self._stores[store.id] = store
        return store

    def all(self) -> list[VectorStore]:
        return [*self._stores.values()]

    def get(self, store_id: str) -> VectorStore:
        """Return a store. Raise the API's error if there is none."""
        store = self._stores.get(store_id)
        if store is None:
            raise ApiError(f"No vector store found with id '{store_id}'.", status=404)
        return store

    def delete(self, store_id: str) -> None:
        self.get(store_id)
        del self._stores[store_id]

    def attach(self, store: VectorStore, new: NewFile) -> StoredFile:
        """Put a file into a store. Raise the API's error if files of its kind can't be indexed."""
        stored = self.put(store, new)
        if stored.problem:
            del store.files[new.file_id]
            raise ApiError(stored.problem[1], param="file_id", code=stored.problem[0])
        return stored

    def attach_all(self, store: VectorStore, batch: NewBatch) -> Batch:
        """Put files into a store together. One that can't be indexed fails alone."""
        for new in batch.each():
            self._files.get(new.file_id)
        made = Batch(store.id, [self.put(store, new) for new in batch.each()])
        store.batches[made.id] = made
        return made

    def put(self, store: VectorStore, new: NewFile) -> StoredFile:
        file = self._files.get(new.file_id)
        suffix = PurePath(file.name).suffix.lower()
        unsupported = f"Files with extensions [{suffix or 'none'}] are not supported for retrieval."
        stored = StoredFile(
            store.id,
            file,
            new.attributes or {},
            new.chunking_strategy or Chunking("auto"),
            None if suffix in SUFFIXES else ("unsupported_file", unsupported),
        )
        store.files[file.id] = stored
        store.active_at = time.time()
        return stored

    def search(
        self, store_ids: Iterable[str], queries: list[str], filters: Json | None, most: int, threshold: float = 0
    ) -> list[Found]:
        """Return what is found in the files of stores that are indexed. Raise the API's error if one can't be."""
        stores = [self.usable(store_id) for store_id in store_ids]
        for store in stores:
            store.active_at = time.time()
        files = [each for store in stores for each in store.files.values() if each.status == COMPLETED]
        passing = (chunk for each in files if retrieval.passes(filters, each.attributes) for chunk in each.chunks())
        return retrieval.search(queries, passing, most, threshold)

    def usable(self, store_id: str) -> VectorStore:
        """Return a store that can be searched. Raise the API's error if it can't."""
        store = self.get(store_id)
        if store.is_expired:
            raise ApiError(f"Vector store {store_id} is expired.", param="vector_store_ids")
        return store

    def _forget(self, file_id: str) -> None:
        for store in self._stores.values():
            store.files.pop(file_id, None)


def count(files: Iterable[StoredFile]) -> dict[str, int]:
    statuses = [each.status for each in files]
    return {state: statuses.count(state) for state in STATES} | {"total": len(statuses)}


def read(body: Any, kind: type[T]) -> T:
    """Return the body of a request. Raise the API's error if it is invalid."""
    try:
        return msgspec.convert({} if body is None else body, kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        raise invalid_type(path.strip("`.") or "body", problem[0].lower() + problem[1:]) from None
