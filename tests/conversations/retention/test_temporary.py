"""Temporary conversations: they last while somebody has them open, and leave nothing behind."""

import asyncio
import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from redis.asyncio import Redis

from accounts.models import User
from common.periodic import run_periodically
from common.threads import in_thread
from conversations.attachments import store
from conversations.live import presence
from conversations.models import Attachment, Conversation, Feedback, Response
from conversations.retention import temporary
from conversations.retention.temporary import RETENTION, remove_abandoned
from conversations.streams.logs import Logs
from conversations.streams.redis import WANTED_STREAM
from tests.support.contract import check_request
from tests.support.conversations import queue_message
from tests.support.images import encoded, image
from tests.support.redis_server import running_redis
from tests.support.site import receive_until, signed_in_site
from tests.support.socket import Socket, ask_and_wait, connect, image_part, open_socket, question, stored, until_text

SECRET = "The password is swordfish"
EVERY_TABLE = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(temporary, "RETENTION", timedelta(seconds=0.5))


@pytest.fixture
async def refreshing(quick, server_process):
    """Keep open temporary conversations and remove the others, as a server does."""
    task = asyncio.create_task(run_periodically(server_process.presence.refresh, seconds=0.05))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def ask_temporarily(socket: Socket, text: str = SECRET, *parts: dict) -> dict:
    await socket.send(question(text, *parts, temporary=True))
    return (await socket.until_end())[-1]["response"]


