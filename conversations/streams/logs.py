"""Append-only logs of the events of answers, and the cursors of their viewers.

A viewer is a cursor over a log: it starts after what the viewer has seen and gets everything that follows, merged into
as few frames as possible. Nothing is queued for a viewer, so nothing overflows and nothing is dropped.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection
from enum import Enum
from typing import Any

from conversations.streams.entries import Deltas, Single
from conversations.streams.news import NewsChannel
from providers.responses_api.events import Delta, Event

logger = logging.getLogger(__name__)

FRAME_SECONDS = 0.02
"""At least, between two frames with words to one viewer. Answers are read more rarely (`providers/reading.py`), so that
what is read is sent at once."""
DELTA, TYPE_BYTES = b".delta", 64
"""Stands within so many bytes from the beginning of an event that brings words."""
UNREACHABLE = "a viewer could not be reached"

Send = Callable[[str], Awaitable[None]]
"""Sends a frame, and returns when its viewer has read almost all that it was sent."""
Write = Callable[[bytes], bool]
"""Sends a frame without waiting. Returns False, and sends nothing, if its viewer doesn't keep up or isn't there."""


class Log:
    """The events of one response, numbered from `base`, which is 0 unless another process began the log."""

    def __init__(self, response_id: str, schedule: "Schedule") -> None:
        self.response_id = response_id
        self.base = 0
        self.last = -1
        """The number of the newest event."""
        self.ended = False
        self._entries: list[Deltas | Single] = []
        self._schedule = schedule
        self._cursors: set[Cursor] = set()

    def append(self, event: Event, text: bytearray | None = None) -> None:
        """Number the event, keep it, and have it sent to every viewer.

        `text` is what a delta was appended to already, as UTF-8; it may only grow. Without one, the log has its own.
        """
        self.last += 1
        if isinstance(event, Delta):
            newest = self._entries[-1] if self._entries else None
            if not isinstance(newest, Deltas) or not newest.continues(event, text):
                newest = Deltas(event, text, self.response_id, self.last)
                self._entries.append(newest)
            newest.add(event)
        else:
            numbered = event | {"response_id": self.response_id, "sequence_number": self.last}
            self._entries.append(Single(numbered, self.last))
        for cursor in self._cursors:
            self._schedule.wake(cursor)

    def restart_at(self, base: int) -> None:
        """Drop the events so far and number the next ones from `base`."""
        self.base = base
        self.last = base - 1
        self._entries = []
        for cursor in self._cursors:
            cursor.position = max(cursor.position, base)

    @property
    def is_followed(self) -> bool:
        """Whether the log has viewers."""
        return bool(self._cursors)

    @property
    def is_empty(self) -> bool:
        """Whether the log holds no events, because none came, or because all have been read to its end."""
        return not self._entries

    def joined(self, start: int) -> list[bytes]:
        """Return the events from that number on as JSON, with neighbouring deltas joined."""
        return [entry.joined(start) for entry in self._from(start)]

    def apart(self, start: int) -> list[bytes]:
        """Return the events from that number on as JSON."""
        return [event for entry in self._from(start) for event in entry.apart(start)]

    def follow(self, send: Send, write: Write | None = None, *, after: int = -1) -> "Cursor":
        """Send every event after that number, now and later, until the log ends or `unfollow` is called."""
        # The copy of another process's log may be behind what its viewer has seen there.
        return self.add(Cursor(self, max(after + 1, self.base), send, write))

    def add(self, cursor: "Cursor") -> "Cursor":
        """Let the cursor follow this log."""
        self._cursors.add(cursor)
        self._schedule.wake(cursor)
        return cursor

    def move_viewers(self, other: "Log") -> None:
        """Let the viewers of this log follow another log of the same response."""
        for cursor in self._cursors:
            cursor.position = max(cursor.position, other.base)
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
        for cursor in self._cursors:
            self._schedule.wake(cursor)
        self._free()

    def _from(self, start: int) -> list[Deltas | Single]:
        entries = self._entries
        first = len(entries)
        # Viewers are almost always near the end.
        while first and entries[first - 1].last >= start:
            first -= 1
        return entries[first:]

    def _free(self) -> None:
        # Sockets keep their cursors as long as they follow the conversation, which may be hours.
        if self.ended and not self._cursors:
            self._entries = []


class Pace(Enum):
    """What a cursor waits for."""

    EVENT = "event"
    """For the next event: it has sent everything."""
    TURN = "turn"
    """For its turn, which comes as soon as those who append now have done so."""
    VIEWER = "viewer"
    """For its viewer, who doesn't keep up, or isn't there yet."""
    FRAME = "frame"
    """For the time of its next frame: it had sent words just before more came."""


class Cursor:
    """The position of one viewer in one log: the number of the first event that it hasn't been sent."""

    __slots__ = ("_send", "_write", "log", "pace", "position", "stopped", "words_at")

    def __init__(self, log: Log, position: int, send: Send, write: Write | None = None) -> None:
        self.log = log
        self.position = position
        self.pace = Pace.EVENT
        self.words_at = -math.inf
        """When it has sent words, by the event loop's clock."""
        self.stopped = False
        self._send = send
        self._write = write

    @property
    def is_behind(self) -> bool:
        """Whether the viewer hasn't been sent everything."""
        return self.position <= self.log.last

    def take(self) -> list[bytes]:
        """Return what the viewer has not been sent: a frame for each event, with neighbouring deltas joined."""
        frames = self.log.joined(self.position)
        self.position = max(self.position, self.log.last + 1)
        return frames

    def write(self, frames: list[bytes]) -> list[bytes]:
        """Send frames as long as the viewer keeps up; return the rest."""
        for sent, frame in enumerate(frames):
            if self._write is None or not self._write(frame):
                return frames[sent:]
        return []

    async def send(self, frames: list[bytes]) -> None:
        """Send frames. It takes as long as the viewer needs to read."""
        for frame in frames:
            if self.stopped:
                return
            await self._send(frame.decode())


