"""What starts by itself on a machine that has nothing set up: PostgreSQL and the stand-in.

`python -m chatsite.embedded PROGRAM …` runs one of PostgreSQL's own programs, such as pg_dump, with the embedded one.
"""

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from chatsite.environment import BASE_DIR, environment

if TYPE_CHECKING:
    from chatsite.postgres import EmbeddedPostgres


def start_postgres() -> "EmbeddedPostgres | None":
    """Start the embedded PostgreSQL and set `DATABASE_URL` to it, unless `DATABASE_URL` is set already.

    It stops with the last process that uses it.
    """
    if environment().database_url:
        return None
    try:
        from chatsite.postgres import EmbeddedPostgres, PostgresError
    except ImportError:
        sys.exit(
            "DATABASE_URL: not set, and the embedded PostgreSQL is not installed. Set it, or start with `make run`."
        )
    postgres = EmbeddedPostgres(environment().data_dir)
    atexit.register(postgres.release)
    try:
        postgres.start()
    except PostgresError as error:
        sys.exit(f"DATABASE_URL: not set, and the embedded PostgreSQL can't be started: {error}")
    os.environ["DATABASE_URL"] = postgres.url
    environment.cache_clear()
    return postgres


@contextmanager
def run_standin() -> Iterator[None]:
    """Run the stand-in while the block runs, and set `STANDIN_URL` to its address."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "standin", "--parent-pid", str(os.getpid())],
        stdout=subprocess.PIPE,
        text=True,
        cwd=BASE_DIR,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        address = line.rpartition(" ")[2].strip()
        if not address.startswith("http"):
            sys.exit("The stand-in did not start.")
        os.environ["STANDIN_URL"] = address
        environment.cache_clear()
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def main() -> None:
    postgres = start_postgres()
    if postgres is None:
        sys.exit("DATABASE_URL: set, so the embedded PostgreSQL isn't used. Unset it for this command.")
    from chatsite.postgres import PROGRAMS

    url = urlsplit(postgres.url)
    reached = {"PGHOST": parse_qs(url.query)["host"][0], "PGUSER": url.username or "", "PGDATABASE": url.path[1:]}
    program, *arguments = sys.argv[1:] or ["psql"]
    command = [str(PROGRAMS / program), *arguments]
    sys.exit(subprocess.run(command, env=os.environ | reached, check=False).returncode)  # noqa: S603


if __name__ == "__main__":
    main()
