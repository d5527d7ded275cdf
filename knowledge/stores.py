"""Copies of collections at providers, kept in step with them: a service of each process.

A provider that has vector stores finds by meaning what stands in files. What it gets of a file is its text, as it was
read here. One process at a time looks at a store, does a little of what is to be done, and looks again. Rows say what
was begun (knowledge/stored.py), so whatever dies, nothing is left at the provider that nobody knows.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from pathlib import PurePath
from typing import Any, TypeVar

from django.utils import timezone

from common.pools import DOCUMENTS
from common.refusal import Refused
from common.threads import in_thread, retry_until_available
from files.documents import text_of
from knowledge import stored
from knowledge.copies import FILE
from knowledge.models import Store, StoredFile
from knowledge.stored import CLOCKS_DIFFER, State
from providers.failures import NOT_FOUND, NOT_IMPLEMENTED, Failure
from providers.registry import Client, Clients, vector_stores_of
from providers.responses_api.vector_stores import COMPLETED, EXPIRED, VectorStores

logger = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
LOOK_AGAIN = timedelta(minutes=1)
"""After which a store that is in step is looked at for changes here."""
CHECK_AGAIN = timedelta(hours=1)
"""After which the provider is asked whether a store and its files are still there."""
POLL_AGAIN = timedelta(seconds=2)
MAX_STEPS = 50
"""Of one look of the service."""
UPLOADED_AT_ONCE = 2
"""Each is in memory as a whole."""
UPLOADED_IN_A_STEP = 16
UPLOAD_SECONDS = 120.0
DELETED_IN_A_STEP = 50
BATCH = 500
"""Files that are indexed together."""
INDEXING_LIMIT = timedelta(minutes=30)
"""After which a file that is still being indexed is given up."""
STEP_SECONDS = 600.0
"""Of one step: less than a process has a store to itself."""
MEDIA_TYPE = "text/markdown"
METADATA = "copy"
"""Under which a store says whose it is."""
MAX_ATTRIBUTES = 16
UNABLE = {NOT_FOUND, 405, NOT_IMPLEMENTED}
"""The statuses of providers that have no vector stores."""
OF_ONE_FILE = {400, 413, 415, 422}
"""The statuses of refusals that say nothing of other files."""
T = TypeVar("T")


class StoreLost(Exception):
    """The provider doesn't have a store any more, or can't search in it."""


async def keep_in_step(clients: Clients) -> None:
    """Do what is to be done for the stores that are due, the one that waits longest first."""
    await in_thread(stored.plan)()
    for _number in range(MAX_STEPS):
        store = await in_thread(stored.claim)()
        if store is None:
            return
        await _look(store, clients)


async def _look(store: Store, clients: Clients) -> None:
    """Do some of what is to be done for a store. Whatever goes wrong is noted, and tried again later."""
    try:
        async with asyncio.timeout(STEP_SECONDS):
            client = clients.of(store.provider_id)
            if (stores := vector_stores_of(client)) is None:
                after = await _leave(store)
            elif store.state == Store.State.DELETING:
                after = await _delete(store, client, stores)
            else:
                after = await _fill(store, client, stores)
        if after is not None:
            await in_thread(stored.release)(store, after)
    except StoreLost:
        logger.warning("store %s of collection %s is gone: it is made anew", store.store_id, store.collection_id)
        await in_thread(stored.forget_store)(store)
        await in_thread(stored.postpone)(store, "lost")
    except Failure as problem:
        logger.warning("store %s of collection %s: %s", store.pk, store.collection_id, problem)
        pause = min(timedelta(seconds=problem.retry_after), stored.MAX_PAUSE) if problem.retry_after else None
        await in_thread(stored.postpone)(store, str(problem), pause)
    except (TimeoutError, Refused) as problem:
        logger.warning("store %s of collection %s: %r", store.pk, store.collection_id, problem)
        await in_thread(stored.postpone)(store, "timeout")


async def _leave(store: Store) -> timedelta | None:
    """Give up a store at a provider that has none by now."""
    await in_thread(stored.set_state)(store, Store.State.DELETING)
    if not store.store_id and await in_thread(stored.end_deletion)(store):
        return None
    return CHECK_AGAIN


async def _fill(store: Store, client: Client, stores: VectorStores) -> timedelta | None:
    """Bring a store a step nearer to its collection. Return after how long it is looked at again."""
    if not store.store_id and not await _make(store, stores):
        return None
    if store.checked_at is None or store.checked_at < timezone.now() - CHECK_AGAIN:
        await _check(store, client, stores)
    # First: of what was begun, the id must be known before anything is deleted.
    await _recover(store, stores)
    await in_thread(stored.bring_in_step)(store)
    await _delete_files(store, client, await in_thread(stored.in_state)(store, State.DELETING, DELETED_IN_A_STEP))
    await _upload_some(store, client)
    await _index(store, client, stores)
    await _poll(store, stores)
    counts = await in_thread(stored.counts)(store)
    if counts.keys() <= {State.READY, State.FAILED}:
        await in_thread(stored.set_state)(store, Store.State.READY)
        return LOOK_AGAIN
    if store.state == Store.State.FAILED:
        await in_thread(stored.set_state)(store, Store.State.FILLING)
    return POLL_AGAIN if counts.keys() <= {State.READY, State.FAILED, State.INDEXING} else timedelta()


async def _make(store: Store, stores: VectorStores) -> bool:
    """Make the store at the provider, or find the one that a process made which died. Return False if it can't."""
    if store.collection is None or not await in_thread(stored.is_able)(store.provider_id):
        await in_thread(stored.set_state)(store, Store.State.DELETING)
        await in_thread(stored.end_deletion)(store)
        return False
    token = str(store.token)
    try:
        found = await stores.find(METADATA, token)
        store.store_id = found or await stores.create(store.collection.name, {METADATA: token})
    except Failure as problem:
        if problem.status not in UNABLE:
            raise
        await in_thread(stored.note_unable)(store.provider_id)
        raise
    await retry_until_available(
        stored.set_state, store, Store.State.FILLING, store_id=store.store_id, checked_at=timezone.now()
    )
    return True


