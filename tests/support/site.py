"""The site as a process of its own, `python -m chatsite`, with a database and a folder of its own."""

import asyncio
import atexit
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psycopg
from psycopg import sql

from chatsite.environment import BASE_DIR
from tests.support.ports import free_port

SIGN_IN = """
from django.core.management import call_command
from accounts.models import User
from tests.support.socket import session_cookie
call_command("migrate", verbosity=0)
print(session_cookie(User.objects.create_user("ada")))
"""

until_exit = ExitStack()
atexit.register(until_exit.close)


class Site:
    """A running site. Its errors go into a log file, because a pipe that nobody reads would fill up."""

    def __init__(self, environment: dict[str, str], log: Path, cookie: str = "") -> None:
        self.environment = environment
        self.log = log
        self.cookie = cookie
        self.address = f"http://127.0.0.1:{environment['PORT']}"
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = launch(self.environment, stderr=log)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said == f"The chat site is running at {self.address}\n", self.log.read_text()

    def run(self, code: str) -> str:
        """Run code in another process, on the site's database; return the last word that it printed."""
        return run(code, self.environment)

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a socket as one of ada's tabs does, while the block runs."""
        headers = {"Cookie": f"sessionid={self.cookie}", "Origin": self.address}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self.address}/socket/", headers=headers, max_msg_size=0) as tab,
        ):
            yield tab

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(query).fetchall()

    def stored(self, older: int = 0) -> tuple[Any, ...]:
        """Return status, error code and output text of the newest response, or of the one `older` places before it."""
        rows = self.query(
            "SELECT status, error ->> 'code', output #>> '{0,content,0,text}' FROM conversations_response"
            " ORDER BY created_at DESC"
        )
        return rows[older]

    def wait_for_checkpoint(self) -> None:
        while not self.stored()[2]:
            assert self.process.poll() is None

    def cut_database_connections(self) -> None:
        cut_database_connections(self.environment["DATABASE_URL"])

    def end(self, *, is_killed: bool = False) -> int:
        """Terminate the process, or kill it; return its exit code."""
        (self.process.kill if is_killed else self.process.terminate)()
        self.process.communicate(timeout=60)
        return self.process.returncode


async def receive_until(tab: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """Receive events up to the first of this type; return that one."""
    async with asyncio.timeout(60):
        while True:
            event: dict[str, Any] = await tab.receive_json()
            if event["type"] == kind:
                return event


@contextmanager
def started_site(folder: Path, database: str, **settings: str) -> Iterator[Site]:
    """Run a site on a new database of this name while the block runs."""
    with new_database(database) as url, ended(Site(environment_of(folder, url) | settings, folder / "log")) as site:
        yield site


@contextmanager
def signed_in_site(folder: Path, database: str, **settings: str) -> Iterator[Site]:
    """Run a site on a new database of this name, in which ada is signed in, while the block runs."""
    with (
        signed_in_database(database) as (url, cookie),
        ended(Site(environment_of(folder, url) | settings, folder / "log", cookie)) as site,
    ):
        yield site


@contextmanager
def ended(site: Site) -> Iterator[Site]:
    """Kill the site after the block."""
    try:
        yield site
    finally:
        site.end(is_killed=True)


@contextmanager
def new_database(name: str, template: str = "template1") -> Iterator[str]:
    """Create a database on the tests' PostgreSQL, by a template, and drop it after the block; yield its URL."""
    address = database_url(name)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name_of(address))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(drop)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(name_of(address), sql.Identifier(template)))
        yield address
        connection.execute(drop)


def name_of(address: str) -> sql.Identifier:
    return sql.Identifier(urlsplit(address).path[1:])


@contextmanager
def signed_in_database(name: str) -> Iterator[tuple[str, str]]:
    """Create a database in which ada is signed in; yield its URL and the cookie of her session."""
    template, cookie = signed_in_template()
    with new_database(name, template) as address:
        yield address, cookie


@cache
def signed_in_template() -> tuple[str, str]:
    """Create what `signed_in_database` copies, once for each pytest worker; return its name and the cookie."""
    url = until_exit.enter_context(new_database("signed_in"))
    return urlsplit(url).path[1:], run(SIGN_IN, os.environ | {"DATABASE_URL": url})


def run(code: str, environment: dict[str, str]) -> str:
    """Run code in another process, with the site's settings; return the last word that it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=BASE_DIR,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return (done.stdout.split() or [""])[-1]


def database_url(name: str) -> str:
    """Return the URL of the database of this name: each pytest worker has databases of its own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}{worker}").geturl()


def environment_of(folder: Path, database_url: str) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "PORT": str(free_port()),
        "OPENAI_API_KEY": "sk-for-the-tests-alone",
        "MODEL": "standin",
    }


def launch(environment: dict[str, str], stderr: Any = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "chatsite"],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def cut_database_connections(database_url: str) -> None:
    """Cut all connections to the database, as a restart of PostgreSQL does."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
