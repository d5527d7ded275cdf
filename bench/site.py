"""The site that is measured: the real `python -m chatsite`, with a database and a folder of its own."""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

from bench.processes import free_port, running

if TYPE_CHECKING:
    from accounts.models import User
    from chatsite.postgres import EmbeddedPostgres


def prepare(upstream: str, folder: Path | None = None) -> "EmbeddedPostgres":
    """Start PostgreSQL in a folder, and set up Django here to use it.

    Without a folder, it is one that is removed when this process ends.
    """
    data_dir = folder or Path(tempfile.mkdtemp(prefix="chatsite-bench-"))
    data_dir.mkdir(parents=True, exist_ok=True)
    # If the bench runs as root, PostgreSQL runs as another user, who must reach this folder.
    data_dir.chmod(0o755)
    if folder is None:
        # Registered before PostgreSQL starts, so that it runs after PostgreSQL has stopped.
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
        sys.exit("DATABASE_URL, REDIS_URL, PUBLIC_URL: the bench uses a database of its own. Remove them from .env.")
    postgres = start_postgres()
    assert postgres is not None

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    return postgres


@contextmanager
def running_site(cores: Collection[int]) -> Iterator[tuple[psutil.Process, int]]:
    """Run the server while the block runs; yield its process and its port."""
    port = free_port()
    os.environ["PORT"] = str(port)
    with running("-m", "chatsite", cores=cores) as (process, _):
        yield psutil.Process(process.pid), port


def sign_in(people: int) -> list[str]:
    """Create so many people; return a session cookie for each."""
    from accounts.models import User

    before = User.objects.count()
    return [sign_in_as(User.objects.create_user(f"person{number}")) for number in range(before, before + people)]


def sign_in_as(user: "User") -> str:
    """Return a session cookie for a person."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key or ""


def stored_answers() -> dict[str, str]:
    """Return the text of every completed answer, by the provider's id."""
    from conversations.models import Response

    return {
        response.response_id or "": response.answer()
        for response in Response.objects.filter(status=Response.Status.COMPLETED)
    }


def postgres() -> psutil.Process:
    """Return the first process of PostgreSQL. The others are its children."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row = cursor.fetchone()
    assert row is not None
    return psutil.Process(row[0]).parent()
