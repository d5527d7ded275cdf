"""Append-only logs of the events of answers, and the cursors of their viewers.

A viewer is a cursor over a log: it starts after what the viewer has seen and gets everything that follows, merged into
as few frames as possible. Nothing is queued for a viewer, so nothing overflows and nothing is dropped.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from conversations.streams.news import NewsChannel
from providers.responses_api.events import Delta, Event, encode, merged

logger = logging.getLogger(__name__)

FRAME_SECONDS = 0.033
"""Between two frames to one viewer. The first frame, and the first after a pause, are sent at once."""

Send = Callable[[str], Awaitable[None]]


class Log:
    """The events of one response, numbered from `base`, which is 0 unless another process began the log."""

    def __init__(self, response_id: str, ticker: "Ticker") -> None:
        self.response_id = response_id
        self.base = 0
        self.events: list[Event] = []
        self.ended = False
        self._ticker = ticker
        self._cursors: set[Cursor] = set()

    def append(self, event: Event) -> None:
        """Number the event, keep it, and have it sent to every viewer."""
        number = self.base + len(self.events)
        if isinstance(event, Delta):
            event.response_id = self.response_id
            event.sequence_number = number
        else:
            event |= {"response_id": self.response_id, "sequence_number": number}
        self.events.append(event)
        for cursor in self._cursors:
            if not cursor.awake:
                self._ticker.wake(cursor)

    def restart_at(self, base: int) -> None:
        """Drop the events so far and number the next ones from `base`."""
        for cursor in self._cursors:
            cursor.position = max(cursor.position + self.base - base, 0)
        self.base = base
        self.events = []

    @property
    def is_followed(self) -> bool:
        """Whether the log has viewers."""
        return bool(self._cursors)

    @property
    def last(self) -> int:
        """The number of the newest event."""
        return self.base + len(self.events) - 1

    def follow(self, send: Send, *, after: int = -1) -> "Cursor":
        """Send every event after that number, now and later, until the log ends or `unfollow` is called."""
        # The copy of another process's log may be behind what its viewer has seen there.
        return self.add(Cursor(self, max(after + 1 - self.base, 0), send))

    def add(self, cursor: "Cursor") -> "Cursor":
        """Let the cursor follow this log."""
        self._cursors.add(cursor)
        if not cursor.awake:
            self._ticker.wake(cursor)
        return cursor

    def move_viewers(self, other: "Log") -> None:
        """Let the viewers of this log follow another log of the same response."""
        for cursor in self._cursors:
            cursor.position = max(cursor.position + self.base - other.base, 0)
            cursor.log = other
            other.add(cursor)
        self._cursors = set()

    def unfollow(self, cursor: "Cursor") -> None:
        """Send this viewer nothing more, not even what is due already."""
        cursor.stopped = True
        self._cursors.discard(cursor)
        self._free()

    def close(self) -> None:
        """End the log. Its viewers still get what they have not seen."""
        self.ended = True
        self._free()

    def _free(self) -> None:
        # Sockets keep their cursors as long as they follow the conversation, which may be hours.
        if self.ended and not self._cursors:
            self.events = []


class Cursor:
    """The position of one viewer in one log."""

    __slots__ = ("awake", "log", "position", "send", "sent_at", "stopped")

    def __init__(self, log: Log, position: int, send: Send) -> None:
        self.log = log
        self.position = position
        self.send = send
        self.sent_at = 0.0
        self.awake = False
        self.stopped = False

    async def catch_up(self) -> None:
        """Send what the viewer has not seen: a frame for each event, with neighbouring deltas joined.

        It takes as long as the viewer needs to read.
        """
        unseen = self.log.events[self.position :]
        self.position += len(unseen)
        for event in merged(unseen):
            if self.stopped:
                return
            await self.send(encode(event).decode())


class Ticker:
    """A timer that wakes all cursors of this process that have something to send."""

    def __init__(self) -> None:
        self._now: list[Cursor] = []
        self._next: list[Cursor] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushes: set[asyncio.Task[None]] = set()

    def wake(self, cursor: Cursor) -> None:
        """Let a cursor that is not awake catch up: at once after a pause, else with the next tick."""
        cursor.awake = True
        loop = asyncio.get_running_loop()
        if loop.time() - cursor.sent_at >= FRAME_SECONDS:
            self._now.append(cursor)
            if len(self._now) == 1:
                loop.call_soon(self._flush_now)
            return
        self._next.append(cursor)
        if self._timer is None:
            self._timer = loop.call_later(FRAME_SECONDS, self._tick)

    def _flush_now(self) -> None:
        cursors, self._now = self._now, []
        self._start(cursors)

    def _tick(self) -> None:
        cursors, self._next = self._next, []
        self._timer = None
        self._start(cursors)

    def _start(self, cursors: list[Cursor]) -> None:
        loop = asyncio.get_running_loop()
        for cursor in cursors:
            # A task for each, because a viewer that reads slowly must not delay the others.
            flush = loop.create_task(self._flush(cursor))
            self._flushes.add(flush)
            flush.add_done_callback(self._flushes.discard)

    async def _flush(self, cursor: Cursor) -> None:
        if cursor.stopped:
            return
        now = asyncio.get_running_loop().time()
        try:
            await cursor.catch_up()
        except Exception:
            # A broken socket must not keep frames from the others.
            logger.warning("a viewer could not be reached", exc_info=True)
            cursor.log.unfollow(cursor)
            return
        cursor.sent_at = now
        cursor.awake = False
        if cursor.position < len(cursor.log.events):
            self.wake(cursor)
        elif cursor.log.ended:
            cursor.log.unfollow(cursor)


FindEnds = Callable[[Collection[str]], Awaitable[list[dict[str, Any]]]]
"""Returns the terminal events of those of the responses that have ended."""


class Logs:
    """The logs of the responses that run in this process, and its news."""

    def __init__(self) -> None:
        self.news = NewsChannel()
        self._ticker = Ticker()
        self._logs: dict[str, Log] = {}
        self._awaited: dict[str, Log] = {}

    def open(self, response_id: str, base: int = 0) -> Log:
        """Create the log of a response that begins to run here, with numbers from `base`."""
        log = self._awaited.pop(response_id, None) or Log(response_id, self._ticker)
        log.restart_at(base)
        self._logs[response_id] = log
        return log

    def get(self, response_id: str) -> Log | None:
        """Return the log of a response that runs here; None if it has ended, because its row then has everything."""
        return self._logs.get(response_id)

    def awaited(self, response_id: str) -> Log:
        """Return the log of a running response, wherever it runs. It is empty until the response runs here."""
        self._awaited = {key: log for key, log in self._awaited.items() if log.is_followed}
        return self._logs.get(response_id) or self._awaited.setdefault(response_id, Log(response_id, self._ticker))

    def close(self, log: Log) -> None:
        """Drop the log. Its viewers still get its end."""
        log.close()
        if self._logs.get(log.response_id) is log:
            del self._logs[log.response_id]

    def leave(self, log: Log) -> None:
        """Drop the log of a response that another process took over. Its viewers wait for that process's log."""
        self._logs.pop(log.response_id, None)
        log.move_viewers(self.awaited(log.response_id))
        log.close()

    async def forget(self, response_id: str) -> None:
        """Delete what outlives the end of a removed response's log. In this process, nothing does."""

    async def share(self, find_ends: FindEnds) -> None:
        """Share the logs with other processes until cancelled. Here there are none."""
