"""Calls that wait at the same moment, made together: one hand-over to a thread and one commit for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import accumulate
from typing import Generic, TypeVar

from psycopg.errors import DeadlockDetected, LockNotAvailable, OutOfMemory, ProgramLimitExceeded, QueryCanceled

from common.threads import UNAVAILABLE

OF_THE_STATEMENT = (DeadlockDetected, LockNotAvailable, QueryCanceled, ProgramLimitExceeded, OutOfMemory)
"""What an available database says of a statement that waits too long for another one, or is too large."""

OVERTAKING_SECONDS = 0.1
"""After this, what waits doesn't wait for the batch before it any longer: that one may be held up by a lock."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Function = Callable[[list[Item]], Awaitable[list[Result | Exception]]]


class Batcher(Generic[Item, Result]):
    """A function of many items, called with those that wait: with one at once, and with what comes meanwhile after it.

    A batch has `max_size` items at most, and `max_bytes` of them, unless a single one has more.

    The function returns a result or an exception for each item, in their order. If it raises itself, each item is tried
    again alone, so that none is hurt by another; unless the database is unavailable, which they all learn.
    """

    def __init__(self, function: Function[Item, Result], *, max_size: int, max_bytes: int = 0) -> None:
        self._function = function
        self._max_size = max_size
        self._max_bytes = max_bytes
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._sizes: list[int] = []
        self._worker: asyncio.Task[None] | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def call(self, item: Item, size: int = 0) -> Result:
        """Return what the function returns for the item, of so many bytes, or raise it.

        The call goes on if its caller is cancelled.
        """
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, result))
        self._sizes.append(size)
        if self._worker is None:
            self._worker = loop.create_task(self._work(), name="batches")
        return await result

    async def _work(self) -> None:
        try:
            while self._waiting:
                sizes = accumulate(self._sizes[: self._max_size])
                count = max(1, sum(size <= self._max_bytes for size in sizes))
                batch, self._waiting = self._waiting[:count], self._waiting[count:]
                del self._sizes[:count]
                call = asyncio.create_task(self._call(batch), name="batch")
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)
                await asyncio.wait([call], timeout=OVERTAKING_SECONDS)
        finally:
            self._worker = None

    async def _call(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            outcomes = await self._function([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  raised where the item is awaited
            is_unavailable = isinstance(error, UNAVAILABLE) and not isinstance(error.__cause__, OF_THE_STATEMENT)
            if len(batch) == 1 or is_unavailable:
                outcomes = [error] * len(batch)
            else:
                await asyncio.gather(*(self._call([each]) for each in batch))
                return
        except asyncio.CancelledError:
            for _, result in batch:
                result.cancel()
            raise
        for (_, result), outcome in zip(batch, outcomes, strict=True):
            if result.done():
                continue
            if isinstance(outcome, Exception):
                result.set_exception(outcome)
            else:
                result.set_result(outcome)
