"""What runs beside the requests: if a part of it breaks, the server ends, so that it is started again."""

import asyncio
import uuid

import psycopg
import pytest
from redis.asyncio import Redis

from conversations.answering.claims import key
from tests.support.redis_server import running_redis
from tests.support.site import receive_until, signed_in_site

ASK_ELSEWHERE = """
from accounts.models import User
from conversations.models import Conversation, Response
from tests.support.conversations import queue_message
ada = User.objects.get()
conversation = Conversation.objects.create(user=ada)
queue_message(conversation, user=ada, input=[], process="{process}")
print(conversation.pk)
"""


@pytest.mark.process
async def test_server_ends_if_a_service_breaks(tmp_path):
    elsewhere = uuid.uuid4()
    with (
        running_redis(tmp_path) as (_, url),
        signed_in_site(tmp_path, "test_of_keeping", REDIS_URL=url) as site,
        psycopg.connect(site.environment["DATABASE_URL"], autocommit=True) as connection,
    ):
        connection.execute("SELECT pg_advisory_lock(%s)", [key(elsewhere)])
        conversation = site.run(ASK_ELSEWHERE.format(process=elsewhere))
        ((response,),) = site.query("SELECT id FROM conversations_response")
        async with site.tab() as tab, Redis.from_url(url) as redis:
            await tab.send_json({"type": "conversation.follow", "conversation": conversation})
            await receive_until(tab, "response.queued")
            # Nobody who keeps to the rules writes so.
            await redis.xadd(f"chat:response:{response}", {"nonsense": "1"})
            assert await asyncio.to_thread(site.process.wait, 20) == 1
        assert "CRITICAL chatsite.services" in site.log.read_text()
