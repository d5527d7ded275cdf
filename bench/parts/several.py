"""Two server processes that share their answers through Redis, on two cores with everything that measures them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import uvloop

from bench.machine import pinned
from bench.parts import most, streams
from bench.run import Run
from tests.support.redis_server import running_redis

START = 800


def measure_several(run: Run) -> dict[str, float]:
    """Request answers as from one process, then search for the most at once."""
    if not shutil.which("redis-server"):
        print("Not measured, because redis-server isn't installed.")
        return {}
    amount, deltas = (20, streams.QUICK_DELTAS) if run.is_quick else (300, streams.DELTAS)
    cookies = run.people(amount)
    print(streams.HEADER)
    relay = streams.measure_one(run, "relay", amount, deltas)
    streams.print_row("relay", relay, relay)
    with redis(), on_two_cores(run), run.server("two") as server:
        two = uvloop.run(streams.measure(run, server, cookies, deltas))
        streams.print_row("two", two, relay)
        return {"most_of_two": most.search(run, server, START)}


@contextmanager
def redis() -> Iterator[None]:
    """Run a Redis, and have the servers that start meanwhile use it."""
    with running_redis(Path(os.environ["DATA_DIR"])) as (_, url):
        os.environ |= {"REDIS_URL": url, "PROCESSES": "2"}
        try:
            yield
        finally:
            del os.environ["REDIS_URL"], os.environ["PROCESSES"]


@contextmanager
def on_two_cores(run: Run) -> Iterator[None]:
    """Keep PostgreSQL, this process and all that it has started to two cores while the block runs."""
    cores, this = run.cores, psutil.Process()
    with pinned(this, cores.two, cores.others), pinned(run.postgres, cores.two, cores.others):
        yield
