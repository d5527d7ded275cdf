"""Messages that many people send at the same moment."""

import asyncio
import uuid
from typing import Any

import msgspec
import pytest
from django.contrib.sessions.models import Session
from psycopg import AsyncConnection

from accounts.models import User
from common.refusal import Refused
from common.threads import in_thread
from conversations.answering.ask import MAX_RUNNING
from conversations.answering.claims import conninfo
from conversations.live.asking import SignedOut
from conversations.messages import NewMessage
from conversations.models import Conversation, Response
from tests.support.socket import question, row_counts, session_cookie, wait_for_end

pytestmark = pytest.mark.django_db(transaction=True)


def made(text: str, **fields: object) -> NewMessage:
    command = question(text, **fields)
    del command["type"]
    return msgspec.convert(command, NewMessage)


@in_thread
def signed_in(user: User) -> tuple[str, uuid.UUID]:
    return session_cookie(user), user.pk


async def test_each_of_many_at_once_gets_what_is_its_own(site, server_process, ada, grace, mallory, hopper):
    asking = server_process.asking
    own, other, outsider, left = [await signed_in(each) for each in (ada, grace, mallory, hopper)]
    await in_thread(Session.objects.filter(pk=left[0]).delete)()
    foreign = await in_thread(Conversation.objects.create)(user=grace, title="Tides")
    twice = made("Twice?")
    asked = [
        *((own, made(f"Number {number}")) for number in range(MAX_RUNNING + 5)),
        *((other, made(f"Number {number}")) for number in range(15)),
        (outsider, made("Mine now", conversation=str(foreign.pk))),
        (left, made("Am I still here?")),
        *((outsider, twice) for _ in range(3)),
        *((other, made("Here", conversation=str(foreign.pk))) for _ in range(3)),
    ]
    outcomes: list[Any] = await asyncio.gather(*(asking.ask(*each) for each in asked), return_exceptions=True)
    mine, theirs, (attack, gone, *same), here = outcomes[:25], outcomes[25:40], outcomes[40:45], outcomes[45:]

    assert sum(isinstance(each, tuple) for each in mine) == MAX_RUNNING
    assert {each.code for each in mine if isinstance(each, Refused)} == {"too_many_responses"}
    assert all(is_new for _, is_new, _ in [*theirs, *here])
    assert attack.code == "conversation_not_found"
    assert isinstance(gone, SignedOut)
    assert len({response.pk for response, _, _ in same}) == 1
    assert sorted(is_new for _, is_new, _ in same) == [False, False, True]
    stored = {each[0].pk for each in outcomes if isinstance(each, tuple)}
    assert await in_thread(lambda: {*Response.objects.values_list("pk", flat=True)})() == stored
    for response_id in stored:
        await wait_for_end(str(response_id))
    assert len(site.bodies()) == len(stored)


async def test_message_that_waits_for_a_lock_holds_up_nobody(site, server_process, ada, grace):
    held = await in_thread(Conversation.objects.create)(user=ada, title="Tides")
    own, other = await signed_in(ada), await signed_in(grace)
    async with await AsyncConnection.connect(conninfo()) as connection:
        await connection.execute("SELECT 1 FROM conversations_conversation WHERE id = %s FOR UPDATE", [held.pk])
        waiting = asyncio.create_task(server_process.asking.ask(own, made("Count", conversation=str(held.pk))))
        # In the same batch, and in a later one.
        for _ in range(2):
            _, is_new, _ = await server_process.asking.ask(other, made("Count"))
            assert is_new
        assert not waiting.done()
        await connection.rollback()
    _, is_new, _ = await waiting
    assert is_new


async def test_batch_that_cannot_be_stored_is_stored_one_by_one(site, server_process, ada, grace, settings):
    own, other = await signed_in(ada), await signed_in(grace)
    # No page sends that, and the database refuses it.
    bad = made("Half")
    bad.input[0].content[0].text = "\ud800"
    outcomes: list[Any] = await asyncio.gather(
        *(server_process.asking.ask(*each) for each in ((own, made("Count")), (own, bad), (other, made("Count")))),
        return_exceptions=True,
    )

    assert [isinstance(each, tuple) for each in outcomes] == [True, False, True]
    assert await row_counts() == (2, 2)