def tables_with(text: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(EVERY_TABLE)
        return [table for (table,) in cursor.fetchall() if _is_in(cursor, table, text)]


def _is_in(cursor, table: str, text: str) -> bool:
    cursor.execute(f'SELECT 1 FROM "{table}" AS row WHERE row::text LIKE %s LIMIT 1', [f"%{text}%"])
    return cursor.fetchone() is not None


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def is_gone(conversation: str) -> None:
    async with asyncio.timeout(60):
        while await in_thread(Conversation.objects.filter(pk=conversation).exists)():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.django_db(transaction=True)
class TestProvider:
    async def test_provider_stores_nothing_and_gets_the_whole_conversation(self, site, ada, settings):
        settings.BACKGROUND = "always"
        socket = await open_socket(ada)
        first = await ask_temporarily(socket)
        chain = {"conversation": first["conversation"]["id"], "previous_response_id": first["id"]}
        await ask_and_wait(socket, "And then?", **chain)
        for body in site.bodies():
            check_request(body)
            assert body["store"] is False
            assert not body.get("background")
            assert "previous_response_id" not in body
        assert SECRET in str(site.bodies()[-1]["input"])
        await socket.close()


@pytest.mark.django_db(transaction=True)
class TestWhileOpen:
    async def test_temporary_conversation_survives_a_reload(self, site, ada):
        socket = await open_socket(ada)
        answer = await ask_temporarily(socket)
        await socket.close()
        again = await connect(ada, answer["conversation"]["id"])
        await again.close()
        page = await in_thread(_page)(ada, f"/conversations/{answer['conversation']['id']}/")
        assert SECRET in page
        assert 'data-state="open"' in page

    async def test_temporary_conversation_is_in_no_list_and_has_no_title(self, site, ada, hopper):
        socket = await open_socket(ada)
        answer = await ask_temporarily(socket)
        await socket.close()
        assert (await stored(pk=answer["id"])).conversation.title == ""
        pk = answer["conversation"]["id"]
        for person, address in (
            (ada, "/"),
            (ada, "/conversations/"),
            (hopper, "/admin/conversations/conversation/"),
            (hopper, "/admin/conversations/conversation/?q=swordfish"),
        ):
            assert pk not in await in_thread(_page)(person, address), address
        review = f"/admin/conversations/conversation/{pk}/change/"
        assert SECRET not in await in_thread(_page)(hopper, review, follow=True)

    async def test_only_the_owner_sees_images_of_a_temporary_conversation(self, site, ada, hopper):
        attachment = await in_thread(_upload)(ada)
        socket = await open_socket(ada)
        await ask_temporarily(socket, SECRET, image_part(file_id=str(attachment.pk)))
        await socket.close()
        address = f"/attachments/{attachment.pk}/"
        statuses = [await in_thread(_status)(person, address) for person in (ada, hopper)]
        assert statuses == [200, 404]

    async def test_existing_conversation_cannot_become_temporary(self, site, ada):
        socket = await open_socket(ada)
        answer = await ask_and_wait(socket, "Kept")
        await socket.ask("More", conversation=answer["conversation"]["id"], temporary=True)
        assert (await socket.until("error"))[-1]["param"] == "temporary"
        await socket.close()

    @pytest.mark.slow
    async def test_open_temporary_conversation_is_kept(self, site, refreshing, ada):
        socket = await open_socket(ada)
        answer = await ask_temporarily(socket)
        await asyncio.sleep(1.2)
        assert await stored(pk=answer["id"])
        await socket.close()
        await is_gone(answer["conversation"]["id"])


@pytest.mark.django_db(transaction=True)
class TestRemoval:
    async def test_left_temporary_conversation_leaves_nothing(self, site, refreshing, ada, media, caplog):
        attachment = await in_thread(_upload)(ada)
        socket = await open_socket(ada)
        answer = await ask_temporarily(socket, SECRET, image_part(file_id=str(attachment.pk)))
        await in_thread(_rate)(ada, answer["id"])
        assert files(media)
        assert await in_thread(tables_with)(SECRET)
        await socket.close()
        await is_gone(answer["conversation"]["id"])
        assert await in_thread(tables_with)(SECRET) == []
        assert await in_thread(tables_with)(str(attachment.pk)) == []
        assert files(media) == []
        assert SECRET not in caplog.text

    async def test_ending_a_temporary_conversation_removes_it_at_once_and_stops_its_answer(self, site, ada, caplog):
        site.script(match="swordfish", text="pike.eel", deltas=2, at={"5": {"wait": "never"}})
        socket = await open_socket(ada)
        await socket.send(question(SECRET, temporary=True))
        events = await until_text(socket, "pike")
        pk = events[0]["response"]["conversation"]["id"]
        assert await in_thread(_delete)(ada, f"/temporary/{pk}/") == 204
        assert await in_thread(tables_with)(SECRET) == []
        await asyncio.to_thread(site.requests, gone=1)
        assert await in_thread(tables_with)("pike") == []
        assert "pike" not in caplog.text
        await socket.close()

    async def test_answer_in_a_left_temporary_conversation_is_stopped(self, site, refreshing, ada):
        site.script(match="swordfish", text="pike.eel", deltas=2, at={"5": {"wait": "never"}})
        socket = await open_socket(ada)
        await socket.send(question(SECRET, temporary=True))
        events = await until_text(socket, "pike")
        await socket.close()
        await is_gone(events[0]["response"]["conversation"]["id"])
        await asyncio.to_thread(site.requests, gone=1)

    async def test_owner_alone_can_end_a_conversation_and_only_a_temporary_one(self, site, ada, grace, mallory, hopper):
        socket = await open_socket(ada)
        answer, lasting = await ask_temporarily(socket), await ask_and_wait(socket, "Kept")
        await socket.close()
        address = f"/temporary/{answer['conversation']['id']}/"
        for other in (grace, mallory, hopper):
            assert await in_thread(_delete)(other, address) == 404
        assert await in_thread(_delete)(ada, f"/temporary/{lasting['conversation']['id']}/") == 404
        assert await in_thread(_delete)(ada, f"/temporary/{uuid.uuid4()}/") == 404
        assert await stored(pk=answer["id"])

    async def test_nothing_is_removed_right_after_the_database_was_unavailable(self, site, ada, monkeypatch):
        """First, every process says again what it has open."""
        events, failures = [], [OperationalError()]

        def touch(_ids: object) -> None:
            events.append("touch")
            if len(events) == 4:
                raise failures.pop()

        monkeypatch.setattr(presence, "touch", touch)
        monkeypatch.setattr(presence, "remove_abandoned", lambda _logs: _note(events))
        watched = presence.Presence(Logs())
        await watched.refresh()
        await watched.refresh()
        with pytest.raises(OperationalError):
            await watched.refresh()
        await watched.refresh()
        await watched.refresh()
        assert events == ["touch", "touch", "remove", "touch", "touch", "touch", "remove"]


@pytest.mark.process
async def test_conversation_left_by_a_killed_process_is_removed_by_another(site, provider, tmp_path):
    provider.script(match="swordfish", text="pike.eel", deltas=2, at={"5": {"wait": "never"}})
    with signed_in_site(tmp_path, "test_of_temporary", OPENAI_BASE_URL=provider.base_url) as running:
        async with running.tab() as tab:
            await tab.send_json(question(SECRET, temporary=True))
            await receive_until(tab, "response.output_text.delta")
            await asyncio.to_thread(running.wait_for_checkpoint)
            await asyncio.to_thread(running.end, is_killed=True)
        assert running.query("SELECT count(*) FROM conversations_response") == [(1,)]
        long_ago = RETENTION + timedelta(seconds=1)
        running.run(
            "from asgiref.sync import async_to_sync\nfrom datetime import timedelta\nfrom django.db.models import F\n"
            "from conversations.models import Conversation\n"
            "from conversations.retention.temporary import remove_abandoned\n"
            f"Conversation.objects.update(seen_at=F('seen_at') - timedelta(seconds={long_ago.total_seconds()}))\n"
            "from conversations.streams.logs import Logs\nasync_to_sync(remove_abandoned)(Logs())"
        )
        for (table,) in running.query(EVERY_TABLE):
            for text in ("swordfish", "pike"):
                found = running.query(f"SELECT 1 FROM \"{table}\" AS row WHERE row::text LIKE '%{text}%'")
                assert found == [], table
        assert "swordfish" not in running.log.read_text()


@pytest.mark.process
async def test_answer_running_on_after_removal_leaves_nothing_in_redis(provider, tmp_path):
    provider.script(match="swordfish", text="pike.eel", deltas=2, at={"5": {"wait": "go"}})
    with (
        running_redis(tmp_path) as (_, url),
        signed_in_site(tmp_path, "test_of_removal", OPENAI_BASE_URL=provider.base_url, REDIS_URL=url) as running,
    ):
        async with running.tab() as tab, Redis.from_url(url) as redis:
            await tab.send_json(question(SECRET, temporary=True))
            delta = await receive_until(tab, "response.output_text.delta")
            wanted = {"type": "logs.wanted", "response_ids": [delta["response_id"]]}
            async with asyncio.timeout(60):
                while not await redis.keys("chat:response:*"):
                    # As another process does that has viewers of it.
                    await redis.xadd(WANTED_STREAM, {"news": json.dumps(wanted)})
                    await asyncio.sleep(0.02)
            # The process that answers is not told that its row is deleted.
            running.query("DELETE FROM conversations_response RETURNING id")
            provider.release("go")
            async with asyncio.timeout(60):
                while await redis.keys("chat:response:*"):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert "swordfish" not in str(await redis.xrange("chat:news"))


@pytest.mark.django_db(transaction=True)
def test_only_unseen_temporary_conversations_are_removed(ada):
    now = timezone.now()
    lasting = Conversation.objects.create(user=ada, seen_at=now - 2 * RETENTION)
    seen = Conversation.objects.create(user=ada, is_temporary=True, seen_at=now)
    unseen = Conversation.objects.create(user=ada, is_temporary=True, seen_at=now - 2 * RETENTION)
    first = queue_message(unseen, user=ada, input=[])[0]
    queue_message(unseen, user=ada, input=[], previous=first)
    async_to_sync(remove_abandoned)(Logs())
    assert set(Conversation.objects.all()) == {lasting, seen}
    assert not Response.objects.exists()


def _page(user: User, address: str, **options) -> str:
    client = Client()
    client.force_login(user)
    return client.get(address, **options).text


def _status(user: User, address: str) -> int:
    client = Client()
    client.force_login(user)
    return client.get(address).status_code


def _delete(user: User, address: str) -> int:
    client = Client()
    client.force_login(user)
    return client.delete(address).status_code


def _upload(user: User) -> Attachment:
    return store(SimpleUploadedFile("harbour.png", encoded(image())), user)


def _rate(user: User, response_id: str) -> None:
    Feedback.objects.create(user=user, response_id=response_id, rating="up", comment=SECRET)


async def _note(events: list[str]) -> None:
    events.append("remove")
