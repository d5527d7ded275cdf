"""Statements of the database that end before they are done: when their time is up, or when nobody waits any more."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import QueryCanceled

CANCEL_TIMEOUT_SECONDS = 5


class StatementCancelled(Exception):
    """A statement was cancelled before it was done."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Run the block in a transaction whose statements take no longer. Raise `StatementCancelled` if one does."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(round(seconds * 1000))])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise StatementCancelled from error
        raise


class Statements:
    """The statements of a block of code in one thread, which other threads may cancel."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._wrapper: BaseDatabaseWrapper | None = None
        self._is_cancelled = False

    @contextmanager
    def cancellable(self) -> Iterator[None]:
        """Let `cancel` reach this thread's connection while the block runs."""
        wrapper = connections[DEFAULT_DB_ALIAS]
        with self._lock:
            self._wrapper = wrapper
        try:
            yield
        finally:
            with self._lock:
                self._wrapper = None
            if self._is_cancelled and wrapper.connection is not None:
                # The cancellation may arrive late, and must not reach the next one to use this connection.
                wrapper.connection.close()

    def cancel(self) -> None:
        """Cancel the statement that runs now, if any."""
        with self._lock:
            self._is_cancelled = True
            raw = self._wrapper.connection if self._wrapper else None
            if raw is not None:
                with suppress(psycopg.Error):
                    raw.cancel_safe(timeout=CANCEL_TIMEOUT_SECONDS)
