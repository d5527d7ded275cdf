"""Readers that read slowly, or nothing: what is kept for them is bounded, and they are dropped in time."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chatsite import flow
from chatsite.flow import MAX_INBOX_BYTES, MESSAGE_BYTES, MIN_READ_BYTES, Backpressure, Inbox, write_directly
from tests.support.raw import Connection, Watch, connection, of_ada, watched
from tests.support.site import Site, signed_in_site

MEGABYTE = 1_000_000
LONG_ANSWER = """
from django.db import transaction
from accounts.models import User
from conversations.models import Conversation
from tests.support.conversations import answer, ask
with transaction.atomic():
    conversation = Conversation.objects.create(user=User.objects.get())
    answer(ask(conversation), {"type": "output_text", "text": "At noon", "annotations": ["a" * 25_000_000]})
print(conversation.pk)
"""

LONG_IMAGE = """
from pathlib import Path
from django.conf import settings
from accounts.models import User
from conversations.models import Attachment
(Path(settings.MEDIA_ROOT) / "images").mkdir(parents=True, exist_ok=True)
(Path(settings.MEDIA_ROOT) / "images" / "long.png").write_bytes(bytes(range(256)) * 80_000)
fields = {"file": "images/long.png", "thumbnail": "images/long.png", "media_type": "image/png"}
size = {"width": 1, "height": 1, "size": 20_480_000}
print(Attachment.objects.create(user=User.objects.get(), name="long.png", **fields, **size).pk)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    # With an arena for each thread, how much freed memory the C library keeps differs from run to run.
    with signed_in_site(folder, "test_of_the_readers", MALLOC_ARENA_MAX="1") as site:
        yield site


@pytest.fixture(scope="module")
def conversation(running) -> str:
    """A conversation of ada's with an answer of 25 MB."""
    return running.run(LONG_ANSWER)


async def open_socket(site: Site, line: Connection) -> None:
    """Open a socket that reads only what the test reads."""
    await line.head(
        "GET",
        "/socket/",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Version="13",
        Origin=site.address,
        **of_ada(site),
    )
    assert (await line.answer())[0] == 101


async def send(line: Connection, command: dict[str, Any]) -> None:
    """Send a command in a masked frame (RFC 6455, 5.2)."""
    data = json.dumps(command).encode()
    assert len(data) < 126
    await line.send(b"\x81" + (0x80 | len(data)).to_bytes() + bytes(4) + data)


async def seen_by_others(watch: Watch) -> None:
    """Wait until another member has requested many pages since."""
    end = watch.pages + 30
    while watch.pages < end:
        await watch.next_page()


async def leave_unread(site: Site, path: str, number: int) -> Watch:
    """Request a page of ada's so many times at once and read none; return what another member sees meanwhile."""
    async with watched(site) as watch, AsyncExitStack() as lines:
        for _ in range(number):
            line = await lines.enter_async_context(connection(site))
            await line.head("GET", path, **of_ada(site))
        await seen_by_others(watch)
    return watch


@pytest.mark.process
async def test_sockets_that_read_nothing_take_little_memory(running, conversation):
    follow = {"type": "conversation.follow", "conversation": conversation}
    async with watched(running) as watch, AsyncExitStack() as lines:
        for _ in range(12):
            line = await lines.enter_async_context(connection(running))
            await open_socket(running, line)
            for _ in range(3):
                await send(line, follow)
        await seen_by_others(watch)
    assert not watch.waits_too_long, watch.longest_wait
    assert watch.bytes_more < 400 * MEGABYTE


@pytest.mark.process
async def test_downloads_that_are_not_read_take_little_memory(running, conversation):
    watch = await leave_unread(running, f"/conversations/{conversation}/export.json", 8)
    assert not watch.waits_too_long, watch.longest_wait
    # Each may hold the one answer as JSON, and two are made at a time.
    assert watch.bytes_more < 600 * MEGABYTE


@pytest.fixture(scope="module")
def image(running) -> str:
    """An image of ada's with 20 MB."""
    return running.run(LONG_IMAGE)


@pytest.mark.process
async def test_images_that_are_not_read_take_little_memory(running, image):
    watch = await leave_unread(running, f"/attachments/{image}/", 20)
    assert not watch.waits_too_long, watch.longest_wait
    # Together they are 400 MB.
    assert watch.bytes_more < 250 * MEGABYTE


@pytest.mark.process
async def test_long_response_is_sent_whole(running, image):
    async with connection(running) as line:
        for _ in range(2):
            await line.head("GET", f"/attachments/{image}/", **of_ada(running))
            status, head = await line.answer()
            assert status == 200
            assert "Content-Length: 20480000" in head
            assert await line.reader.readexactly(20_480_000) == bytes(range(256)) * 80_000


