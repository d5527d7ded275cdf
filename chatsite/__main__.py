"""`python -m chatsite`: start everything that the site needs, in order.

PostgreSQL (the embedded one unless `DATABASE_URL` is set), the stand-in (if there is neither an API key nor a
provider), migrations, static files, then the server until it is stopped.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from chatsite.embedded import run_standin, start_postgres
from chatsite.environment import env_file_oddities, environment
from chatsite.processes import supervise
from chatsite.server import check_port, serve

MAX_ATTEMPTS = 5

DATABASE_TIMEOUT_SECONDS = 15.0
"""How long the start waits for a database that is starting, too."""

START_LOCK = "start.lock"
"""A file in the data folder."""

T = TypeVar("T")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    check_port()
    for oddity in env_file_oddities():
        sys.stderr.write(f"{oddity}\n")
    with contextlib.ExitStack() as stack:
        start_postgres()
        if environment().uses_standin:
            stack.enter_context(run_standin())
        prepare()
        lines = welcome_lines()
        run = serve if environment().processes == 1 else supervise
        run(lambda: write_lines(lines))


def prepare() -> None:
    """Bring the database and the static files up to date with the code."""
    import django
    from django.core.management import call_command

    django.setup()
    retry_until_available(refuse_unreleased_schema)
    retry_until_available(lambda: call_command("migrate", verbosity=0, interactive=False))
    with start_lock():
        call_command("collectstatic", verbosity=0, interactive=False)


@contextlib.contextmanager
def start_lock() -> Iterator[None]:
    """Wait until no other start uses this data folder: two at once would replace each other's static files."""
    from django.core.files import locks

    data_dir = environment().data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / START_LOCK).open("w") as file:
        locks.lock(file, locks.LOCK_EX)
        yield


def refuse_unreleased_schema() -> None:
    """Exit with a sentence, before anything is changed, if the database has the tables of an unreleased version.

    Their migrations were replaced by one for each app before the first release (docs/decisions/0014).
    """
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    if ("accounts", "0001_initial") in MigrationRecorder(connection).applied_migrations():
        sys.exit(
            "DATABASE_URL: this database was created before the first release and can't be upgraded; name an empty one "
            "(for the embedded PostgreSQL, set DATA_DIR to an empty folder) and import what you exported from this one."
        )


def welcome_lines() -> list[str]:
    """Return what the console says once the site is running."""
    from accounts.first_run import first_run_path

    env = environment()
    lines = [f"The chat site is running at {env.address}"]
    if env.processes > 1:
        lines.append(f"PROCESSES: {env.processes} server processes share the port.")
    elif not env.redis_url:
        lines.append("PROCESSES: one server process. To run more, set PROCESSES and REDIS_URL.")
    if env.uses_standin:
        lines.append(
            "OPENAI_API_KEY and OPENAI_BASE_URL: neither is set, so answers come from the stand-in, not from a model."
        )
    if path := retry_until_available(first_run_path):
        lines.append(f"Nobody has an account yet. Create the admin account: {env.address}{path}")
    return lines


def retry_until_available(function: Callable[[], T]) -> T:
    """Call a function that uses the database, again if a restart of the database closes the connection meanwhile.

    Raise the database's error if the last of the attempts fails.
    """
    from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
    from django.db.migrations.exceptions import MigrationSchemaMissing

    for attempt in range(1, MAX_ATTEMPTS + 1):
        wait_for_database()
        try:
            return function()
        except (OperationalError, InterfaceError, MigrationSchemaMissing) as error:
            if attempt == MAX_ATTEMPTS:
                raise
            connection.close()
            # If the connection breaks at the very end of a migration, it stays inside that transaction.
            del connections[DEFAULT_DB_ALIAS]
            sys.stderr.write(f"The database closed the connection; trying again: {last_line(error)}\n")
    raise AssertionError


def wait_for_database(seconds: float = DATABASE_TIMEOUT_SECONDS) -> None:
    """Wait until the database accepts connections; exit with a sentence if it doesn't in time."""
    from django.db import OperationalError, connection

    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                sys.exit(f"DATABASE_URL: can't connect to the database: {last_line(error)}")
            time.sleep(0.5)
        else:
            return


def last_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1]


def write_lines(lines: list[str]) -> None:
    """Write to the console. Unlike log records, these lines don't depend on a log level."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
