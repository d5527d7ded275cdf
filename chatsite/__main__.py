"""`python -m chatsite`: start everything that the site needs, in order.

PostgreSQL (the embedded one unless `DATABASE_URL` is set), the stand-in (if there is neither an API key nor a
provider), migrations, static files, then the server until it is stopped.
"""

import contextlib
import os
import signal
import sys
import threading

from chatsite.data_dir import data_dir_errors
from chatsite.database import retry_until_available
from chatsite.embedded import run_standin, start_postgres
from chatsite.environment import env_file_oddities, environment
from chatsite.processes import supervise
from chatsite.server import check_port, serve
from chatsite.welcome import provider_lines, welcome_lines


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    end_with_terminal()
    try:
        with data_dir_errors():
            run()
    except KeyboardInterrupt:
        write_lines(["Stopped."])
        sys.exit(128 + signal.SIGINT)
    write_lines(["Stopped."])


def run() -> None:
    check_port()
    for oddity in env_file_oddities():
        sys.stderr.write(f"{oddity}\n")
    with contextlib.ExitStack() as stack:
        if postgres := start_postgres():
            stack.callback(postgres.release)
        if environment().uses_standin:
            stack.enter_context(run_standin())
        prepare()
        lines = welcome_lines()
        serve_all = serve if environment().processes == 1 else supervise
        serve_all(lambda: begin(lines))


def begin(lines: list[str]) -> None:
    """Say on the console that the site is running, and look whether the provider will answer."""
    write_lines(lines)
    # A provider that is slow, or away, must not keep anybody from the site.
    threading.Thread(target=lambda: write_lines(provider_lines()), daemon=True).start()


def end_with_terminal() -> None:
    """Treat SIGHUP, which a closed terminal sends, as SIGTERM, unless it is ignored, as nohup does."""
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    # During the start. The server has a handler of its own.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def prepare() -> None:
    """Bring the database and the static files up to date with the code."""
    import django
    from django.core.management import call_command

    django.setup()
    retry_until_available(refuse_unreleased_schema)
    retry_until_available(lambda: call_command("migrate", verbosity=0, interactive=False))
    # It needs Django's settings.
    from chatsite import static_files

    static_files.collect()


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


def write_lines(lines: list[str]) -> None:
    """Write to the console. Unlike log records, these lines don't depend on a log level."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
