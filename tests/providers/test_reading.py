"""The bytes of a response: all of them, at once after a pause, and together while they come quickly."""

import asyncio
import gzip
import select
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from common.ticker import Ticker
from providers.environment import environment_endpoint
from providers.reading import polled, read_all, received_by
from providers.responses_api.client import Client

EVENTS = [b'data: {"delta": "%d"}\n\n' % number for number in range(6)]
ANNOUNCED = b'data: {"type": "response.created"}\n\n'


class Provider:
    """A server that streams what a test has it send, in chunks."""

    def __init__(self, *headers: bytes) -> None:
        self._headers = headers
        self._begun: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        lines = [b"HTTP/1.1 200 OK", b"transfer-encoding: chunked", *self._headers]
        writer.write(b"\r\n".join([*lines, b"", b""]))
        self._begun.set_result(writer)

    async def send(self, *pieces: bytes) -> None:
        writer = await self._begun
        for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()

    async def end(self) -> None:
        (await self._begun).write(b"0\r\n\r\n")

    async def hang_up(self) -> None:
        writer = await self._begun
        writer.close()
        await writer.wait_closed()


class Until(Ticker):
    """A timer that ticks when something has come true."""

    def __init__(self, is_true: Callable[[], Any]) -> None:
        super().__init__(0)
        self._is_true = is_true

    def _tick(self) -> None:
        if self._is_true():
            super()._tick()
        else:
            asyncio.get_running_loop().call_soon(self._tick)


@asynccontextmanager
async def opened(provider: Provider, settings: Any) -> AsyncIterator[httpx2.Response]:
    """Request a response from the provider while the block runs."""
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0)
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    settings.OPENAI_API_KEY = "sk-any"
    client = Client(environment_endpoint())
    create = client.client.responses.with_streaming_response.create
    async with server:
        async with create(stream=True, extra_body={}) as response:
            yield response.http_response
        await client.close()
        await provider.hang_up()


def content(response: httpx2.Response) -> aiohttp.StreamReader:
    received = received_by(response)
    assert received is not None, "the libraries keep the bytes elsewhere now, and each is read alone"
    return received.content


def each(chunk: bytes) -> list[bytes]:
    """Leave what has come to whoever reads."""
    return [chunk]


async def test_bytes_are_read_at_once_and_then_together(settings):
    provider = Provider()
    async with opened(provider, settings) as response:
        here = content(response)
        left = read_all(response, Until(lambda: here.total_bytes == len(b"".join(EVENTS))), each)
        await provider.send(EVENTS[0])
        assert await anext(left) == [EVENTS[0]]
        for event in EVENTS[1:]:
            await provider.send(event)
        assert await anext(left) == [b"".join(EVENTS[1:])]
        await provider.end()
        assert [chunk async for chunk in left] == []


async def test_first_words_are_read_at_once_after_their_announcement(settings):
    provider = Provider()
    async with opened(provider, settings) as response:
        # It never ticks.
        left = read_all(response, Until(bool), each)
        for event in (ANNOUNCED, EVENTS[0]):
            await provider.send(event)
            assert await anext(left) == [event]


async def test_what_came_before_the_connection_broke_is_read(settings):
    provider = Provider()
    async with opened(provider, settings) as response:
        here = content(response)
        left = read_all(response, Until(here.exception), each)
        await provider.send(EVENTS[0])
        assert await anext(left) == [EVENTS[0]]
        await provider.send(*EVENTS[1:])
        await provider.hang_up()
        assert await anext(left) == [b"".join(EVENTS[1:])]
        with pytest.raises(aiohttp.ClientError):
            await anext(left)


async def test_much_is_read_without_waiting(settings):
    provider = Provider()
    body = b"data: %b\n\n" % bytes(2_000_000)
    async with opened(provider, settings) as response:
        left = read_all(response, Ticker(0.001), each)
        sending = asyncio.create_task(provider.send(body))
        size = 0
        while size < len(body):
            [chunk] = await anext(left)
            size += len(chunk)
        await sending
        assert size == len(body)


async def test_compressed_answers_are_read(settings):
    provider = Provider(b"content-encoding: gzip")
    async with opened(provider, settings) as response:
        await provider.send(gzip.compress(b"".join(EVENTS)))
        await provider.end()
        assert b"".join([chunk async for [chunk] in read_all(response, Ticker(5), each)]) == b"".join(EVENTS)


async def test_only_what_is_left_wakes_the_reader(settings):
    provider = Provider()
    fed: asyncio.Queue[bytes] = asyncio.Queue()
    last = b'data: {"type": "response.completed"}\n\n'

    def feed(chunk: bytes) -> list[bytes]:
        fed.put_nowait(chunk)
        return [chunk] if chunk == last else []

    async with opened(provider, settings) as response:
        waiting = asyncio.create_task(anext(read_all(response, Ticker(0.001), feed)))
        for event in EVENTS:
            await provider.send(event)
            assert await fed.get() == event
        assert not waiting.done()
        await provider.send(last)
        assert await waiting == [last]


async def test_failure_while_it_is_fed_is_raised_to_the_reader(settings):
    provider = Provider()

    def feed(chunk: bytes) -> list[bytes]:
        if EVENTS[1] in chunk:
            raise ValueError("too much")
        return []

    async with opened(provider, settings) as response:
        left = read_all(response, Ticker(0.001), feed)
        waiting = asyncio.create_task(anext(left))
        await provider.send(EVENTS[0])
        await provider.send(EVENTS[1])
        with pytest.raises(ValueError, match="too much"):
            await waiting


