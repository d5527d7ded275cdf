"""Copies of collections at a provider: filled, kept in step and deleted, whatever the provider or a process does."""

import asyncio
from datetime import timedelta

import pytest
from django.db.models import ProtectedError
from django.utils import timezone

from common.threads import in_thread
from files.models import Document
from knowledge import content, stored, stores
from knowledge.models import Collection, CollectionFile, Store, StoredFile
from providers.models import Provider
from tests.support.copies import due, files_of, found_in
from tests.support.knowledge import add_read

State = StoredFile.State
LOST = {"error": {"message": "gone", "type": "invalid_request_error", "param": None, "code": None}}


async def test_copy_has_the_text_of_each_file_with_its_pages(harbour, step, there):
    file = await in_thread(add_read)(harbour, "High tide at noon", "Low tide at six")
    store = await step()
    assert there(f"vector_stores/{store.store_id}")["name"] == "Harbour"
    [indexed] = there(f"vector_stores/{store.store_id}/files")["data"]
    assert indexed["attributes"] == {"file": str(file.pk)}
    assert there(f"files/{indexed['id']}")["filename"] == "tides.pdf.md"
    text = there(f"vector_stores/{store.store_id}/files/{indexed['id']}/content")["data"][0]["text"]
    assert text == "[Page 1]\nHigh tide at noon\n[Page 2]\nLow tide at six"


async def test_nothing_leaves_unless_the_owner_says_so(harbour, step, there, provider, clients):
    await Collection.objects.aupdate(is_at_providers=False)
    await in_thread(add_read)(harbour, "High tide")
    await stores.keep_in_step(clients)
    assert not await Store.objects.aexists()
    assert provider.requests() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"is_enabled": False},
        {"store": False},
        {"dialect": "chat_completions"},
        {"capabilities": {"vector_stores": False}},
    ],
)
async def test_provider_that_must_not_or_cannot_keep_files_gets_none(harbour, provider, changes, clients):
    await Provider.objects.aupdate(**changes)
    await in_thread(add_read)(harbour, "High tide")
    await stores.keep_in_step(clients)
    assert not await Store.objects.aexists()
    assert provider.requests() == []


async def test_provider_without_stores_is_remembered(harbour, provider, clients):
    provider.script(on="vector_stores", error={"status": 404, "body": LOST})
    await stores.keep_in_step(clients)
    assert (await Provider.objects.aget()).capabilities["vector_stores"] is False
    await due()
    await stores.keep_in_step(clients)
    assert not await Store.objects.aexists()
    assert not await in_thread(stored.providers().exists)()


async def test_copy_follows_what_is_added_and_deleted(harbour, step, there):
    tides = await in_thread(add_read)(harbour, "High tide")
    store = await step()
    await in_thread(add_read)(harbour, "Ferries leave at nine", name="ferries.txt")
    await in_thread(content.delete)(CollectionFile.objects.filter(pk=tides.pk))
    gone = (await StoredFile.objects.aget()).file_id
    await due()
    store = await step()
    assert await files_of(store) == {"ferries.txt": ("ready", "")}
    assert gone not in await found_in(there, store)
    assert gone not in {file["id"] for file in there("files")["data"]}


async def test_file_that_is_removed_for_good_is_deleted_there_all_the_same(harbour, step, there):
    file = await in_thread(add_read)(harbour, "High tide")
    store = await step()
    await CollectionFile.objects.filter(pk=file.pk).adelete()
    await due()
    await step()
    assert not await StoredFile.objects.aexists()
    assert await found_in(there, store) == set()


@pytest.mark.parametrize("how", ["not kept any more", "deleted", "removed for good", "provider disabled"])
async def test_collection_that_ends_leaves_nothing_at_the_provider(harbour, step, there, how):
    await in_thread(add_read)(harbour, "High tide")
    await in_thread(add_read)(harbour, "Ferries", name="ferries.txt")
    store = await step()
    uploaded = {file["id"] for file in there("files")["data"]}
    mine = await found_in(there, store)
    assert mine <= uploaded
    if how == "not kept any more":
        await Collection.objects.aupdate(is_at_providers=False)
    elif how == "deleted":
        await Collection.objects.aupdate(deleted_at=timezone.now() - stored.UNDO * 2)
    elif how == "provider disabled":
        with pytest.raises(ProtectedError):
            await Provider.objects.all().adelete()
        await Provider.objects.aupdate(is_enabled=False)
    else:
        await Collection.objects.all().adelete()
    assert await step(until=()) is None
    assert not mine & {file["id"] for file in there("files")["data"]}
    assert store.store_id not in {each["id"] for each in there("vector_stores")["data"]}


