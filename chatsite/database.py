"""The database at the start: wait for it, and say why if it can't be reached."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from chatsite.environment import environment
from chatsite.logs import reason

MAX_ATTEMPTS = 5

TIMEOUT_SECONDS = 15.0
"""How long the start waits for a database that is starting, too."""
CONNECT_TIMEOUT_SECONDS = 5

TEMPORARY = ("starting up", "shutting down", "too many", "recovery")
"""What a server says that will soon let us in. All else that it says stays so: an unknown name, a wrong password."""

T = TypeVar("T")


def retry_until_available(function: Callable[[], T]) -> T:
    """Call a function that uses the database, again if a restart of the database closes the connection meanwhile.

    Raise the database's error if the last of the attempts fails.
    """
    from django.db import DEFAULT_DB_ALIAS, InterfaceError, NotSupportedError, OperationalError, connection, connections
    from django.db.migrations.exceptions import MigrationSchemaMissing

    for attempt in range(1, MAX_ATTEMPTS + 1):
        wait_for_database()
        try:
            return function()
        except NotSupportedError as error:
            sys.exit(f"DATABASE_URL: {reason(error)}.")
        except (OperationalError, InterfaceError, MigrationSchemaMissing) as error:
            if "permission denied" in str(error):
                sys.exit(f"DATABASE_URL: no table can be created: {reason(error)}. Let the role own the database.")
            if attempt == MAX_ATTEMPTS:
                raise
            connection.close()
            # If the connection breaks at the very end of a migration, it stays inside that transaction.
            del connections[DEFAULT_DB_ALIAS]
            sys.stderr.write(f"The database closed the connection; trying again: {reason(error)}\n")
    raise AssertionError


def wait_for_database(seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait until the database accepts connections.

    Say at once why it doesn't; exit if it doesn't in time, or if waiting won't help.
    """
    url = environment().database_url or ""
    deadline = time.monotonic() + seconds
    has_said = False
    while True:
        try:
            # Not through Django, whose pool tries for longer and then says only that it did.
            psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
        except psycopg.OperationalError as error:
            if _is_permanent(str(error)):
                sys.exit(f"DATABASE_URL: can't connect to the database: {reason(error)}.")
            if time.monotonic() > deadline:
                sys.exit(f"DATABASE_URL: no connection after {seconds:.0f} seconds: {reason(error)}.")
            if not has_said:
                has_said = True
                trying = f"Trying for {seconds:.0f} seconds …"
                sys.stderr.write(f"DATABASE_URL: can't connect to the database: {reason(error)}. {trying}\n")
            time.sleep(0.5)
        else:
            return


def _is_permanent(said: str) -> bool:
    is_refused = "FATAL:" in said and not any(words in said for words in TEMPORARY)
    return is_refused or "failed to resolve host" in said
