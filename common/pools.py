"""Blocking work in pools by kind, so that heavy work of one person never stands in the way of the others.

What is quick (commands, checkpoints, the health check) runs through `common.threads.in_thread` and waits for none of
these. Each pool does a few pieces at once, one of a person at a time, and the persons take turns. What waits is bounded
in number and in time, and whoever waits holds no connection to the database.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.utils.translation import gettext as _

from common.refusal import Refused, busy
from common.threads import give_back_connection

P = ParamSpec("P")
T = TypeVar("T")


class Pool:
    """A pool for one kind of blocking work: `size` pieces at once, `each` of a person.

    A person is any key, such as the id of an account. `seconds` is how long a piece may wait for its turn. At most
    `max_waiting` pieces wait, `max_waiting_each` of one person. `spare` pieces that nobody waits for any more, but that
    go on, take no place of other persons.
    """

    def __init__(
        self,
        name: str,
        *,
        size: int,
        each: int = 1,
        spare: int = 0,
        seconds: float,
        max_waiting: int,
        max_waiting_each: int,
    ) -> None:
        self.seconds = seconds
        self._size = size
        self._each = each
        self._spare = spare
        self._max_waiting = max_waiting
        self._max_waiting_each = max_waiting_each
        self._lock = Lock()
        self._active: Counter[Hashable] = Counter()
        # In the order in which the persons get their turns.
        self._waiting: dict[Hashable, deque[Future[None]]] = {}
        self._working: set[asyncio.Future[Any]] = set()
        self._left: set[asyncio.Future[Any]] = set()
        self._threads = ThreadPoolExecutor(size + spare, thread_name_prefix=name)
        self._call = database_sync_to_async(_call, thread_sensitive=False, executor=self._threads)

    @contextmanager
    def turn(self, person: Hashable) -> Iterator[None]:
        """Hold a place in the pool while the block runs, in a thread that may wait for it.

        Raise `Refused` if too much waits already, or if the turn doesn't come in time. The block must not take another
        turn of the same pool.
        """
        ticket = self._enter(person)
        try:
            try:
                if not ticket.done():
                    give_back_connection()
                ticket.result(self.seconds)
            except TimeoutError:
                raise busy() from None
            yield
        finally:
            self._leave(person, ticket)

    @asynccontextmanager
    async def turn_async(self, person: Hashable) -> AsyncIterator[None]:
        """Hold a place as `turn` does, waiting in the event loop. Whoever is cancelled meanwhile gives up the place."""
        ticket = await self._come_to_turn(person)
        try:
            yield
        finally:
            self._leave(person, ticket)

    async def run(self, person: Hashable, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a blocking function returns that runs in a thread of the pool, when it is this person's turn.

        If the caller is cancelled, the place stays taken until the function returns: that of the person at least.
        """
        ticket = await self._come_to_turn(person)
        # A task of its own: if a call in a thread is cancelled, nobody knows when its thread is free.
        work = asyncio.ensure_future(self._call(partial(function, *args, **kwargs)))
        self._working.add(work)
        work.add_done_callback(partial(self._end, person, ticket))
        try:
            result: T = await asyncio.shield(work)
        except asyncio.CancelledError:
            if not work.done():
                self._note_left(work)
            raise
        return result

    async def _come_to_turn(self, person: Hashable) -> "Future[None]":
        """Return the ticket of this person when it is their turn."""
        ticket = self._enter(person)
        try:
            async with asyncio.timeout(self.seconds):
                await asyncio.wrap_future(ticket)
        except BaseException as error:
            self._leave(person, ticket)
            if isinstance(error, TimeoutError):
                raise busy() from None
            raise
        return ticket

    def _end(self, person: Hashable, ticket: "Future[None]", work: "asyncio.Future[Any]") -> None:
        self._working.discard(work)
        with self._lock:
            self._left.discard(work)
        self._leave(person, ticket)
        if not work.cancelled():
            # Whoever waited for it may have left.
            work.exception()

    def _enter(self, person: Hashable) -> "Future[None]":
        """Return a ticket that is done when it is this person's turn."""
        ticket: Future[None] = Future()
        with self._lock:
            own = self._waiting.get(person, ())
            if self._has_place_for(person):
                self._active[person] += 1
                ticket.set_result(None)
            elif len(own) >= self._max_waiting_each:
                raise Refused(
                    "too_many_at_once",
                    _("You already started this several times. Wait until that is done."),
                    status=429,
                )
            elif sum(map(len, self._waiting.values())) >= self._max_waiting:
                raise busy()
            else:
                self._waiting.setdefault(person, deque()).append(ticket)
        return ticket

    def _has_place_for(self, person: Hashable) -> bool:
        taken = self._active.total() - len(self._left)
        return self._active[person] < self._each and taken < self._size

    def _note_left(self, work: "asyncio.Future[Any]") -> None:
        """Let somebody else have the place of work that nobody waits for any more, if there is a spare thread."""
        with self._lock:
            if len(self._left) < self._spare:
                self._left.add(work)
        self._let_next()

    def _leave(self, person: Hashable, ticket: "Future[None]") -> None:
        """Give up the place, or the place in the queue, and let the next person have the turn."""
        with self._lock:
            own = self._waiting.pop(person, deque())
            if ticket in own:
                own.remove(ticket)
            else:
                self._active[person] -= 1
                # Some are nobody's key twice.
                if not self._active[person]:
                    del self._active[person]
            if own:
                # Behind the others, so that the next turn is somebody else's.
                self._waiting[person] = own
        self._let_next()

    def _let_next(self) -> None:
        """Let the next person have the turn, if there is a place."""
        with self._lock:
            following = next(filter(self._has_place_for, self._waiting), None)
            if following is None:
                return
            next_ticket = self._waiting[following].popleft()
            if not self._waiting[following]:
                del self._waiting[following]
            self._active[following] += 1
        if next_ticket.set_running_or_notify_cancel():
            next_ticket.set_result(None)