class Schedule:
    """When the cursors of this process send: at once, unless their last frame has only just been sent."""

    def __init__(self) -> None:
        self._due: list[Cursor] = []
        self._sending: set[asyncio.Task[None]] = set()

    def wake(self, cursor: Cursor) -> None:
        """Let a cursor send what is new, unless it waits for something else."""
        if cursor.pace is not Pace.EVENT:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < (next_frame := cursor.words_at + FRAME_SECONDS):
            cursor.pace = Pace.FRAME
            loop.call_at(next_frame, self._catch_up, cursor)
            return
        cursor.pace = Pace.TURN
        self._due.append(cursor)
        if len(self._due) == 1:
            loop.call_soon(self._take_turns)

    def _take_turns(self) -> None:
        cursors, self._due = self._due, []
        for cursor in cursors:
            self._catch_up(cursor)

    def _catch_up(self, cursor: Cursor) -> None:
        if cursor.stopped:
            return
        try:
            frames = cursor.take()
            rest = cursor.write(frames)
        except Exception:
            # A broken socket must not keep frames from the others.
            logger.warning(UNREACHABLE, exc_info=True)
            cursor.log.unfollow(cursor)
            return
        if rest:
            cursor.pace = Pace.VIEWER
            # A task for each, because a viewer that reads slowly must not delay the others.
            sending = asyncio.get_running_loop().create_task(self._send(cursor, rest))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)
        else:
            self._note_sent(cursor, frames)

    async def _send(self, cursor: Cursor, frames: list[bytes]) -> None:
        try:
            await cursor.send(frames)
        except Exception:
            logger.warning(UNREACHABLE, exc_info=True)
            cursor.log.unfollow(cursor)
        else:
            self._note_sent(cursor, frames)

    def _note_sent(self, cursor: Cursor, frames: list[bytes]) -> None:
        # The first words must not wait because it was announced just before that they will come.
        if _has_words(frames):
            cursor.words_at = asyncio.get_running_loop().time()
        cursor.pace = Pace.EVENT
        if cursor.is_behind:
            self.wake(cursor)
        elif cursor.log.ended:
            cursor.log.unfollow(cursor)


def _has_words(frames: list[bytes]) -> bool:
    for frame in frames:  # noqa: SIM110  a generator costs more than all of it
        if DELTA in frame[:TYPE_BYTES]:
            return True
    return False


FindEnds = Callable[[Collection[str]], Awaitable[list[dict[str, Any]]]]
"""Returns the terminal events of those of the responses that have ended."""


class Logs:
    """The logs of the responses that run in this process, and its news."""

    def __init__(self) -> None:
        self.news = NewsChannel()
        self._schedule = Schedule()
        self._logs: dict[str, Log] = {}
        self._awaited: dict[str, Log] = {}

    def open(self, response_id: str, base: int = 0) -> Log:
        """Create the log of a response that begins to run here, with numbers from `base`."""
        log = self._awaited.pop(response_id, None) or Log(response_id, self._schedule)
        log.restart_at(base)
        self._logs[response_id] = log
        return log

    def get(self, response_id: str) -> Log | None:
        """Return the log of a response that runs here; None if it has ended, because its row then has everything."""
        return self._logs.get(response_id)

    def awaited(self, response_id: str) -> Log:
        """Return the log of a running response, wherever it runs. It is empty until the response runs here."""
        self._awaited = {key: log for key, log in self._awaited.items() if log.is_followed}
        return self._logs.get(response_id) or self._awaited.setdefault(response_id, Log(response_id, self._schedule))

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
