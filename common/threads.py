"""Blocking functions, such as those of the database, beside the event loop."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, InternalError, OperationalError, connection
from psycopg.errors import ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)


class StandsBy(OperationalError):
    """The database reads and does not write, as one that is about to take another one's place."""


UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
"""What is raised while the database does not answer, or stands by."""
LONGEST_WAIT = 15.0

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A blocking function, run beside the event loop and beside others of its kind."""

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
        # Another connection may lead to one that writes; the pool drops what is closed.
        if connection.connection is not None:
            connection.connection.close()
        raise StandsBy(str(error)) from error


# Made once: to make it costs as much as to call it.
_call = database_sync_to_async(_do, thread_sensitive=False)


async def retry_until_available(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a function of the database returns, however long the database is away."""
    for attempt in itertools.count():
        try:
            return await in_thread(function)(*args, **kwargs)
        except UNAVAILABLE:
            logger.warning("the database does not answer; trying again", exc_info=attempt == 0)
            await asyncio.sleep(min(2**attempt / 4, LONGEST_WAIT))
    raise AssertionError
