"""What a server does all the time beside answering: where that breaks, somebody hears of it, and it is begun anew."""

import asyncio
import uuid

import psycopg
import pytest
from redis.asyncio import Redis

from conversations.answering.claims import key
from conversations.live import presence
from conversations.retention import deleted
from tests.support.redis_server import running_redis
from tests.support.site import receive_until, started_site

ASK_ELSEWHERE = """
from accounts.models import User
from conversations.models import Conversation, Response
ada = User.objects.get()
conversation = Conversation.objects.create(user=ada)
Response.objects.ask(conversation, user=ada, input=[], process="{process}")
print(conversation.pk)
"""


@pytest.mark.process
async def test_a_process_that_no_longer_shares_its_logs_ends_so_that_it_is_started_again(tmp_path):
    elsewhere = uuid.uuid4()
    with (
        running_redis(tmp_path) as (_, url),
        started_site(tmp_path, "test_of_keeping", REDIS_URL=url) as site,
        psycopg.connect(site.environment["DATABASE_URL"], autocommit=True) as connection,
    ):
        site.sign_in()
        connection.execute("SELECT pg_advisory_lock(%s)", [key(elsewhere)])
        conversation = site.run(ASK_ELSEWHERE.format(process=elsewhere))
        ((response,),) = site.query("SELECT id FROM conversations_response")
        async with site.tab() as tab, Redis.from_url(url) as redis:
            await tab.send_json({"type": "conversation.follow", "conversation": conversation})
            await receive_until(tab, "response.queued")
            # Nobody who keeps to the rules writes so.
            await redis.xadd(f"chat:response:{response}", {"nonsense": "1"})
            assert await asyncio.to_thread(site.process.wait, 20) == 1
        assert "CRITICAL chatsite.server" in site.log.read_text()


async def test_what_goes_wrong_once_is_tried_again(transactional_db, monkeypatch, caplog):
    """Nobody's answer ends because something could not be tidied up."""
    calls: list[str] = []

    def fail(name: str) -> None:
        calls.append(name)
        raise ValueError("no")

    for module in (deleted, presence):
        monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(deleted, "remove_one", lambda: fail("deleted"))
    monkeypatch.setattr(presence, "touch", lambda _ids: fail("temporary"))
    tasks = [asyncio.create_task(deleted.keep_removing()), asyncio.create_task(presence.presence.keep())]
    async with asyncio.timeout(10):
        while min(calls.count("deleted"), calls.count("temporary")) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert "deleted conversations can't be removed now" in caplog.text
    assert "temporary conversations can't be looked after now" in caplog.text