async def test_collection_that_was_just_deleted_keeps_its_copy_for_a_while(harbour, step):
    await in_thread(add_read)(harbour, "High tide")
    await step()
    await Collection.objects.aupdate(deleted_at=timezone.now())
    await due()
    assert (await step()).state == Store.State.READY


async def test_deletion_is_tried_again_until_it_is_done(harbour, step, there, provider, clients, monkeypatch):
    await in_thread(add_read)(harbour, "High tide")
    store = await step()
    await Collection.objects.aupdate(is_at_providers=False)
    provider.script(on="delete_file", times=2, error={"status": 500, "body": LOST})
    provider.script(on="vector_stores", match="DELETE", times=2, error={"status": 429, "body": LOST})
    monkeypatch.setattr(stored, "MIN_PAUSE", timedelta(minutes=1))
    await stores.keep_in_step(clients)
    waiting = await Store.objects.aget()
    assert (waiting.state, waiting.tries) == (Store.State.DELETING, 1)
    assert "500" in waiting.problem
    monkeypatch.setattr(stored, "MIN_PAUSE", timedelta())
    await due()
    assert await step(until=()) is None
    assert store.store_id not in {each["id"] for each in there("vector_stores")["data"]}


async def test_what_was_deleted_at_the_provider_by_others_is_no_failure(harbour, step, there, provider):
    await in_thread(add_read)(harbour, "High tide")
    store = await step()
    [file_id] = await found_in(there, store)
    provider.remove(f"/v1/files/{file_id}")
    provider.remove(f"/v1/vector_stores/{store.store_id}")
    await Collection.objects.aupdate(is_at_providers=False)
    assert await step(until=()) is None


@pytest.mark.parametrize("how", ["lost", "expired"])
async def test_store_that_is_gone_is_made_anew_from_the_files_that_are_there(harbour, step, there, provider, how):
    await in_thread(add_read)(harbour, "High tide")
    store = await step()
    mine = await found_in(there, store)
    if how == "lost":
        provider.remove(f"/v1/vector_stores/{store.store_id}")
    else:
        provider.expire_store(store.store_id)
    await in_thread(stored.doubt)([store.store_id])
    again = await step()
    assert again.store_id != store.store_id
    assert await found_in(there, again) == mine
    assert store.store_id not in {each["id"] for each in there("vector_stores")["data"]}


async def test_file_that_the_provider_lost_is_uploaded_again(harbour, step, there, provider):
    await in_thread(add_read)(harbour, "High tide")
    await in_thread(add_read)(harbour, "Ferries", name="ferries.txt")
    store = await step()
    lost = (await StoredFile.objects.afirst()).file_id
    provider.remove(f"/v1/files/{lost}")
    await due(checked_at=None, state=Store.State.FILLING)
    store = await step()
    now = await found_in(there, store)
    assert len(now) == 2
    assert lost not in now


async def test_file_that_is_lost_before_it_is_indexed_is_uploaded_again(harbour, step, there, provider):
    file = await in_thread(add_read)(harbour, "High tide")
    store = await Store.objects.acreate(collection=harbour, provider=await Provider.objects.aget())
    await StoredFile.objects.acreate(store=store, collection_file=file, file_id="file-lost", state=State.UPLOADED)
    store = await step()
    assert (await files_of(store))["tides.pdf"] == ("ready", "")
    assert "file-lost" not in await found_in(there, store)


async def test_files_that_cannot_be_indexed_fail_alone(harbour, step):
    for name, text in {"a": "High tide", "b": "(not indexable)", "c": "  "}.items():
        await in_thread(add_read)(harbour, text, name=f"{name}.txt")
    await Document.objects.filter(digest__isnull=False).aupdate(pages=None)
    store = await step()
    found = await files_of(store)
    assert found["a.txt"] == ("ready", "")
    assert found["b.txt"] == ("failed", "server_error")
    indexed = [file async for file in StoredFile.objects.filter(collection_file__name="b.txt")]
    assert indexed[0].tries == stored.MAX_TRIES - 1


async def test_file_without_text_is_not_uploaded(harbour, step, provider):
    await in_thread(add_read)(harbour, name="scan.pdf")
    store = await step()
    assert await files_of(store) == {"scan.pdf": ("failed", "no_text")}
    assert not [each for each in provider.requests() if each["path"] == "/v1/files"]


