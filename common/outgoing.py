"""Requests to addresses that people type, or that somebody else's server names.

Each connection goes to an address that was checked (common/destinations.py), so a name can't mean another one a moment
later. Redirects stay at the same origin. The headers and bodies that come back are bounded in bytes, and everything in
time; a caller bounds the whole by `asyncio.timeout`.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import ip_address
from typing import Any, cast

import httpcore2
import httpx2
from django.conf import settings

from common.destinations import is_allowed

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
MAX_CONNECTIONS = 20
MAX_REDIRECTS = 3
MAX_BODY_BYTES = 10 * 1024 * 1024
# Threads of their own: a name server that doesn't answer must not keep the names of providers waiting. It keeps its
# thread for longer than its request, so there are several times as many as one person has requests at once.
_resolving = ThreadPoolExecutor(64, thread_name_prefix="outgoing-names")


class AddressRefused(httpx2.TransportError):
    """The address is inside the network of the host, and not on its list."""


class BodyRefused(httpx2.TransportError):
    """The body is larger than its reader takes, or packed."""


class RedirectRefused(httpx2.TransportError):
    """The redirect leads to another origin, which must not get what was meant for this one."""


def client(
    *,
    headers: dict[str, str] | None = None,
    auth: httpx2.Auth | None = None,
    read_seconds: float = READ_SECONDS,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> httpx2.AsyncClient:
    """Return a client for one use, which its user closes.

    It raises `httpx2.TransportError` and its subclasses above. `http` is taken only for addresses on the host's list.
    """
    return httpx2.AsyncClient(
        # What is packed may be a thousand times as large.
        headers={"Accept-Encoding": "identity", **(headers or {})},
        auth=auth,
        timeout=httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS),
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        # A proxy, or a password in ~/.netrc, would be used for addresses that nobody has checked.
        trust_env=False,
        mounts={
            "https://": _Transport(max_body_bytes, is_public_allowed=True),
            "http://": _Transport(max_body_bytes, is_public_allowed=False),
        },
        event_hooks={"response": [_check_redirect]},
    )


async def _check_redirect(response: httpx2.Response) -> None:
    if not response.has_redirect_location:
        return
    here, there = response.url, response.url.join(response.headers["Location"])
    if (here.scheme, here.host, here.port) != (there.scheme, there.host, there.port):
        raise RedirectRefused("it redirects to another address", request=response.request)


@cache
def _tls() -> ssl.SSLContext:
    """Return what all connections share, because reading the certificates takes a while."""
    return httpx2.create_ssl_context(trust_env=False)


class _Transport(httpx2.AsyncHTTPTransport):
    """httpx's transport, with checked connections and bounded bodies."""

    def __init__(self, max_body_bytes: int, *, is_public_allowed: bool) -> None:
        super().__init__(verify=_tls())
        # httpx has no parameter for the backend of its pool.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            network_backend=_CheckedBackend(is_public_allowed=is_public_allowed),
        )
        self._max_body_bytes = max_body_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            await response.aclose()
            raise BodyRefused("the body is packed", request=request)
        response.stream = _Bounded(cast("httpx2.AsyncByteStream", response.stream), self._max_body_bytes)
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, max_bytes: int) -> None:
        self._stream = stream
        self._left = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._left -= len(part)
            if self._left < 0:
                raise BodyRefused("the body is too large")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Connections to the addresses of a name that are allowed, and to no others."""

    def __init__(self, *, is_public_allowed: bool) -> None:
        self._is_public_allowed = is_public_allowed
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                return await self._connect(host, port, await self._addresses(host, port))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout from error

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name that are allowed. Raise `AddressRefused` if none is."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(_resolving, _resolve, host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host}: the name has no address") from error
        listed = settings.ALLOWED_PRIVATE_ADDRESSES
        allowed = [
            each for each in found if is_allowed(host, each, port, listed, is_public_allowed=self._is_public_allowed)
        ]
        if not allowed:
            raise AddressRefused(f"{host}: the address is not allowed")
        return allowed

    async def _connect(self, host: str, port: int, addresses: list[str]) -> httpcore2.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, CONNECT_SECONDS / 2)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, CONNECT_SECONDS)


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A scope (`fe80::1%eth0`) belongs to an address of the link, which is refused anyway.
    return list(dict.fromkeys(str(ip_address(str(each[4][0]).partition("%")[0])) for each in found))
