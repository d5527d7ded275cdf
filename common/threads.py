"""Blocking functions, such as those of the database, called from the event loop: what is quick, and never waits.

Heavy work has pools of its own (common/pools.py).
"""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, InternalError, OperationalError, connection
from psycopg.errors import ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)


class ReadOnlyDatabase(OperationalError):
    """The database can't be written to: it is a standby that is about to become the primary."""


UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
"""Raised while the database doesn't answer or is a standby."""
MAX_WAIT_SECONDS = 15.0
MAX_THREADS = 5
"""Fewer than there are connections to the database, so that pages get some, too."""

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a quick blocking function a coroutine function that runs in a thread."""

    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        result: T = await _call(partial(function, *args, **kwargs))
        return result

    return call


def _do(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except InternalError as error:
        if not isinstance(error.__cause__, ReadOnlySqlTransaction):
            raise
        # Another connection may reach the primary. The pool drops a closed one.
        if connection.connection is not None:
            connection.connection.close()
        raise ReadOnlyDatabase(str(error)) from error


# The event loop's own threads would be shared with whatever else a library does there.
_threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="quick")
# Made once, because making it costs as much as calling it.
_call = database_sync_to_async(_do, thread_sensitive=False, executor=_threads)


def give_back_connection() -> None:
    """Give this thread's connection back to the database's pool, unless it is in a transaction.

    Whoever waits for something else must not keep it from others.
    """
    if not connection.in_atomic_block:
        connection.close()


async def retry_until_available(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function of the database returns, however long the database is unavailable."""
    return await until_available(in_thread(function), *args, **kwargs)


async def until_available(function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what an asynchronous function returns, called again for as long as the database is unavailable."""
    for attempt in itertools.count():
        try:
            return await function(*args, **kwargs)
        except UNAVAILABLE:
            logger.warning("the database does not answer; trying again", exc_info=True)
            await asyncio.sleep(min(2**attempt / 4, MAX_WAIT_SECONDS))
    raise AssertionError
