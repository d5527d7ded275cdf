"""The site as people run it: `python -m chatsite` in a process of its own, with data of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from chatsite.environment import BASE_DIR
from tests.ports import free_port

PEOPLE = {
    "ada": "analytical engine",
    "grace": "nanoseconds of wire",
    "mallory": "let me in please",
    "hopper": "first actual bug",
}

MAKE_PEOPLE = f"""
from accounts.models import User
for name, password in {PEOPLE!r}.items():
    is_admin = name == "hopper"
    User.objects.create_user(name, password=password, is_staff=is_admin, is_superuser=is_admin)
"""


DATABASE_URL = urlsplit(os.environ["DATABASE_URL"])._replace(path="/browser").geturl()


def set_aside() -> None:
    """Hide what earlier tests have left, so that each test finds the lists of people who have just come."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("UPDATE conversations_conversation SET deleted_at = now() WHERE deleted_at IS NULL")


@contextmanager
def running_site(openai_base_url: str, **settings: str) -> Iterator[str]:
    """Its address. The people have accounts."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS browser WITH (FORCE)")
        connection.execute("CREATE DATABASE browser")
    with tempfile.TemporaryDirectory(prefix="chatsite-browser-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": DATABASE_URL,
            "DATA_DIR": folder,
            "OPENAI_API_KEY": "sk-for-the-tests-alone",
            "OPENAI_BASE_URL": openai_base_url,
            "MODEL": "standin",
            "PORT": str(port),
            **settings,
        }
        log = Path(folder, "log")
        with (
            log.open("w") as output,
            subprocess.Popen(
                [sys.executable, "-m", "chatsite"],
                cwd=BASE_DIR,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            ) as process,
        ):
            try:
                assert process.stdout is not None
                if "runs on" not in process.stdout.readline():
                    raise RuntimeError(log.read_text())
                subprocess.run(
                    [sys.executable, "manage.py", "shell", "--no-imports", "-c", MAKE_PEOPLE],
                    cwd=BASE_DIR,
                    env=environment,
                    check=True,
                )
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(timeout=15)
