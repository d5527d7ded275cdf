"""The bytes of a response: all of them, at once after a pause, and together while they come quickly."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx2
import pytest

from common.ticker import Ticker
from providers.environment import environment_endpoint
from providers.reading import chunks, content_of
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

    async def next(self) -> None:
        async with asyncio.timeout(5):
            while not self._is_true():
                await super().next()


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
    found = content_of(response)
    assert found is not None, "the libraries keep the bytes elsewhere now, and each is read alone"
    return found


async def test_bytes_are_read_at_once_and_then_together(settings):
    provider = Provider()
    async with opened(provider, settings) as response:
        here = content(response)
        read = chunks(response, Until(lambda: here.total_bytes == len(b"".join(EVENTS))))
        await provider.send(EVENTS[0])
        assert await anext(read) == EVENTS[0]
        for event in EVENTS[1:]:
            await provider.send(event)
        assert await anext(read) == b"".join(EVENTS[1:])
        await provider.end()
        assert [chunk async for chunk in read] == []


async def test_first_words_are_read_at_once_after_their_announcement(settings):
    provider = Provider()
    async with opened(provider, settings) as response:
        # It never ticks.
        read = chunks(response, Until(bool))
        for event in (ANNOUNCED, EVENTS[0]):
            await provider.send(event)
            assert await anext(read) == event


async def test_what_came_before_the_connection_broke_is_read(settings):
    provider = Provider()
    async with opened(provider, settings) as response:
        here = content(response)
        read = chunks(response, Until(here.exception))
        await provider.send(EVENTS[0])
        assert await anext(read) == EVENTS[0]
        await provider.send(*EVENTS[1:])
        await provider.hang_up()
        assert await anext(read) == b"".join(EVENTS[1:])
        with pytest.raises(aiohttp.ClientError):
            await anext(read)


async def test_much_is_read_without_waiting(settings):
    provider = Provider()
    body = b"data: %b\n\n" % bytes(2_000_000)
    async with opened(provider, settings) as response:
        read = chunks(response, Ticker(0.001))
        sending = asyncio.create_task(provider.send(body))
        size = 0
        while size < len(body):
            size += len(await anext(read))
        await sending
        assert size == len(body)


async def test_compressed_answers_are_read(settings):
    provider = Provider(b"content-encoding: gzip")
    async with opened(provider, settings) as response:
        await provider.send(gzip.compress(b"".join(EVENTS)))
        await provider.end()
        assert b"".join([chunk async for chunk in chunks(response, Ticker(5))]) == b"".join(EVENTS)
