"""Attacks of one member by heavy work: others wait for none of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import aiohttp
import pytest

from tests.support.images import encoded, image
from tests.support.raw import watched
from tests.support.site import Site, receive_until, signed_in_site
from tests.support.socket import question

pytestmark = [pytest.mark.process, pytest.mark.slow]

CONVERSATION, SHARE, LARGE = UUID(int=1), UUID(int=2), UUID(int=3)
SEED = f"""
from accounts.models import User
from conversations.models import Conversation, Share
from tests.support.conversations import answer, ask, text
from tests.support.socket import session_cookie

mallory = User.objects.create_superuser("mallory")
for number in range(6):
    answer(ask(Conversation.objects.create(user=mallory)), text("a b c d e f g h " * 6250))
long, last = Conversation.objects.create(id="{CONVERSATION}", user=mallory), None
for number in range(16):
    answer(last := ask(long, last), text("- a\\n\\n" * (20_000 if number % 8 == 0 else 1_000)))
large, end = Conversation.objects.create(id="{LARGE}", user=mallory), None
for number in range(10):
    answer(end := ask(large, end), text("lorem ipsum " * 10_000))
Share.objects.create(id="{SHARE}", conversation=long, response=last)
print(session_cookie(mallory))
"""
logger = logging.getLogger(__name__)

SECONDS = 2.0
AT_ONCE = 12
PAUSE_SECONDS = 0.1

ADDRESSES = [
    "/search/?q=a+b+c+d+e+f+g+h",
    f"/conversations/{CONVERSATION}/export.md",
    f"/conversations/{CONVERSATION}/export.json",
    f"/shares/{SHARE}/",
    f"/admin/conversations/conversation/{CONVERSATION}/change/",
    "/admin/conversations/conversation/?q=a+b+c+d",
    f"/conversations/{LARGE}/",
]


@pytest.fixture(scope="module")
def attacked(provider_process, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked")
    # What another test told it to answer would be answered here.
    provider_process.forget()
    with signed_in_site(folder, "test_of_attacks", OPENAI_BASE_URL=provider_process.base_url) as site:
        yield site, site.run(SEED)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_nobody_waits_for_what_another_reads(attacked, address):
    site, cookie = attacked

    async def read(session: aiohttp.ClientSession) -> int:
        async with session.get(f"{site.address}{address}") as answer:
            await answer.read()
            return answer.status

    await attack(site, cookie, read)


async def test_nobody_waits_for_images_of_another(attacked):
    site, cookie = attacked
    bomb = encoded(image(7000, 7000))

    async def upload(session: aiohttp.ClientSession) -> int:
        form = aiohttp.FormData()
        form.add_field("file", bomb, filename="bomb.png")
        async with session.post(f"{site.address}/attachments/", data=form) as answer:
            return answer.status

    await attack(site, cookie, upload)


async def test_nobody_waits_for_commands_of_another(attacked):
    site, cookie = attacked

    async def follow(session: aiohttp.ClientSession) -> int:
        async with session.ws_connect(f"{site.address}/socket/", headers={"Origin": site.address}) as tab:
            for _ in range(100):
                await tab.send_json({"type": "conversation.follow", "conversation": str(CONVERSATION)})
            await tab.receive()
        return 200

    await attack(site, cookie, follow)


async def attack(site: Site, cookie: str, request: Callable[[aiohttp.ClientSession], Awaitable[int]]) -> None:
    """Let many requests of one member be sent at once, and check how long another one waits at most for a page.

    That one also asks, which must go on as usual.
    """
    statuses: set[int] = set()

    async def send_again_and_again(session: aiohttp.ClientSession) -> None:
        while True:
            statuses.add(await request(session))
            # Nobody is quicker by hand, and a program is the proxy's affair.
            await asyncio.sleep(PAUSE_SECONDS)

    headers = {"Cookie": f"sessionid={cookie}; csrftoken={'c' * 32}", "X-CSRFToken": "c" * 32}
    async with aiohttp.ClientSession(headers=headers) as session, watched(site) as watch, site.tab() as tab:
        attackers = [asyncio.create_task(send_again_and_again(session)) for _ in range(AT_ONCE)]
        try:
            async with asyncio.timeout(SECONDS + 60):
                await watch.next_page()
                begin = asyncio.get_running_loop().time()
                while asyncio.get_running_loop().time() < begin + SECONDS:
                    await tab.send_json(question("Rising tide"))
                    await receive_until(tab, "response.completed")
        finally:
            for task in attackers:
                task.cancel()
            await asyncio.gather(*attackers, return_exceptions=True)
    assert statuses <= {200, 201, 429, 503}
    waits = f"{watch.longest_wait:.2f} s at most, {watch.usual_wait:.2f} s without the attack"
    # For the table in docs/reliability.md.
    logger.info(waits)
    assert not watch.waits_too_long, waits
