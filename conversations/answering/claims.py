"""Which server process answers what: a claim in PostgreSQL that ends with its process.

Each process has a name, writes it on the rows that it answers, and holds the advisory lock of that name on a connection
of its own. If another process can take that lock twice in a row, the first one is gone, and its rows are taken over.
Once is not enough: a process whose connection broke makes a new one at once. A process that was taken over although it
lives finds out with its next write, because each write names the process (ownership.py).
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import asyncio
import logging
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection as django_connection
from psycopg import AsyncConnection

from conversations.answering import ownership

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""Between two checks for rows whose process is gone."""
RETRY_SECONDS = 0.25
"""Between two attempts to connect to the database."""
GRACE_SECONDS = 5.0
"""After the connection broke: if the database restarts, all processes lose theirs, and none of them is gone."""
TIMEOUT_SECONDS = 10.0

KEEPALIVES = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""For the database's end of the connection: if this machine or the network is gone, the lock must become free soon."""

Claim = AsyncConnection[tuple[Any, ...]]
OnTakeOver = Callable[[list[uuid.UUID]], None]
IsAnswered = Callable[[uuid.UUID], bool]


class Claims:
    """The claim of this process. `process` is its name."""

    def __init__(self, process: uuid.UUID) -> None:
        self.process = process
        self._free: set[uuid.UUID] = set()
        self._unanswered: set[uuid.UUID] = set()
        self._is_stopping = False

    async def keep(self, on_take_over: OnTakeOver, is_answered: IsAnswered) -> None:
        """Hold the lock until cancelled, and report the responses that are found without a living process."""
        broken = False
        while True:
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    connection = await AsyncConnection.connect(conninfo(), autocommit=True)
                async with connection:
                    # A connection that broke may still hold the lock until the database notices.
                    async with asyncio.timeout(TIMEOUT_SECONDS):
                        await self._lock(connection)
                    self._free = self._unanswered = set()
                    if broken:
                        await until_broken(connection, GRACE_SECONDS)
                    while True:
                        async with asyncio.timeout(TIMEOUT_SECONDS):
                            responses = await self.check(connection, is_answered)
                        if responses:
                            on_take_over(responses)
                        await until_broken(connection, CHECK_SECONDS)
            except (psycopg.Error, TimeoutError):
                logger.warning("the connection that holds this process's claims broke", exc_info=True)
            broken = True
            await asyncio.sleep(RETRY_SECONDS)

    async def _lock(self, connection: Claim) -> None:
        for setting in KEEPALIVES.items():
            await connection.execute("SELECT set_config(%s, %s, false)", setting)
        await connection.execute("SELECT pg_advisory_lock(%s)", [key(self.process)])

    def stop_claiming(self) -> None:
        """Take nothing over from now on, but hold the lock: the process is about to stop."""
        self._is_stopping = True

    async def check(self, connection: Claim, is_answered: IsAnswered) -> list[uuid.UUID]:
        """Return the ids of the responses that this process must go on with."""
        if self._is_stopping:
            return []
        return await self.take_over(connection) + await self.forgotten(connection, is_answered)

    async def take_over(self, connection: Claim) -> list[uuid.UUID]:
        """Take over the running responses whose process is gone, or that were handed off. Return their ids."""
        taken: list[uuid.UUID] = []
        free: set[uuid.UUID] = set()
        for (process,) in await (await connection.execute(ownership.SELECT_OTHER_OWNERS, [self.process])).fetchall():
            if process is None:
                taken += await self._take(connection, None)
                continue
            row = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", [key(process)])).fetchone()
            if row and row[0]:
                try:
                    if process in self._free:
                        taken += await self._take(connection, process)
                    free.add(process)
                finally:
                    await connection.execute("SELECT pg_advisory_unlock(%s)", [key(process)])
        self._free = free
        return taken

    async def forgotten(self, connection: Claim, is_answered: IsAnswered) -> list[uuid.UUID]:
        """Return the running responses of this process that it didn't answer at two checks in a row.

        It never learnt of them: its connection broke just after they were stored or taken over.
        """
        own = {
            response_id
            for (response_id,) in await (await connection.execute(ownership.SELECT_OWN, [self.process])).fetchall()
        }
        unanswered = {response_id for response_id in own if not is_answered(response_id)}
        found, self._unanswered = unanswered & self._unanswered, unanswered
        return list(found)

    async def _take(self, connection: Claim, process: uuid.UUID | None) -> list[uuid.UUID]:
        rows = await (await connection.execute(ownership.TAKE_OVER, [self.process, process])).fetchall()
        if rows:
            logger.warning("took over %s responses of process %s", len(rows), process)
        return [response_id for (response_id,) in rows]


async def until_broken(connection: Claim, seconds: float) -> None:
    """Wait that long. Raise `psycopg.Error` as soon as the connection breaks."""
    async for _ in connection.notifies(timeout=seconds):
        pass


def key(process: uuid.UUID) -> int:
    """Return the number of the advisory lock of that name, a signed 64-bit integer."""
    return int.from_bytes(process.bytes[:8], signed=True)


def conninfo() -> str:
    """Return the connection string of Django's database, for a connection outside Django's pool."""
    known = django_connection.settings_dict
    parts: dict[str, Any] = {name: value for name, value in known["OPTIONS"].items() if name != "pool"}
    for name, setting in {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }.items():
        parts[name] = known[setting] or None
    return psycopg.conninfo.make_conninfo("", **parts)
