"""Logs that several server processes share: the process that answers writes them to Redis, and the others read them.

A process with viewers of an answer that runs elsewhere keeps a copy of its log. It tells the others that it wants that,
and the one that answers then writes the log to Redis, from its beginning, until the answer ends. Most logs are never
wanted, because who asks is connected to the process that answers.

The events of a response are a Redis stream, with an entry for each batch. Each event has a number, so writing or
reading it twice does no harm. Redis may lose everything: what is wanted is repeated, the process that answers writes
its logs again, and ends are looked up in PostgreSQL.
https://redis.io/docs/latest/develop/data-types/streams/
"""

import asyncio
import logging
from collections.abc import Collection
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from common.threads import UNAVAILABLE
from conversations.streams.logs import Cursor, FindEnds, Log, Logs, Pace
from conversations.streams.news import News, SharedNewsChannel, end_if_cancelled
from providers.responses_api.events import TERMINAL, Event, decode

logger = logging.getLogger(__name__)

WANTED_STREAM = "chat:wanted"
WANTED_LENGTH = 1000
"""Of the Redis stream. What is wanted is repeated if nothing comes."""
KEPT_SECONDS = 1.0
"""For which a log that has ended can still be wanted: who wants it read before that that it runs."""
SILENCE_SECONDS = 1.0
"""After which a copy is wanted again, and its end is looked for in PostgreSQL: Redis may have lost either."""
TIMEOUT_SECONDS = 5.0
PERIOD_SECONDS = 0.033
"""Between two writings, and two readings, of all logs."""
EXPIRY_SECONDS = 6 * 60 * 60
ENDED_EXPIRY_SECONDS = 60
START = b"0"

_batch = msgspec.json.Decoder(list[msgspec.Raw])

Batch = tuple[str, bytes, bool]
"""A response's id, events of it, and whether they are the first that this process writes."""


class Recorder(Cursor):
    """The cursor of a log that puts its events into the outbox for Redis, once the log is wanted."""

    __slots__ = ("is_wanted", "outbox")

    def __init__(self, log: Log, outbox: list[Batch]) -> None:
        super().__init__(log, log.base, self._nowhere)
        self.outbox = outbox
        self.is_wanted = False
        self.pace = Pace.VIEWER

    def take(self) -> list[bytes]:
        """Return what isn't written yet. Deltas stay apart, because viewers elsewhere may have seen any of them."""
        events = self.log.apart(self.position)
        if events:
            is_first = self.position == self.log.base
            self.outbox.append((self.log.response_id, b"[%b]" % b",".join(events), is_first))
        self.position = max(self.position, self.log.last + 1)
        return events

    def write(self, frames: list[bytes]) -> list[bytes]:
        return []

    async def _nowhere(self, _frame: str) -> None:
        raise NotImplementedError


