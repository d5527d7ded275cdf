"""Nothing is left at a provider that nobody knows any more, whatever it loses or refuses, and whatever process dies."""

from typing import Any

from django.utils import timezone

from common.threads import in_thread
from knowledge import content
from knowledge.models import CollectionFile, Store, StoredFile
from providers.environment import ENVIRONMENT_ID
from providers.failures import failure
from providers.models import UploadedFile
from providers.responses_api.vector_stores import VectorStores
from tests.support.copies import due, files_of, found_in
from tests.support.knowledge import add_read

State = StoredFile.State
LOST = {"error": {"message": "gone", "type": "invalid_request_error", "param": None, "code": None}}


async def test_upload_of_a_dead_process_is_deleted_there_if_its_file_is_deleted_meanwhile(harbour, step, there):
    file = await in_thread(add_read)(harbour, "High tide")
    store = await step()
    mine = await found_in(there, store)
    await StoredFile.objects.aupdate(file_id="", state=State.UPLOADING)
    await in_thread(content.delete)(CollectionFile.objects.filter(pk=file.pk))
    await due(state=Store.State.FILLING)
    await step()
    assert not await StoredFile.objects.aexists()
    assert not mine & {file["id"] for file in there("files")["data"]}


async def test_upload_of_a_dead_process_is_found_behind_many_others(harbour, step, clients, provider):
    await in_thread(add_read)(harbour, "High tide")
    await step()
    before = await StoredFile.objects.aget()
    for number in range(110):
        await clients.of(None).upload(f"{number}.txt", b"Ferries", "text/plain")
    await StoredFile.objects.aupdate(file_id="", state=State.UPLOADING)
    await due(state=Store.State.FILLING)
    await step()
    assert (await StoredFile.objects.aget()).file_id == before.file_id


async def test_file_of_a_conversation_is_not_taken_for_an_upload_of_a_dead_process(harbour, step, clients):
    await in_thread(add_read)(harbour, "High tide")
    await step()
    lost = await StoredFile.objects.aget()
    await UploadedFile.objects.acreate(
        provider_id=ENVIRONMENT_ID, account="x", digest="x", file_id=lost.file_id, expires_at=timezone.now()
    )
    await StoredFile.objects.aupdate(file_id="", state=State.UPLOADING)
    await due(state=Store.State.FILLING)
    await step()
    assert (await StoredFile.objects.aget()).file_id != lost.file_id


async def test_file_that_left_the_store_is_uploaded_again_and_left_nowhere(harbour, step, there, provider):
    await in_thread(add_read)(harbour, "High tide")
    store = await step()
    [before] = await found_in(there, store)
    provider.remove(f"/v1/vector_stores/{store.store_id}/files/{before}")
    assert before in {file["id"] for file in there("files")["data"]}
    await due(checked_at=None, state=Store.State.FILLING)
    store = await step()
    assert len(await found_in(there, store)) == 1
    assert before not in {file["id"] for file in there("files")["data"]}


async def test_file_that_is_always_refused_when_it_is_indexed_fails_and_is_left_nowhere(
    harbour, step, there, monkeypatch
):
    async def refuse(_stores: VectorStores, _store_id: str, files: list[dict[str, Any]]) -> str:
        raise failure("server_error", detail=f"{files[0]['file_id']} is refused", status=400)

    monkeypatch.setattr(VectorStores, "index", refuse)
    before = {file["id"] for file in there("files")["data"]}
    await in_thread(add_read)(harbour, "High tide")
    store = await step()
    assert await files_of(store) == {"tides.pdf": ("failed", "lost")}
    assert {file["id"] for file in there("files")["data"]} <= before
