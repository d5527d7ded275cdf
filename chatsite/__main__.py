"""`python -m chatsite`: everything that the site needs, started in order, in one process.

PostgreSQL (embedded, unless DATABASE_URL names one), the stand-in (only without a key and a server), migrations, static
files, then the server until it is stopped.
"""

import asyncio
import contextlib
import gc
import os
import sys
import time

from chatsite.embedded import standin, start_postgres
from chatsite.environment import environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    environment()
    with contextlib.ExitStack() as stack:
        start_postgres()
        if environment().uses_standin:
            stack.enter_context(standin())
        prepare()
        serve()


def prepare() -> None:
    """Bring database and static files up to this version of the code, and say where the site is."""
    import django
    from django.core.management import call_command

    django.setup()
    wait_for_database()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)

    from accounts.first_run import first_run_path

    from conversations.models import Response

    Response.objects.interrupt_running()
    env = environment()
    say(f"The chat site runs on {env.address}")
    if env.uses_standin:
        say("Answers come from the stand-in: set OPENAI_API_KEY or OPENAI_BASE_URL for a model's.")
    if path := first_run_path():
        say(f"Nobody has an account yet. Make the first admin's here: {env.address}{path}")


def wait_for_database(seconds: float = 15) -> None:
    """Give a database that is just starting the time it needs; stop with a sentence when it never answers."""
    from django.db import OperationalError, connection

    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                sys.exit(f"DATABASE_URL: the database does not answer: {str(error).strip().splitlines()[-1]}")
            time.sleep(0.5)
        else:
            return


def say(line: str) -> None:
    """Tell the colleague at the console; unlike a log line this is not for a log's level to hide."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve() -> None:
    """Serve until SIGTERM or SIGINT. uvloop's policy must be set before Daphne is imported, which makes the loop."""
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server

    from chatsite.asgi import application

    # What is alive now stays alive: without it, each full collection stops every stream for a tenth of a second.
    gc.collect()
    gc.freeze()
    env = environment()
    server = Server(
        application,
        endpoints=build_endpoint_description_strings(host=env.host, port=env.port),
        server_name="chatsite",
    )
    server.run()
    if not server.listening_addresses:
        sys.exit(f"PORT: {env.port} on {env.host} is taken or not allowed; set another PORT.")


if __name__ == "__main__":
    main()