class SharedLogs(Logs):
    """The logs of the responses that run in any process."""

    news: SharedNewsChannel

    def __init__(self, url: str) -> None:
        super().__init__()
        self.news = SharedNewsChannel(lambda: self._redis)
        self._wanted = SharedNewsChannel(lambda: self._redis, WANTED_STREAM, WANTED_LENGTH)
        self._wanted.subscribe(self._record_wanted)
        self._url = url
        self._client: Redis | None = None
        self._recorders: dict[str, Recorder] = {}
        self._outbox: list[Batch] = []
        self._lost: set[str] = set()
        self._forgotten: set[str] = set()
        self._wants: set[str] = set()
        """The responses whose logs are wanted here, which no process has been told yet."""
        self._read: dict[str, bytes] = {}

    def open(self, response_id: str, base: int = 0) -> Log:
        # Viewers of the copy follow the log itself from now on.
        self._read.pop(response_id, None)
        log = super().open(response_id, base)
        self._recorders[response_id] = Recorder(log, self._outbox)
        log.add(self._recorders[response_id])
        if base:
            # Those who saw what another process wrote of it are waiting.
            self._record(response_id)
        return log

    def awaited(self, response_id: str) -> Log:
        """Return the log of a running response: the log itself if it runs here, else a copy."""
        copy = self._awaited.get(response_id)
        log = super().awaited(response_id)
        if response_id not in self._logs and log is not copy:
            self._read[response_id] = START
            self._wants.add(response_id)
        return log

    def close(self, log: Log) -> None:
        super().close(log)
        recorder = self._recorders.get(log.response_id)
        if recorder and recorder.is_wanted:
            del self._recorders[log.response_id]
        elif recorder:
            asyncio.get_running_loop().call_later(KEPT_SECONDS, self._drop, recorder)

    def leave(self, log: Log) -> None:
        self._drop(self._recorders.get(log.response_id))
        super().leave(log)

    async def forget(self, response_id: str) -> None:
        """Delete a removed response's events from Redis with the next write, and write no more of them."""
        self._drop(self._recorders.get(response_id))
        self._forgotten.add(response_id)

    async def share(self, find_ends: FindEnds) -> None:
        """Write the logs of this process that are wanted to Redis, and read those that are watched here.

        It goes on until cancelled.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.news.listen())
                tasks.create_task(self._wanted.listen())
                tasks.create_task(self._write_periodically())
                tasks.create_task(self._read_periodically())
                tasks.create_task(self._look_after_copies(find_ends))
        finally:
            client, self._client = self._client, None
            if client:
                await client.aclose()

    @property
    def _redis(self) -> Redis:
        if self._client is None:
            self._client = Redis.from_url(
                self._url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
            )
        return self._client

    async def _record_wanted(self, wanted: News) -> None:
        for response_id in wanted["response_ids"]:
            self._record(response_id)

    def _record(self, response_id: str) -> None:
        """Write a log to Redis from now on, if it is one of this process."""
        recorder = self._recorders.get(response_id)
        if recorder is None or recorder.is_wanted:
            return
        recorder.is_wanted = True
        recorder.pace = Pace.EVENT
        self._schedule.wake(recorder)
        if recorder.log.ended:
            del self._recorders[response_id]

    def _drop(self, recorder: Recorder | None) -> None:
        """Write no more of a log."""
        if recorder is None or (recorder.is_wanted and recorder.log.ended):
            return
        recorder.log.unfollow(recorder)
        if self._recorders.get(recorder.log.response_id) is recorder:
            del self._recorders[recorder.log.response_id]

    async def _write_periodically(self) -> None:
        while True:
            try:
                if self._outbox or self._lost or self._forgotten:
                    await self._write()
                await asyncio.sleep(PERIOD_SECONDS)
            except RedisError:
                logger.warning("the logs of this process can't be written to Redis; trying again", exc_info=True)
                self._outbox.clear()
                self._write_again([key for key, recorder in self._recorders.items() if recorder.is_wanted])
                await asyncio.sleep(1)
            end_if_cancelled()

    async def _write(self) -> None:
        """Write what has come since the last time, of all logs in one pipeline."""
        taken, lost, forgotten = len(self._outbox), self._lost.copy(), self._forgotten.copy()
        batches = [batch for batch in self._outbox if batch[0] not in forgotten]
        async with self._redis.pipeline(transaction=False) as pipeline:
            if lost or forgotten:
                pipeline.delete(*(name(key) for key in lost | forgotten))
            for key, batch, is_first in batches:
                # Without NOMKSTREAM, a Redis that was restarted unnoticed would get a stream without its beginning.
                pipeline.xadd(name(key), {"events": batch}, nomkstream=not is_first)
            for key in {key for key, _, _ in batches}:
                pipeline.expire(name(key), EXPIRY_SECONDS if key in self._recorders else ENDED_EXPIRY_SECONDS)
            results = await pipeline.execute()
        del self._outbox[:taken]
        self._lost -= lost
        self._forgotten -= forgotten
        entries = results[bool(lost or forgotten) :][: len(batches)]
        if headless := {key for (key, _, _), entry in zip(batches, entries, strict=True) if entry is None}:
            self._write_again(headless & self._recorders.keys())

    def _write_again(self, keys: Collection[str]) -> None:
        """Write these logs from their beginning, because nobody knows what Redis has of them."""
        self._outbox[:] = [batch for batch in self._outbox if batch[0] not in keys]
        for key in keys:
            recorder = self._recorders[key]
            self._lost.add(key)
            recorder.position = recorder.log.base
            if recorder.is_behind:
                self._schedule.wake(recorder)

    async def _read_periodically(self) -> None:
        while True:
            try:
                if self._read:
                    await self._read_on()
                await asyncio.sleep(PERIOD_SECONDS)
            except RedisError:
                logger.warning("the logs of other processes can't be read from Redis; trying again", exc_info=True)
                self._read = dict.fromkeys(self._read, START)
                await asyncio.sleep(1)
            end_if_cancelled()

    async def _read_on(self) -> None:
        """Read what has come since the last time, of all logs at once."""
        self._awaited = {key: log for key, log in self._awaited.items() if log.is_followed}
        self._read = {key: read for key, read in self._read.items() if key in self._awaited}
        wants, self._wants = self._wants & self._read.keys(), set()
        if wants:
            await self._wanted.publish({"type": "logs.wanted", "response_ids": [*wants]})
        wanted: dict[Any, Any] = {name(key): read for key, read in self._read.items()}
        streams: Any = await self._redis.xread(wanted) if wanted else []
        for stream, entries in streams or []:
            key = stream.decode().removeprefix(name(""))
            # A copy that was started again meanwhile needs the entries before these.
            if self._read.get(key) == wanted[name(key)]:
                self._copy(key, entries)

    def _copy(self, key: str, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        log = self._awaited.get(key)
        if log is None:
            return
        self._read[key] = entries[-1][0]
        for _, fields in entries:
            for raw in _batch.decode(fields[b"events"]):
                receive(log, event := decode(bytes(raw)))
                if isinstance(event, dict) and event.get("type") in TERMINAL:
                    self._close_copy(log)
                    return

    async def _look_after_copies(self, find_ends: FindEnds) -> None:
        """Close the copies of which nothing comes if their answers have ended in PostgreSQL; want the others again."""
        seen: dict[str, int] = {}
        while True:
            await asyncio.sleep(SILENCE_SECONDS)
            silent = {key for key, log in self._awaited.items() if seen.get(key) == log.last}
            try:
                for end in await find_ends(silent) if silent else []:
                    if log := self._awaited.get(end["response_id"]):
                        log.restart_at(max(log.last + 1, end["sequence_number"]))
                        log.append(end)
                        self._close_copy(log)
            except UNAVAILABLE:
                logger.warning("the ends of answers can't be looked up; trying again", exc_info=True)
            self._wants |= silent & self._awaited.keys()
            seen = {key: log.last for key, log in self._awaited.items()}

    def _close_copy(self, log: Log) -> None:
        log.close()
        self._awaited.pop(log.response_id, None)
        self._read.pop(log.response_id, None)


def receive(log: Log, event: Event) -> None:
    """Append an event that another process numbered, once. After a gap in the numbers, the log starts again there."""
    number = event["sequence_number"] if isinstance(event, dict) else event.sequence_number
    if number is None or (number <= log.last and not log.is_empty):
        return
    if number != log.last + 1 or log.is_empty:
        log.restart_at(number)
    log.append(event)


def name(response_id: str) -> str:
    """Return the key of a response's stream."""
    return f"chat:response:{response_id}"