def _call(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except SystemExit as error:
        # In a task, it would end the event loop.
        raise RuntimeError("a function in a pool wanted to exit") from error


PAGES = Pool("page", size=6, each=2, seconds=20, max_waiting=3000, max_waiting_each=300)
"""Requests of people who are signed in, unless they have one of the following."""
SEARCHES = Pool("search", size=2, seconds=10, max_waiting=200, max_waiting_each=20)
"""Full-text searches."""
DOCUMENTS = Pool("document", size=2, seconds=20, max_waiting=200, max_waiting_each=20)
"""Whole conversations, made for reading or to keep: exports, shares, and the review."""
READING = Pool("reading", size=2, seconds=120, max_waiting=1000, max_waiting_each=100)
"""Files that are read, each in a process of its own."""
FILLING = Pool("filling", size=1, seconds=3600, max_waiting=10, max_waiting_each=10)
"""Files of collections that are read beside everything else, one at a time."""
IMPORTS = Pool("import", size=1, seconds=60, max_waiting=50, max_waiting_each=1)
"""Files that are imported, slice by slice."""
REQUESTS = Pool("request", size=2, seconds=3600, max_waiting=10_000, max_waiting_each=10_000)
"""Requests for a provider, which may carry a whole conversation. Whoever waits is an answer, which must not fail."""
CHECKS = Pool("check", size=1, seconds=3600, max_waiting=10_000, max_waiting_each=10_000)
"""Answers that are checked against their formats. They must not fail either."""
TOOLS = Pool("tool", size=6, each=3, spare=6, seconds=60, max_waiting=1000, max_waiting_each=100)
"""Functions that the model calls, unless they are asynchronous. One that hangs keeps the place of its person.

It may hold a connection to the database, so not many do."""
OUTSIDE = Pool("outside", size=8, each=2, seconds=20, max_waiting=100, max_waiting_each=5)
"""Requests of people in which somebody else's server is asked, such as for its tools."""
SERVERS = Pool("server", size=64, each=8, seconds=120, max_waiting=1000, max_waiting_each=200)
"""Calls of MCP servers: each may have megabytes in memory, and a server gets no more of a person at once."""
IMAGES = Pool("image", size=2, seconds=60, max_waiting=200, max_waiting_each=20)
"""Images that are decoded while somebody waits for a page, or that can be left out."""
MADE = Pool("made", size=2, seconds=3600, max_waiting=10_000, max_waiting_each=10_000)
"""Files that models and tools made, which are checked and stored. An answer waits, and must not lose them."""
FILES = Pool("file", size=4, seconds=600, max_waiting=1000, max_waiting_each=100)
"""Files that models made, while they are fetched from containers and stored: each is in memory for so long."""
SENDING = Pool("sending", size=8, each=2, seconds=3600, max_waiting=10_000, max_waiting_each=10_000)
"""Files on their way to providers, each of which counts as a person: a file is in memory for so long."""
PASSWORDS = Pool("password", size=2, seconds=30, max_waiting=100, max_waiting_each=1)
"""Passwords that are hashed. Each attempt is a person of its own."""