async def _check(store: Store, client: Client, stores: VectorStores) -> None:
    """Ask whether the store and its files are still there."""
    info = await _of_store(stores.look(store.store_id))
    if info.status == EXPIRED:
        await _gone_is_well(stores.delete(store.store_id))
        raise StoreLost
    ready = (await in_thread(stored.counts)(store))[State.READY]
    if info.completed < ready:
        there = {file.id for file in await stores.files(store.store_id) if file.status == COMPLETED}
        known = await in_thread(stored.in_state)(store, State.READY, ready)
        await _upload_again(store, client, [file for file in known if file.file_id not in there])
    await in_thread(stored.set_state)(store, store.state, checked_at=timezone.now())


async def _recover(store: Store, stores: VectorStores) -> None:
    """Find what became of the uploads that another process began and didn't end."""
    begun = await in_thread(stored.in_state)(store, State.UPLOADING, UPLOADED_IN_A_STEP)
    if begun:
        since = min(file.state_at for file in begun) - CLOCKS_DIFFER
        await in_thread(stored.adopt)(begun, await stores.uploaded(int(since.timestamp())))


async def _upload_some(store: Store, client: Client) -> None:
    """Upload some of the files that wait, a few at once."""
    waiting = await in_thread(stored.in_state)(store, State.WAITING, UPLOADED_IN_A_STEP)
    ends = time.monotonic() + UPLOAD_SECONDS
    for place in range(0, len(waiting), UPLOADED_AT_ONCE):
        if time.monotonic() > ends or not await in_thread(stored.keep)(store):
            return
        outcomes = await asyncio.gather(
            *(_upload(store, file, client) for file in waiting[place : place + UPLOADED_AT_ONCE]),
            return_exceptions=True,
        )
        for problem in outcomes:
            if isinstance(problem, BaseException):
                raise problem


async def _upload(store: Store, file: StoredFile, client: Client) -> None:
    """Upload the text of a file. What comes of it is noted, whatever happens meanwhile."""
    source = file.collection_file
    if source is None or source.document is None:
        return
    content = (await DOCUMENTS.run(store.pk, text_of, source.document)).encode()
    if not content.strip():
        await in_thread(stored.mark)([file], State.FAILED, problem="no_text")
        return
    name = name_of(source.name)
    await in_thread(stored.mark)([file], State.UPLOADING, name=name, size=len(content))
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            file_id = await client.upload(name, content, MEDIA_TYPE)
    except Failure as problem:
        if problem.status in OF_ONE_FILE:
            await in_thread(stored.mark)([file], State.FAILED, problem="refused")
            return
        if problem.status is not None:
            # It isn't there.
            await in_thread(stored.mark)([file], State.WAITING)
        raise
    await asyncio.shield(retry_until_available(stored.note_uploaded, file, file_id))