async def test_reader_that_is_cancelled_is_fed_no_more(settings):
    provider, ticked = Provider(), asyncio.Event()
    fed: asyncio.Queue[bytes] = asyncio.Queue()

    def feed(chunk: bytes) -> list[bytes]:
        fed.put_nowait(chunk)
        return []

    async with opened(provider, settings) as response:
        here = content(response)
        ticker = Until(lambda: here.total_bytes == len(EVENTS[0] + EVENTS[1]))
        waiting = asyncio.create_task(anext(read_all(response, ticker, feed)))
        await provider.send(EVENTS[0])
        assert await fed.get() == EVENTS[0]
        # Now the reader waits for a tick, too.
        ticker.call(ticked.set)
        waiting.cancel()
        await provider.send(EVENTS[1])
        await ticked.wait()
        assert fed.empty()


async def test_silence_ends_in_time_also_after_words(settings):
    settings.OPENAI_TIMEOUT = 0.2
    provider = Provider()
    async with opened(provider, settings) as response:
        left = read_all(response, Ticker(0.001), each)
        for event in EVENTS[:2]:
            await provider.send(event)
            assert await anext(left) == [event]
        with pytest.raises(aiohttp.SocketTimeoutError):
            await anext(left)


class ByHand(Ticker):
    """A timer that ticks when a test says so."""

    def __init__(self) -> None:
        super().__init__(0)
        self._called: asyncio.Queue[Callable[[], object]] = asyncio.Queue()

    def call(self, callback: Callable[[], object]) -> None:
        self._called.put_nowait(callback)

    async def tick(self) -> None:
        (await self._called.get())()


class Polling:
    """An answer whose words have come quickly, so that the event loop doesn't read it any more."""

    def __init__(self, response: httpx2.Response, provider: Provider) -> None:
        protocol = content(response)._protocol
        assert protocol.transport is not None
        self.transport: Any = protocol.transport
        self.provider = provider
        self.ticker = ByHand()
        self.fed: asyncio.Queue[bytes] = asyncio.Queue()
        self.left = read_all(response, self.ticker, self._feed)
        self.waiting = asyncio.create_task(anext(self.left, b""))

    async def begin(self) -> None:
        await self.provider.send(EVENTS[0])
        assert await self.fed.get() == EVENTS[0]
        await self.tick(EVENTS[1])
        assert self.fed.get_nowait() == EVENTS[1]
        assert not self.transport.is_reading()

    async def tick(self, *events: bytes) -> None:
        """Send events, and tick as soon as something has come."""
        await self.provider.send(*events)
        await self.tick_with_news()

    async def tick_with_news(self) -> None:
        """Tick as soon as something has come, be it the end."""
        while not self._has_come:  # noqa: ASYNC110  nothing tells that a socket can be read that no loop reads
            await asyncio.sleep(0)
        await self.ticker.tick()

    @property
    def _has_come(self) -> bool:
        if self.transport.is_reading():
            return bool(self.transport.get_protocol()._payload._buffer)
        readable, _, _ = select.select([self.transport.get_extra_info("socket").fileno()], [], [], 0)
        return bool(readable)

    def _feed(self, chunk: bytes) -> list[bytes]:
        self.fed.put_nowait(chunk)
        return []


@asynccontextmanager
async def polling(settings: Any) -> AsyncIterator[Polling]:
    provider = Provider()
    async with opened(provider, settings) as response:
        answer = Polling(response, provider)
        await answer.begin()
        yield answer
        answer.waiting.cancel()


async def test_words_that_come_quickly_are_read_with_each_tick(settings):
    async with polling(settings) as answer:
        for event in EVENTS[2:]:
            await answer.tick(event)
            assert answer.fed.get_nowait() == event
            assert not answer.transport.is_reading()


async def test_words_after_a_pause_are_read_at_once(settings):
    async with polling(settings) as answer:
        await answer.ticker.tick()
        await answer.provider.send(EVENTS[2])
        assert await answer.fed.get() == EVENTS[2]
        assert answer.transport.is_reading()


async def test_end_between_two_ticks_leaves_the_connection_to_the_next_answer(settings):
    async with polling(settings) as answer:
        await answer.provider.end()
        await answer.tick_with_news()
        assert await answer.waiting == b""
        assert answer.transport.is_reading()


async def test_connection_that_breaks_between_two_ticks_is_noticed(settings):
    async with polling(settings) as answer:
        await answer.provider.send(EVENTS[2])
        await answer.provider.hang_up()
        await answer.tick_with_news()
        assert answer.fed.get_nowait() == EVENTS[2]
        await answer.tick_with_news()
        with pytest.raises(aiohttp.ClientError):
            await answer.waiting


async def test_reader_that_is_left_leaves_the_connection_to_the_loop(settings):
    async with polling(settings) as answer:
        answer.waiting.cancel()
        await asyncio.wait([answer.waiting])
        assert answer.transport.is_reading()


async def test_encrypted_connection_is_left_to_the_loop(tmp_path):
    provider = Provider()
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0, ssl=certified(tmp_path))
    address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, aiohttp.ClientSession() as session, session.get(address, ssl=False) as response:
        await provider.send(EVENTS[0])
        assert await response.content.readany() == EVENTS[0]
        assert response.connection is not None
        assert polled(response.connection.protocol) is None
        await provider.hang_up()


def certified(folder: Path) -> ssl.SSLContext:
    """Return the context of a server that has a certificate for a day."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    certificate = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(certificate + private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")
    return context
