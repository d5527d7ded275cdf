"""Requests to addresses that people type, made to a real server that means no good."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
from aiohttp import web

from common import outgoing


@pytest.fixture(autouse=True)
def allowed(settings) -> list[str]:
    settings.ALLOWED_PRIVATE_ADDRESSES = []
    return settings.ALLOWED_PRIVATE_ADDRESSES


@pytest.fixture
async def address(allowed) -> AsyncIterator[str]:
    """Yield the address of a server, which is on the host's list."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async def packed(_request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"0" * 1000), headers={"Content-Encoding": "gzip"})

    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": request.query.get("to", "/redirect")})

    async def headers(request: web.Request) -> web.Response:
        return web.json_response(dict(request.headers))

    app = web.Application()
    app.add_routes([web.get(f"/{each.__name__}", each) for each in (endless, packed, redirect, headers)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    allowed.append(f"127.0.0.1:{port}")
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def get(url: str, **params: str) -> httpx2.Response:
    async with outgoing.client(max_body_bytes=1_000_000) as client:
        return await client.get(url, params=params)


async def test_listed_address_is_reached_by_its_own_name(address):
    sent = (await get(f"{address}/headers")).json()
    assert sent["Host"] == address.removeprefix("http://")


async def test_address_that_is_not_listed_is_not_connected_to(address, allowed):
    allowed.clear()
    for url in (address, address.replace("127.0.0.1", "localhost"), address.replace("http:", "https:")):
        with pytest.raises(outgoing.AddressRefused):
            await get(url)


async def test_name_is_connected_to_the_address_that_was_checked(address, monkeypatch):
    """A name that has another address the next time that it is asked for."""
    answers = iter(["127.0.0.1", "10.0.0.1"])
    asked = []

    def rebinding(host: str, port: int, **_: int) -> list:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert (await get(address.replace("127.0.0.1", "twice.example") + "/headers")).status_code == 200
    assert asked == ["twice.example"]
    with pytest.raises(outgoing.AddressRefused):
        await get(address.replace("127.0.0.1", "twice.example") + "/headers")


async def test_http_is_refused_outside_of_the_list(monkeypatch):
    monkeypatch.setattr(outgoing, "_resolve", lambda _host, _port: ["93.184.216.34"])
    with pytest.raises(outgoing.AddressRefused):
        await get("http://public.example/")


async def test_redirect_is_followed_at_the_same_origin_only(address):
    assert (await get(f"{address}/redirect", to="/headers")).status_code == 200
    for elsewhere in ("http://169.254.169.254/", "https://public.example/", address.replace("127.0.0.1", "localhost")):
        with pytest.raises(outgoing.RedirectRefused):
            await get(f"{address}/redirect", to=elsewhere)


async def test_redirects_end(address):
    with pytest.raises(httpx2.TooManyRedirects):
        await get(f"{address}/redirect")


@pytest.mark.parametrize("path", ["/endless", "/packed"])
async def test_body_is_bounded(address, path):
    with pytest.raises(outgoing.BodyRefused):
        await get(address + path)


async def test_server_that_does_not_answer_is_left(allowed):
    async with asyncio.timeout(10):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            allowed.append(f"127.0.0.1:{port}")
            async with outgoing.client(read_seconds=0.05) as client:
                with pytest.raises(httpx2.ReadTimeout):
                    await client.get(f"http://127.0.0.1:{port}/")


async def test_unknown_name_is_a_failed_connection(monkeypatch):
    def unknown(*_: object, **__: object) -> list:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(httpx2.ConnectError):
        await get("https://nowhere.example/")
