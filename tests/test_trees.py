"""Chained or rebuilt, a conversation is the same to the provider, wherever in the tree it goes on."""

import random

import httpx2
import pytest

from conversations.upstream import upstream
from tests.provider import Provider
from tests.socket import Socket, ask_and_wait, open_socket, stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", range(4))
async def test_a_rebuilt_conversation_is_the_chained_one(site, ada, seed):
    chance = random.Random(seed)
    socket = await open_socket(ada)
    tree = [await ask_and_wait(socket, "Question 0")]
    for number in range(1, 7):
        tree.append(await go_on(socket, f"Question {number}", chance.choice(tree)))

    for previous in chance.sample(tree, 3):
        chained = await go_on(socket, "And then?", previous)
        upstream.chains = False
        rebuilt = await go_on(socket, "And then?", previous)
        upstream.chains = True
        assert ["previous_response_id" in body for body in site.bodies()[-2:]] == [True, False]
        conversation = await heard(site, chained)
        assert conversation == await heard(site, rebuilt)
        assert conversation[-1] == ("user", "And then?")
        assert len(conversation) % 2 == 1
    await socket.close()


async def go_on(socket: Socket, text: str, previous: dict) -> dict:
    chain = {"conversation": previous["conversation"]["id"], "previous_response_id": previous["id"]}
    return await ask_and_wait(socket, text, **chain)


async def heard(provider: Provider, answer: dict) -> list[tuple[str, str]]:
    """Who said what, as the provider had it when it gave this answer."""
    response_id = (await stored(pk=answer["id"])).response_id
    async with httpx2.AsyncClient(headers={"authorization": "Bearer sk-any"}) as client:
        address = f"{provider.base_url}/responses/{response_id}/input_items?order=asc&limit=100"
        items = (await client.get(address)).raise_for_status().json()["data"]
    return [(item["role"], "".join(part["text"] for part in item["content"])) for item in items]