def name_of(name: str) -> str:
    """Return the name under which the text of a file is uploaded."""
    return name if PurePath(name).suffix.lower() in {".md", ".txt"} else f"{name}.md"


async def _index(store: Store, client: Client, stores: VectorStores) -> None:
    """Let uploaded files be indexed together, as soon as no more wait, or there are many."""
    uploaded = await in_thread(stored.in_state)(store, State.UPLOADED, BATCH)
    if not uploaded or (len(uploaded) < BATCH and (await in_thread(stored.counts)(store))[State.WAITING]):
        return
    entries = [{"file_id": file.file_id, "attributes": attributes_of(file)} for file in uploaded]
    try:
        batch_id = await _of_store(stores.index(store.store_id, entries))
    except Failure as problem:
        lost = [file for file in uploaded if file.file_id in problem.detail]
        if not lost and problem.status in {NOT_FOUND, 400} and store.tries >= stored.MAX_TRIES:
            # It doesn't say which it doesn't know.
            lost = uploaded
        if not lost:
            raise
        await _upload_again(store, client, lost)
        return
    await in_thread(stored.mark)(uploaded, State.INDEXING, batch_id=batch_id)


def attributes_of(file: StoredFile) -> dict[str, Any]:
    """Return the attributes of a file at the provider: its own, and its id here."""
    source = file.collection_file
    own = [*source.attributes.items()][: MAX_ATTRIBUTES - 1] if source else []
    return {**dict(own), FILE: str(source.pk if source else "")}


async def _poll(store: Store, stores: VectorStores) -> None:
    """Look how far the batches are. One that isn't indexed in time is given up."""
    for batch_id, began in await in_thread(stored.batches)(store):
        is_late = began < timezone.now() - INDEXING_LIMIT
        if not is_late and await _of_store(stores.is_indexing(store.store_id, batch_id)):
            continue
        files = await _of_store(stores.of_batch(store.store_id, batch_id))
        states = {file.id: (file.status, file.problem) for file in files}
        await in_thread(stored.note_indexed)(store, batch_id, states, is_late=is_late)


async def _delete(store: Store, client: Client, stores: VectorStores) -> timedelta | None:
    """Delete a store, and the files that were uploaded for it. Return None if that is done."""
    await _recover(store, stores)
    files = await in_thread(_some_files)(store)
    if files:
        await _delete_files(store, client, files)
        return timedelta()
    if store.store_id:
        await _gone_is_well(stores.delete(store.store_id))
    elif found := await stores.find(METADATA, str(store.token)):
        # It was made by a process that died.
        await _gone_is_well(stores.delete(found))
    return None if await in_thread(stored.end_deletion)(store) else timedelta()


def _some_files(store: Store) -> list[StoredFile]:
    return [*store.files.exclude(state=State.UPLOADING).order_by("pk")[:DELETED_IN_A_STEP]]


async def _upload_again(store: Store, client: Client, files: Iterable[StoredFile]) -> None:
    """Have files uploaded again that the provider doesn't know, or refuses. What is there of them is deleted first."""
    for file in files:
        await _gone_is_well(client.delete_file(file.file_id))
        await in_thread(stored.lose)(file)
    await in_thread(stored.keep)(store)


async def _delete_files(store: Store, client: Client, files: Iterable[StoredFile]) -> None:
    """Delete files at the provider, and so in the store."""
    for file in files:
        if file.file_id:
            await _gone_is_well(client.delete_file(file.file_id))
        await in_thread(stored.forget_files)([file])
    await in_thread(stored.keep)(store)


async def _of_store(call: Awaitable[T]) -> T:
    """Return what a call about a store returns. Raise `StoreLost` if the provider says that there is none."""
    try:
        return await call
    except Failure as problem:
        if problem.status in {NOT_FOUND, 400} and _is_of_store(problem.detail):
            raise StoreLost from problem
        raise


def _is_of_store(detail: str) -> bool:
    words = detail.lower().replace("_", " ")
    return "vector store" in words and ("found" in words or "expired" in words)


async def _gone_is_well(call: Awaitable[Any]) -> None:
    """Await the deletion of something that may be gone already."""
    try:
        await call
    except Failure as problem:
        if problem.status != NOT_FOUND:
            raise
