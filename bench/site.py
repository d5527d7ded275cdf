"""The site that is measured: the real `python -m chatsite`, on a database and a folder of its own."""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from bench.processes import free_port, running


def prepare(upstream: str) -> None:
    """Start PostgreSQL in a folder that goes with this process, and set this process up to speak to it."""
    # PostgreSQL runs as a user of its own where the bench runs as root, and must reach its folder.
    data_dir = Path(tempfile.mkdtemp(prefix="chatsite-bench-"))
    data_dir.chmod(0o755)
    # Registered before PostgreSQL is started, so done after it has stopped.
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY"):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        "DATA_DIR": str(data_dir),
        "HOST": "127.0.0.1",
        "OPENAI_BASE_URL": upstream,
        "OPENAI_API_KEY": "sk-for-the-bench-alone",
        "MODEL": "bench",
        "TITLE_MODEL": "none",
    }
    from chatsite.embedded import start_postgres
    from chatsite.environment import environment

    env = environment()
    if env.database_url or env.redis_url or env.public_url:
        sys.exit("The bench runs on a database of its own: take DATABASE_URL, REDIS_URL and PUBLIC_URL out of .env.")
    start_postgres()

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def running_site(cores: set[int]) -> Iterator[tuple[psutil.Process, int]]:
    """The server, and its port."""
    port = free_port()
    os.environ["PORT"] = str(port)
    with running("-m", "chatsite", cores=cores) as (process, _):
        yield psutil.Process(process.pid), port


def sign_in(people: int) -> list[str]:
    """New people, and the session cookie of each."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import User

    cookies = []
    for _ in range(people):
        client = Client()
        client.force_login(User.objects.create_user(f"person{User.objects.count()}"))
        cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return cookies


def stored_answers() -> dict[str, str]:
    """The text of every completed answer, by the provider's id."""
    from conversations.models import Response

    return {
        response.response_id or "": response.answer()
        for response in Response.objects.filter(status=Response.Status.COMPLETED)
    }


def postgres() -> psutil.Process:
    """PostgreSQL's first process; the others are its children."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row = cursor.fetchone()
    assert row is not None
    return psutil.Process(row[0]).parent()
