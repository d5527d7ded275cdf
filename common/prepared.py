"""Statements that the database prepares: it parses and plans them once for each connection, not each time."""

from typing import Any

import psycopg
from django.db import connection
from psycopg import sql


def fetch_all(statement: sql.Composed | sql.SQL, *parameters: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement that is executed often, on this thread's connection.

    Its parameters are bound by the database, and it must be the same object or text each time.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        raw = connection.connection
        # Django turns it off for poolers between it and the database, behind which no process could hold its lock.
        threshold, raw.prepare_threshold = raw.prepare_threshold, 0
        try:
            with psycopg.Cursor(raw) as cursor:
                return cursor.execute(statement, parameters, prepare=True).fetchall()
        finally:
            # With a threshold, the connection would remember the texts of Django's statements, and all values in them.
            raw.prepare_threshold = threshold
