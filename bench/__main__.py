"""`python -m bench`: request many answers at the same instant, from the real server and from a bare relay.

See docs/performance.md.
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]

from bench import site
from bench.processes import cpu_seconds, reserve_core, resident_bytes, running
from bench.viewers import Seen, evaluate, open_viewers, watch

LEVELS = [1, 20, 100, 300]
DELTAS = 200
QUICK_LEVELS = [20]
QUICK_DELTAS = 25
# After the warm-up, all late imports are done and the database connections are open.
WARM_UP_STREAMS = 20
WARM_UP_DELTAS = 5


@dataclass
class Measured:
    """The figures of one run: times in seconds, memory in bytes."""

    streams: int
    deltas: int
    cpu: float
    database_cpu: float
    memory: int
    seen: list[Seen]

    def per_delta(self, seconds: float) -> float:
        """Return the microseconds for each delta that was sent."""
        return seconds * 1e6 / (self.streams * self.deltas)

    def latency(self, percent: int) -> float:
        """Return the milliseconds within which so many percent of the deltas arrived."""
        latencies = [latency for seen in self.seen for latency in seen.latencies]
        return statistics.quantiles(latencies, n=100, method="inclusive")[percent - 1] * 1000

    @property
    def lost(self) -> int:
        return self.streams * self.deltas - sum(len(seen.latencies) for seen in self.seen)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few answers of few deltas, to check that the bench works")
    parser.add_argument("--streams", type=int, help="only so many answers at once")
    arguments = parser.parse_args()
    levels = QUICK_LEVELS if arguments.quick else LEVELS
    if arguments.streams:
        levels = [arguments.streams]
    deltas = QUICK_DELTAS if arguments.quick else DELTAS

    core = reserve_core()
    with running("-m", "bench.upstream") as (_, port):
        upstream = f"http://127.0.0.1:{port}/v1"
        site.prepare(upstream)
        print(f"{deltas} deltas per answer, 20 ms apart; the server has {'a core' if core else 'no core'} to itself.")
        print(HEADER)
        measured = [pair for streams in levels for pair in compare(upstream, core, streams, deltas)]
        problems = find_problems(upstream, measured)
    print("\n".join(problems) or "Every answer was seen and stored as it was sent.")
    sys.exit(bool(problems))


HEADER = (
    f"{'answers':>7}  {'server':<6}{'µs/delta':>10}{'ratio':>7}{'PostgreSQL':>12}{'p50 ms':>8}{'p99 ms':>8}{'lost':>6}"
    f"{'kB/answer':>11}"
)


def compare(upstream: str, core: set[int], streams: int, deltas: int) -> Iterator[Measured]:
    """Measure the relay, then the site, and print both; yield the figures of the site."""
    cookies = site.sign_in(max(streams, WARM_UP_STREAMS))
    postgres = site.postgres()
    with running("-m", "bench.relay", upstream, cores=core) as (process, port):
        relay = asyncio.run(measure(psutil.Process(process.pid), postgres, int(port), cookies, streams, deltas))
    print_row("relay", relay, relay)
    with site.running_site(core) as (process, port):
        measured = asyncio.run(measure(process, postgres, port, cookies, streams, deltas))
    print_row("site", measured, relay)
    yield measured


async def measure(
    server: psutil.Process, postgres: psutil.Process, port: int, cookies: list[str], streams: int, deltas: int
) -> Measured:
    await watch(await open_viewers(port, cookies[:WARM_UP_STREAMS]), WARM_UP_DELTAS)

    before = resident_bytes(server)
    viewers = await open_viewers(port, cookies[:streams])
    cpu, database_cpu = cpu_seconds(server), cpu_seconds(postgres)
    watching = asyncio.create_task(watch(viewers, deltas))
    peak = before
    while not watching.done():
        await asyncio.wait([watching], timeout=0.2)
        peak = max(peak, resident_bytes(server))
    await watching
    return Measured(
        streams,
        deltas,
        cpu=cpu_seconds(server) - cpu,
        database_cpu=cpu_seconds(postgres) - database_cpu,
        memory=peak - before,
        seen=[evaluate(viewer) for viewer in viewers],
    )


def print_row(server: str, measured: Measured, relay: Measured) -> None:
    print(
        f"{measured.streams:>7}  {server:<6}{measured.per_delta(measured.cpu):>10.0f}"
        f"{measured.cpu / relay.cpu if relay.cpu else 0:>7.2f}"
        f"{measured.per_delta(measured.database_cpu):>12.0f}"
        f"{measured.latency(50):>8.1f}{measured.latency(99):>8.1f}{measured.lost:>6}"
        f"{measured.memory / measured.streams / 1024:>11.0f}",
        flush=True,
    )


def find_problems(upstream: str, runs: list[Measured]) -> list[str]:
    """Return a sentence for each kind of text that the viewers or the database lack."""
    with urlopen(upstream) as answer:
        sent: dict[str, str] = json.load(answer)
    stored = site.stored_answers()
    requested = sum(run.streams + WARM_UP_STREAMS for run in runs)
    texts = set(stored.values())
    found = {
        "deltas lost": sum(run.lost for run in runs),
        "answers requested but not stored": requested - len(stored),
        "answers stored differently from what was sent": sum(text != sent.get(key) for key, text in stored.items()),
        "answers seen differently from what was stored": sum(
            seen.text not in texts for run in runs for seen in run.seen
        ),
    }
    return [f"{count} {problem}" for problem, count in found.items() if count]


if __name__ == "__main__":
    main()
