"""HTTP byte by byte, as no browser sends it, and the longest wait of somebody else meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import aiohttp
import psutil  # type: ignore[import-untyped]

from tests.support.site import Site

MAX_WAIT_SECONDS = 3.0
"""How long another member may wait during an attack. On two cores with nothing else to do it is under a second."""

CALM_PAGES = 5
"""How many pages are requested before an attack, to learn how slow the machine is by itself."""


class Connection:
    """A connection to the site."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Send some bytes. That the site has closed the connection is seen in its answer."""
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def head(self, method: str, path: str, **headers: str) -> None:
        """Send the request line and the headers. In their names, `_` stands for `-`."""
        lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {headers[name]}" for name in headers)]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def answer(self) -> tuple[int, str]:
        """Return the status and the headers of the next answer."""
        async with asyncio.timeout(60):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return int(head.split()[1]), head

    async def is_closed(self) -> bool:
        """Wait until the site closes the connection."""
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass
        return True


@asynccontextmanager
async def connection(site: Site, *, receive_buffer: int = 65536) -> AsyncIterator[Connection]:
    """Open a connection while the block runs. Besides the buffer, the system receives nothing that isn't read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.environment["PORT"]), limit=receive_buffer)
    try:
        yield Connection(reader, writer)
    finally:
        writer.transport.abort()


def of_ada(site: Site) -> Mapping[str, str]:
    """Return the headers of ada's requests."""
    return {"Host": site.address.removeprefix("http://"), "Cookie": f"sessionid={site.cookie}; csrftoken={'c' * 32}"}


class Watch:
    """What somebody else sees: how long they wait at most, and how much memory the site takes more than before."""

    def __init__(self, site: Site) -> None:
        self._process = psutil.Process(site.process.pid)
        self._before = self._process.memory_info().rss
        self._page_came = asyncio.Event()
        self.pages = 0
        self.usual_wait = 0.0
        self.longest_wait = 0.0
        self.bytes_more = 0

    @property
    def waits_too_long(self) -> bool:
        """Whether the other member waited too long. A busy machine makes everybody wait, without an attack, too."""
        return self.longest_wait > MAX_WAIT_SECONDS + 10 * self.usual_wait

    async def next_page(self) -> None:
        """Wait until one more page has come."""
        self._page_came.clear()
        async with asyncio.timeout(60):
            await self._page_came.wait()

    async def run(self, site: Site, cookie: str) -> None:
        async with aiohttp.ClientSession(headers={"Cookie": f"sessionid={cookie}"}) as session:
            while True:
                start = time.monotonic()
                async with session.get(f"{site.address}/conversations/") as answer:
                    assert answer.status == 200
                    await answer.read()
                self.longest_wait = max(self.longest_wait, time.monotonic() - start)
                self.bytes_more = max(self.bytes_more, self._process.memory_info().rss - self._before)
                self.pages += 1
                if self.pages == CALM_PAGES:
                    self.usual_wait, self.longest_wait = self.longest_wait, 0.0
                self._page_came.set()
                await asyncio.sleep(0.05)


@asynccontextmanager
async def watched(site: Site, cookie: str = "") -> AsyncIterator[Watch]:
    """Request pages as another member does, again and again, while the block runs. It begins when some have come."""
    watch = Watch(site)
    task = asyncio.create_task(watch.run(site, cookie or site.cookie))
    try:
        while watch.pages < CALM_PAGES:
            await watch.next_page()
        yield watch
        assert not task.done(), task.exception()
    finally:
        task.cancel()
