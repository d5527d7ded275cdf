"""Files at providers: each content uploaded once, renewed in time, and deleted there when it is gone here."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from providers.failures import Failure, failure
from providers.models import UploadedFile
from providers.registry import Clients
from providers.responses_api.client import Client
from providers.uploads import LIFETIME, Content, Uploads, forget, forget_lost

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def uploads(provider) -> AsyncIterator[Uploads]:
    clients = Clients()
    yield Uploads(clients)
    await clients.close()


def content(name: str = "tide.txt") -> Content:
    # Of its own in each test: the stand-in keeps files.
    data = f"High water at noon {uuid.uuid4()}".encode()
    return Content(hashlib.sha256(data).hexdigest(), name, "text/plain", len(data), lambda: data)


def rows(file: Content) -> list[UploadedFile]:
    return [*UploadedFile.objects.filter(digest=file.digest).order_by("pk")]


def ids_there(provider) -> set[str]:
    return {file["id"] for file in provider.files()}


async def test_content_is_uploaded_once_also_at_the_same_moment(uploads, provider):
    file = content("Ebbe ✓.txt")
    provider.script(on="upload", wait="go", times=1, error={"status": 500, "body": "Oh"})
    first, *others = [asyncio.create_task(uploads.file_id(None, file)) for _ in range(3)]
    await asyncio.to_thread(provider.release, "go")
    with pytest.raises(Failure):
        await first
    assert len(set(await asyncio.gather(*others))) == 1
    assert await uploads.file_id(None, file) == await others[0]

    sent = [upload for upload in provider.uploads() if upload["filename"] == "Ebbe ✓.txt"]
    seconds = int(LIFETIME.total_seconds())
    assert len(sent) == 2
    assert sent[1]["purpose"] == "user_data"
    assert sent[1]["expires_after"] == {"anchor": "created_at", "seconds": seconds}
    [row] = await database_sync_to_async(rows)(file)
    assert abs(row.expires_at - timezone.now() - LIFETIME) < timedelta(minutes=5)


async def test_file_is_uploaded_anew_before_it_expires(uploads):
    file = content()
    first = await uploads.file_id(None, file)
    soon = timezone.now() + timedelta(hours=20)
    await UploadedFile.objects.filter(file_id=first).aupdate(expires_at=soon)
    second = await uploads.file_id(None, file)
    assert second != first
    assert await uploads.file_id(None, file) == second


async def test_file_that_the_provider_lost_is_uploaded_anew(uploads):
    file = content()
    first = await uploads.file_id(None, file)
    assert await database_sync_to_async(forget_lost)([first])
    assert not await database_sync_to_async(forget_lost)([first])
    assert await uploads.file_id(None, file) != first


async def test_id_means_nothing_at_another_address(uploads, settings, provider):
    file = content()
    first = await uploads.file_id(None, file)
    settings.OPENAI_BASE_URL = provider.base_url + "/"
    assert await uploads.file_id(None, file) == first
    settings.OPENAI_BASE_URL = provider.base_url.replace("127.0.0.1", "localhost")
    assert await uploads.file_id(None, file) != first


async def test_upload_that_hangs_is_given_up_and_not_tried_again_at_once(uploads, provider, monkeypatch):
    monkeypatch.setattr("providers.uploads.UPLOAD_SECONDS", 0.2)
    provider.script(on="upload", wait="never", error={"status": 500})
    for _ in range(2):
        with pytest.raises(Failure) as problem:
            await uploads.file_id(None, content())
        assert problem.value.code == "timeout"
    assert len(provider.uploads()) == 1


@pytest.mark.parametrize(
    ("script", "status"),
    [({"drop": "abort"}, None), ({"error": {"status": 413, "body": {"error": {"message": "Too large"}}}}, 413)],
)
async def test_upload_that_fails_leaves_nothing(uploads, provider, script, status):
    file = content()
    provider.script(on="upload", times=1, **script)
    with pytest.raises(Failure) as problem:
        await uploads.file_id(None, file)
    assert problem.value.status == status
    assert await database_sync_to_async(rows)(file) == []
    await uploads.file_id(None, file)


async def test_answer_that_stops_does_not_lose_what_was_uploaded(uploads, monkeypatch):
    file = content()
    stored, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def store_late(save):
        stored.set()
        await go.wait()
        await database_sync_to_async(save)()
        done.set()

    monkeypatch.setattr("providers.uploads.retry_until_available", store_late)
    upload = asyncio.create_task(uploads.file_id(None, file))
    await stored.wait()
    upload.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await upload
    await done.wait()
    assert len(await database_sync_to_async(rows)(file)) == 1


async def test_what_is_forgotten_is_deleted_at_the_provider_until_it_is_done(uploads, provider):
    kept, gone = content(), content()
    await uploads.file_id(None, kept)
    file_id = await uploads.file_id(None, gone)
    await database_sync_to_async(forget)([gone.digest])
    assert await uploads.file_id(None, gone) != file_id

    provider.script(on="delete_file", times=1, error={"status": 500, "body": "Oh"})
    await uploads.delete_forgotten()
    assert file_id in ids_there(provider)
    await uploads.delete_forgotten()
    assert file_id in ids_there(provider), "it is tried again later"
    await UploadedFile.objects.filter(file_id=file_id).aupdate(retry_at=timezone.now())
    await uploads.delete_forgotten()
    assert file_id not in ids_there(provider)
    assert [row.file_id for row in await database_sync_to_async(rows)(gone)] != [file_id]
    assert len(await database_sync_to_async(rows)(kept)) == 1


async def test_provider_that_does_not_answer_is_asked_once_for_all_that_is_to_be_deleted(uploads, monkeypatch):
    files = [content() for _ in range(3)]
    for file in files:
        await uploads.file_id(None, file)
    await database_sync_to_async(forget)([file.digest for file in files])
    asked = []

    async def hang(_client: Client, file_id: str) -> None:
        asked.append(file_id)
        raise failure("timeout")

    monkeypatch.setattr(Client, "delete_file", hang)
    await uploads.delete_forgotten()
    assert len(asked) == 1
    left = [row for file in files for row in await database_sync_to_async(rows)(file)]
    assert [row.tries for row in left] == [1, 1, 1]


async def test_what_the_provider_deleted_itself_is_deleted(uploads, provider):
    file, old = content(), content()
    provider.delete_file(await uploads.file_id(None, file))
    await database_sync_to_async(forget)([file.digest])
    await uploads.file_id(None, old)
    await UploadedFile.objects.filter(digest=old.digest).aupdate(expires_at=timezone.now())
    await uploads.delete_forgotten()
    assert await database_sync_to_async(rows)(file) == await database_sync_to_async(rows)(old) == []


async def test_file_at_an_address_that_has_changed_waits_until_it_expires(uploads, settings, provider):
    file = content()
    await uploads.file_id(None, file)
    await database_sync_to_async(forget)([file.digest])
    settings.OPENAI_BASE_URL = provider.base_url.replace("127.0.0.1", "localhost")
    await uploads.delete_forgotten()
    [row] = await database_sync_to_async(rows)(file)
    assert (row.tries, row.retry_at > timezone.now()) == (1, True)
