"""`python -m chatsite`: everything that the site needs, started in order.

PostgreSQL (embedded, unless DATABASE_URL names one), the stand-in (only without a key and a server), migrations, static
files, then the server until it is stopped.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from chatsite.embedded import standin, start_postgres
from chatsite.environment import environment
from chatsite.processes import supervise
from chatsite.server import check_port, serve

ATTEMPTS = 5

T = TypeVar("T")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    check_port()
    with contextlib.ExitStack() as stack:
        start_postgres()
        if environment().uses_standin:
            stack.enter_context(standin())
        prepare()
        lines = welcome()
        run = serve if environment().processes == 1 else supervise
        run(lambda: say(lines))


def prepare() -> None:
    """Bring database and static files up to this version of the code."""
    import django
    from django.core.management import call_command

    django.setup()
    persistently(refuse_unreleased_schema)
    persistently(lambda: call_command("migrate", verbosity=0, interactive=False))
    call_command("collectstatic", verbosity=0, interactive=False)


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


def welcome() -> list[str]:
    """What the colleague at the console should know."""
    from accounts.first_run import first_run_path

    env = environment()
    lines = [f"The chat site runs on {env.address}"]
    if env.processes > 1:
        lines.append(f"{env.processes} processes serve.")
    elif not env.redis_url:
        lines.append("One process serves; several need REDIS_URL.")
    if env.uses_standin:
        lines.append("Answers come from the stand-in: set OPENAI_API_KEY or OPENAI_BASE_URL for a model's.")
    if path := persistently(first_run_path):
        lines.append(f"Nobody has an account yet. Make the first admin's here: {env.address}{path}")
    return lines


def persistently(function: Callable[[], T]) -> T:
    """What a function of the database returns, tried again where the connection is cut, as by a restart."""
    from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
    from django.db.migrations.exceptions import MigrationSchemaMissing

    for attempt in range(1, ATTEMPTS + 1):
        wait_for_database()
        try:
            return function()
        except (OperationalError, InterfaceError, MigrationSchemaMissing) as error:
            if attempt == ATTEMPTS:
                raise
            connection.close()
            # A break at a migration's very end leaves this one inside of its transaction.
            del connections[DEFAULT_DB_ALIAS]
            sys.stderr.write(f"The database cut the connection at the start; trying again: {last_line(error)}\n")
    raise AssertionError


def wait_for_database(seconds: float = 15) -> None:
    """Give a database that is just starting the time it needs; stop with a sentence when it never answers."""
    from django.db import OperationalError, connection

    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                sys.exit(f"DATABASE_URL: the database does not answer: {last_line(error)}")
            time.sleep(0.5)
        else:
            return


def last_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1]


def say(lines: list[str]) -> None:
    """Tell the colleague at the console; unlike log lines these are not for a log's level to hide."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
