"""A real Redis in a process of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port


@contextmanager
def running_redis(folder: Path, port: int | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a Redis that stores nothing on disk while the block runs; yield its process and its URL."""
    port = port or free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(["redis-server", *options], stdout=subprocess.PIPE, text=True) as redis:
        try:
            assert redis.stdout is not None
            while "Ready to accept connections" not in redis.stdout.readline():
                assert redis.poll() is None
            yield redis, f"redis://127.0.0.1:{port}/0"
        finally:
            redis.terminate()