@pytest.mark.process
async def test_slow_reader_gets_everything(running, conversation):
    async with connection(running) as line:
        await line.head("GET", f"/conversations/{conversation}/export.json", Connection="close", **of_ada(running))
        await line.answer()
        read = 0
        while piece := await line.reader.read(65536):
            read += len(piece)
            await asyncio.sleep(0)
        assert read > 25 * MEGABYTE


class Transport:
    """Twisted's transport, as far as it is used. `unsent` is what its other end hasn't read."""

    def __init__(self, unsent: int = 0) -> None:
        self.dataBuffer = bytes(unsent)
        self.offset = 0
        self._tempDataLen = 0
        self.is_reading = True
        self.is_aborted = False
        self.connected = True
        self.takes = 0
        self.sent = b""
        self.waiting = b""

    def write(self, data: bytes) -> None:
        self.waiting += data
        self._tempDataLen = len(self.waiting)

    def writeSomeData(self, data: bytes) -> int | Exception:  # noqa: N802
        """Send what the socket takes now. It takes -1 if the connection is lost."""
        if self.takes < 0:
            return ConnectionError()
        self.sent += data[: self.takes]
        return min(self.takes, len(data))

    def pauseProducing(self) -> None:  # noqa: N802
        self.is_reading = False

    def resumeProducing(self) -> None:  # noqa: N802
        self.is_reading = True

    def abortConnection(self) -> None:  # noqa: N802
        self.is_aborted = True


async def test_reader_that_reads_nothing_is_dropped(monkeypatch):
    monkeypatch.setattr(flow, "READER_SECONDS", 0.01)
    transport = Transport(unsent=MEGABYTE)
    backpressure = Backpressure(transport)
    backpressure.pause()
    await asyncio.wait_for(backpressure.wait(), 60)
    assert transport.is_aborted


async def test_reader_that_keeps_reading_is_waited_for(monkeypatch):
    monkeypatch.setattr(flow, "READER_SECONDS", 0.01)
    transport = Transport(unsent=10 * MIN_READ_BYTES)
    backpressure = Backpressure(transport)
    backpressure.pause()
    waiting = asyncio.create_task(backpressure.wait())
    unsent = type(backpressure)._unsent

    def read_on(self: Backpressure) -> int:
        transport.offset += MIN_READ_BYTES
        if transport.offset >= len(transport.dataBuffer):
            backpressure.resume()
        return unsent(self)

    monkeypatch.setattr(Backpressure, "_unsent", read_on)
    await asyncio.wait_for(waiting, 60)
    assert not transport.is_aborted


@pytest.mark.parametrize("size", [0, 1000, 2 * MAX_INBOX_BYTES])
async def test_connection_is_not_read_while_much_is_waiting(size):
    transport = Transport()
    inbox = Inbox(transport)
    number = 0
    while transport.is_reading:
        inbox.put_nowait({"type": "websocket.receive", "text": "a" * size, "number": number})
        number += 1
    assert number == MAX_INBOX_BYTES // (size + MESSAGE_BYTES) + 1

    received = [(await inbox.get())["number"] for _ in range(number)]
    assert received == list(range(number))
    assert transport.is_reading


async def test_pieces_of_a_body_are_joined_and_counted():
    transport = Transport()
    inbox = Inbox(transport)
    for _ in range(MAX_INBOX_BYTES + 1):
        inbox.put_nowait({"type": "http.request", "body": bytearray(b"a"), "more_body": True})
    assert not transport.is_reading
    assert len((await inbox.get())["body"]) == MAX_INBOX_BYTES + 1
    assert transport.is_reading


@pytest.mark.parametrize("takes", [9, 3, 0])
async def test_what_the_socket_does_not_take_at_once_waits_in_order(takes):
    transport = Transport()
    transport.takes = takes
    write_directly(transport, b"one.two.")
    write_directly(transport, b"six.")
    assert transport.sent + transport.waiting == b"one.two.six."
    assert len(transport.sent) == (12 if takes > 8 else takes)


async def test_nothing_overtakes_what_waits():
    transport = Transport()
    transport.write(b"one.")
    transport.takes = 9
    write_directly(transport, b"two.")
    assert (transport.sent, transport.waiting) == (b"", b"one.two.")


async def test_lost_connection_is_noticed_by_the_next_write():
    transport = Transport()
    transport.takes = -1
    write_directly(transport, b"one.")
    assert transport.waiting == b"one."
