"""What the side list says of answers: in progress, and ended but not seen yet."""

import pytest
from django.test import AsyncClient

from accounts.models import User
from conversations.models import Conversation
from tests.support.conversations import ask
from tests.support.socket import Socket, open_socket

pytestmark = pytest.mark.django_db(transaction=True)


async def next_marks(tab: Socket) -> tuple[bool, bool]:
    conversation = await tab.until_updated()
    return conversation["running"], conversation["unseen"]


async def marks_in_list(user: User) -> list[tuple[bool, bool]]:
    client = AsyncClient()
    await client.aforce_login(user)
    listed = (await client.get("/conversations/")).json()["conversations"]
    return [(conversation["running"], conversation["unseen"]) for conversation in listed]


async def test_list_says_that_an_answer_is_in_progress_then_unseen_then_seen(site, ada):
    site.script(text="one.two.", deltas=2, at={"5": {"wait": "go"}})
    tab, other = await open_socket(ada), await open_socket(ada)
    await tab.ask("Count")
    conversation = (await tab.receive())["response"]["conversation"]["id"]
    assert await next_marks(other) == (True, False)
    assert await marks_in_list(ada) == [(True, False)]

    site.release("go")
    assert await next_marks(other) == (False, True)
    assert await marks_in_list(ada) == [(False, True)]

    await tab.send({"type": "conversation.seen", "conversation": conversation})
    assert await next_marks(other) == (False, False)
    assert await marks_in_list(ada) == [(False, False)]
    for socket in (tab, other):
        await socket.close()


async def test_answer_that_was_stopped_is_not_unseen(site, ada):
    site.script(text="one.two.", deltas=2, at={"5": {"wait": "never"}})
    tab, other = await open_socket(ada), await open_socket(ada)
    await tab.ask("Count")
    queued = await tab.receive()
    assert await next_marks(other) == (True, False)
    await tab.until("response.output_text.delta")
    await tab.send({"type": "response.cancel", "response_id": queued["response_id"]})
    assert await next_marks(other) == (False, False)
    for socket in (tab, other):
        await socket.close()


def test_search_result_has_the_marks_of_its_conversation(client, ada):
    conversation = Conversation.objects.create(user=ada, title="Tides")
    ask(conversation)
    conversation.mark(unseen=True)
    client.force_login(ada)
    (result,) = client.get("/search/?q=tides").json()["results"]
    assert (result["conversation"]["running"], result["conversation"]["unseen"]) == (True, True)


async def test_temporary_conversation_has_no_marks(site, ada):
    tab, other = await open_socket(ada), await open_socket(ada)
    await tab.ask("Count", temporary=True)
    end = (await tab.until_end())[-1]
    conversation = end["response"]["conversation"]["id"]
    await tab.send({"type": "conversation.seen", "conversation": conversation})
    assert (await tab.receive())["code"] == "conversation_not_found"
    assert await other.communicator.receive_nothing()
    for socket in (tab, other):
        await socket.close()
