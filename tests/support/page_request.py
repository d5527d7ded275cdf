"""A browser's request to the real ASGI application, which it may leave before the answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from psycopg import sql

from accounts.models import User
from chatsite.asgi import application
from common.threads import in_thread
from conversations.answering.claims import conninfo
from tests.support.socket import session_cookie


class PageRequest:
    """A GET request in progress."""

    def __init__(self, communicator: ApplicationCommunicator) -> None:
        self._communicator = communicator
        self._status: int | None = None

    async def begin(self) -> int:
        """Return the answer's status, once it begins."""
        if self._status is None:
            start = await self._communicator.receive_output(timeout=60)
            self._status = start["status"]
        return self._status

    async def answer(self) -> tuple[int, bytes]:
        """Return the answer's status and body."""
        status, body = await self.begin(), b""
        while True:
            message = await self._communicator.receive_output(timeout=60)
            body += message.get("body", b"")
            if not message.get("more_body"):
                await self._communicator.wait(timeout=60)
                return status, body

    async def leave(self) -> None:
        """Close the connection, as a browser does that leaves the page."""
        await self._communicator.send_input({"type": "http.disconnect"})
        await self._communicator.wait(timeout=60)


async def requested(user: User, path: str) -> PageRequest:
    """Send a GET request as this person."""
    cookie = await in_thread(session_cookie)(user)
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"sessionid={cookie}".encode())],
    }
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request", "body": b""})
    return PageRequest(communicator)


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Let every statement that reads the table wait while the block runs."""
    with psycopg.connect(conninfo()) as holder:
        holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(table)))
        yield


async def until_waiting(count: int) -> None:
    """Wait until that many statements wait for a lock."""
    async with asyncio.timeout(60):
        while await in_thread(_waiting)() != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def lent_connections() -> int:
    """Return how many connections of Django's pool are in use."""
    stats = cast("Any", connection).pool.get_stats()
    return int(stats["pool_size"] - stats["pool_available"])


async def until_lent(count: int) -> None:
    async with asyncio.timeout(60):
        while lent_connections() > count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def _waiting() -> int:
    with psycopg.connect(conninfo()) as observer:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        row = observer.execute(query).fetchone()
        return row[0] if row else 0