async def test_indexing_that_never_ends_is_given_up(harbour, step, monkeypatch):
    await in_thread(add_read)(harbour, "(never indexed)")
    monkeypatch.setattr(stores, "INDEXING_LIMIT", timedelta())
    assert await files_of(await step()) == {"tides.pdf": ("failed", "too_slow")}


async def test_refused_file_does_not_hold_up_the_others(harbour, step, provider):
    provider.script(on="upload", times=1, error={"status": 413, "body": LOST})
    await in_thread(add_read)(harbour, "High tide")
    await in_thread(add_read)(harbour, "Ferries", name="ferries.txt")
    found = await files_of(await step())
    assert sorted(found.values()) == [("failed", "refused"), ("ready", "")]


@pytest.mark.parametrize(
    "script",
    [
        {"on": "upload", "times": 2, "error": {"status": 429, "headers": {"retry-after": "0"}, "body": LOST}},
        {"on": "vector_stores", "times": 3, "error": {"status": 500, "body": LOST}},
        {"on": "vector_stores", "times": 2, "error": {"status": 401, "body": LOST}},
        {"on": "vector_stores", "match": "file_batches", "times": 2, "drop": "abort"},
        {"on": "upload", "times": 2, "drop": "abort"},
    ],
)
async def test_trouble_passes(harbour, step, provider, there, script):
    provider.script(**script)
    await in_thread(add_read)(harbour, "High tide")
    store = await step()
    assert (store.tries, store.problem) == (0, "")
    assert len(await found_in(there, store)) == 1


async def test_pauses_grow_and_the_reason_is_kept(harbour, provider, monkeypatch, clients):
    monkeypatch.setattr(stored, "MIN_PAUSE", timedelta(seconds=10))
    provider.script(on="vector_stores", error={"status": 401, "body": LOST})
    pauses = []
    for _number in range(3):
        await stores.keep_in_step(clients)
        store = await Store.objects.aget()
        pauses.append(store.due_at - timezone.now())
        await due()
    assert timedelta(seconds=5) < pauses[0] < pauses[1] < pauses[2]
    assert store.state == Store.State.FAILED
    assert "401" in store.problem


async def test_store_that_a_dead_process_made_is_found_again(harbour, step, there):
    await in_thread(stored.plan)()
    await step()
    store = await Store.objects.aget()
    await Store.objects.aupdate(store_id="", state=Store.State.FILLING, due_at=timezone.now())
    assert (await step()).store_id == store.store_id


async def test_upload_that_a_dead_process_began_is_found_again(harbour, step, there):
    await in_thread(add_read)(harbour, "High tide")
    store = await step()
    mine = await found_in(there, store)
    await StoredFile.objects.aupdate(file_id="", state=State.UPLOADING)
    await due(state=Store.State.FILLING)
    store = await step()
    assert await found_in(there, store) == mine
    await StoredFile.objects.aupdate(file_id="", state=State.UPLOADING)
    await Collection.objects.aupdate(is_at_providers=False)
    assert await step(until=()) is None
    assert not mine & {file["id"] for file in there("files")["data"]}


async def test_upload_that_never_came_is_begun_again(harbour, step, there):
    file = await in_thread(add_read)(harbour, "High tide")
    store = await Store.objects.acreate(collection=harbour, provider=await Provider.objects.aget())
    await StoredFile.objects.acreate(store=store, collection_file=file, state=State.UPLOADING, name="x.md", size=9)
    store = await step()
    assert len(await found_in(there, store)) == 1


async def test_two_processes_make_one_copy(harbour, provider, there, processes):
    for number in range(5):
        await in_thread(add_read)(harbour, f"Tide {number}", name=f"{number}.txt")
    before = {each["id"] for each in there("vector_stores")["data"]}
    while not await Store.objects.filter(state=Store.State.READY).aexists():
        await asyncio.gather(*(stores.keep_in_step(clients) for clients in processes))
    made = {each["id"] for each in there("vector_stores")["data"]} - before
    assert made == {(await Store.objects.aget()).store_id}
    uploads = [each for each in provider.requests() if (each["method"], each["path"]) == ("POST", "/v1/files")]
    assert len(uploads) == 5


async def test_store_whose_process_died_is_looked_at_by_another_one_later(harbour, step):
    await in_thread(add_read)(harbour, "High tide")
    await in_thread(stored.plan)()
    assert await in_thread(stored.claim)()
    assert await in_thread(stored.claim)() is None
    await Store.objects.aupdate(claimed_until=timezone.now())
    assert (await step()).state == Store.State.READY
