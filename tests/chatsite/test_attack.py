"""One member does all that takes long, as much of it as they can; another one waits hardly longer than usual.

What strangers can send is in test_bodies.py, what readers can leave unread in test_readers.py, and many attempts to
sign in at once are in tests/accounts/test_hashers.py.
"""

import asyncio
import contextlib
import io
import json
import logging
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import quote

import aiohttp
import pytest
from PIL import Image

from common.threads import in_thread
from tests.support.exported import chatgpt, said
from tests.support.raw import Watch, watched
from tests.support.site import Site, signed_in_site

GRACE_AND_LONG_TEXTS = """
from django.db import transaction
from accounts.models import User
from conversations.models import Conversation
from tests.support.conversations import answer, ask
from tests.support.socket import session_cookie
with transaction.atomic():
    ada = User.objects.get()
    conversation = Conversation.objects.create(user=ada)
    for _ in range(21):
        answer(ask(Conversation.objects.create(user=ada)), {"type": "output_text", "text": "a b c d e f g h " * 6000})
    answer(ask(conversation), {"type": "output_text", "text": "- a\\n\\n" * 150_000})
print(conversation.pk, session_cookie(User.objects.create_user("grace")))
"""

TOKEN = "c" * 32
ATTACK_SECONDS = 6
"""How long the attacker waits. Work that isn't done by then goes on, or ends because nobody waits for it."""

logger = logging.getLogger(__name__)

Attack = Callable[[Site, aiohttp.ClientSession, str], Awaitable[None]]


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[tuple[Site, str, str]]:
    """A running site with ada, who attacks; the id of a conversation of hers; the cookie of grace, who waits."""
    with signed_in_site(tmp_path_factory.mktemp("site"), "test_of_the_attack") as site:
        code = GRACE_AND_LONG_TEXTS.replace("print(conversation.pk, ", "print(str(conversation.pk) + ':' + ")
        conversation, cookie = site.run(code).split(":")
        yield site, conversation, cookie


async def search(site: Site, member: aiohttp.ClientSession, conversation: str) -> None:
    """Search for words that are everywhere, many times at once, and leave some before they are answered."""

    async def once(words: str, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await read(member.get(f"{site.address}/search/?q={quote(words)}"))

    await asyncio.gather(*(once("a b c d e f g h " * (1 + each % 4), 0.5 + each % 3) for each in range(12)))


async def import_names(site: Site, member: aiohttp.ClientSession, conversation: str) -> None:
    """Import a zip with very many names, in which images are looked for, several times at once."""
    file = await in_thread(zip_of_names)()
    await asyncio.gather(*(upload(site, member, "/import/", "export.zip", file) for _ in range(4)))


async def import_long_list(site: Site, member: aiohttp.ClientSession, conversation: str) -> None:
    """Import a small zip with a list of millions of empty conversations."""
    await upload(site, member, "/import/", "export.zip", await in_thread(zip_of_a_list)())


async def import_long_text(site: Site, member: aiohttp.ClientSession, conversation: str) -> None:
    """Import one text of many megabytes."""
    file = await in_thread(json.dumps)([{"title": "a" * 60_000_000}])
    await upload(site, member, "/import/", "conversations.json", file.encode())


async def upload_large_images(site: Site, member: aiohttp.ClientSession, conversation: str) -> None:
    """Upload many images that are small files and take long to decode."""
    image = await in_thread(image_of_many_pixels)()
    await asyncio.gather(*(upload(site, member, "/attachments/", "image.png", image) for _ in range(12)))


async def export(site: Site, member: aiohttp.ClientSession, conversation: str) -> None:
    """Export a conversation with a very long answer, many times at once, and draw it for sharing."""
    pages = [f"/conversations/{conversation}/{name}" for name in ("export.md", "export.json", "")]
    await asyncio.gather(*(read(member.get(site.address + path)) for path in pages * 3))


async def send_commands(site: Site, member: aiohttp.ClientSession, conversation: str) -> None:
    """Send many commands over several sockets at once."""
    follow = json.dumps({"type": "conversation.follow", "conversation": conversation})

    async def one_socket() -> None:
        async with member.ws_connect(
            f"{site.address}/socket/", headers={"Origin": site.address}, max_msg_size=0
        ) as socket:
            for _ in range(100):
                await socket.send_str(follow)
            await socket.receive()

    await asyncio.gather(*(one_socket() for _ in range(5)))


ATTACKS: list[Attack] = [
    search,
    import_names,
    import_long_list,
    import_long_text,
    upload_large_images,
    export,
    send_commands,
]


@pytest.mark.process
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_what_one_member_does_delays_no_other(running, attack):
    site, conversation, grace = running
    async with attacker(site) as member, watched(site, grace) as watch:
        await for_a_while(attack(site, member, conversation))
        for _ in range(5):
            await watch.next_page()
    check(watch, attack.__name__)


async def for_a_while(attack: Awaitable[object]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ATTACK_SECONDS):
            await attack


def check(watch: Watch, name: str) -> None:
    """Log what the other member waited, for docs/reliability.md, and fail if it was too long."""
    waits = f"{name}: {watch.longest_wait:.2f} s at most, {watch.usual_wait:.2f} s without an attack"
    logger.info(waits)
    assert not watch.waits_too_long, waits


def attacker(site: Site) -> aiohttp.ClientSession:
    """Return a session of ada's with as many connections as she likes."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        headers={"Cookie": f"sessionid={site.cookie}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN},
        timeout=aiohttp.ClientTimeout(total=60),
    )


async def upload(site: Site, member: aiohttp.ClientSession, path: str, name: str, content: bytes) -> None:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename=name)
    await read(member.post(site.address + path, data=form, headers={"Origin": site.address}))


async def read(request: Awaitable[aiohttp.ClientResponse]) -> None:
    """Read an answer to its end. It may be a refusal, but no error of the site."""
    answer = await request
    async with answer:
        assert answer.status != 500, await answer.text()
        async for _ in answer.content.iter_chunked(65536):
            pass


def zip_of_names() -> bytes:
    """Return a zip of a few megabytes with 60,000 names and a conversation that looks for 200 images in them."""
    parts = [{"asset_pointer": f"file-service://file-{number}"} for number in range(200)]
    asked = said("user", "", None) | {}
    asked["message"]["content"] = {"content_type": "multimodal_text", "parts": parts}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for number in range(60_000):
            packed.writestr(f"{number}-file.png", b"")
        packed.writestr("conversations.json", json.dumps([chatgpt({"a": asked}) for _ in range(50)]))
    return file.getvalue()


def zip_of_a_list() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("conversations.json", "[" + "{}," * 5_000_000 + "{}]")
    return file.getvalue()


def image_of_many_pixels() -> bytes:
    """Return a PNG of 49 million pixels."""
    file = io.BytesIO()
    Image.new("L", (7000, 7000)).save(file, "PNG")
    return file.getvalue()
