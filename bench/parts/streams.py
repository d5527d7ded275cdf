"""What answers cost while they stream: some at once, of ordinary length and long ones, beside the relay."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop

from bench.figures import percentile
from bench.processes import resident_bytes
from bench.run import Cost, Run, Server
from bench.viewers import Seen, viewers, watch

LEVELS = [1, 20, 100, 300]
DELTAS = 200
LONG_DELTAS = 1200
QUICK_LEVELS = [20]
QUICK_DELTAS = 25

HEADER = (
    f"{'answers':>7}{'deltas':>8}  {'server':<6}{'µs/delta':>10}{'ratio':>7}{'PostgreSQL':>12}{'p50 ms':>8}"
    f"{'p99 ms':>8}{'lost':>6}{'kB/answer':>11}"
)


@dataclass
class Measured:
    """The figures of so many answers at once: CPU in seconds, memory in bytes."""

    streams: int
    deltas: int
    cost: Cost
    memory: int
    seen: list[Seen]

    def per_delta(self, seconds: float) -> float:
        """Return the microseconds for each delta that was sent."""
        return seconds * 1e6 / (self.streams * self.deltas)

    def latency(self, percent: int) -> float:
        """Return the milliseconds within which so many percent of the deltas arrived."""
        return percentile([latency for seen in self.seen for latency in seen.latencies], percent) * 1000

    def ratio(self, relay: "Measured") -> float:
        return self.cost.server / relay.cost.server if relay.cost.server else 0

    @property
    def kilobytes(self) -> float:
        return self.memory / self.streams / 1024

    @property
    def lost(self) -> int:
        return self.streams * self.deltas - sum(len(seen.latencies) for seen in self.seen)


def measure_levels(run: Run, levels: Sequence[int] = ()) -> dict[str, float]:
    """Request few answers at once, then more and more."""
    deltas = QUICK_DELTAS if run.is_quick else DELTAS
    print(HEADER)
    reached = {}
    for streams in levels or (QUICK_LEVELS if run.is_quick else LEVELS):
        relay, measured = compare(run, streams, deltas)
        if (streams, deltas) == (300, DELTAS):
            reached = {
                "ratio": measured.ratio(relay),
                "database_delta": measured.per_delta(measured.cost.database),
                "p99": measured.latency(99),
            }
    return reached


def measure_long(run: Run) -> dict[str, float]:
    """Request long answers: of what they cost, their beginnings and ends are a small part."""
    streams, deltas = (20, 2 * QUICK_DELTAS) if run.is_quick else (300, LONG_DELTAS)
    print(HEADER)
    relay, measured = compare(run, streams, deltas)
    return {"long_ratio": measured.ratio(relay), "memory": measured.kilobytes}


def compare(run: Run, streams: int, deltas: int) -> tuple[Measured, Measured]:
    """Measure and print the relay, then the site."""
    relay = measure_one(run, "relay", streams, deltas)
    print_row("relay", relay, relay)
    measured = measure_one(run, "site", streams, deltas)
    print_row("site", measured, relay)
    return relay, measured


def measure_one(run: Run, name: str, streams: int, deltas: int) -> Measured:
    """Measure so many answers of a server."""
    cookies = run.people(streams)
    with run.server(name) as server:
        return uvloop.run(measure(run, server, cookies, deltas))


async def measure(run: Run, server: Server, cookies: list[str], deltas: int) -> Measured:
    await run.warm_up(server)
    peak = before = resident_bytes(server.process)
    async with viewers(server.port, cookies) as opened, run.measuring(server) as cost:
        watching = asyncio.create_task(watch(opened, deltas))
        while not watching.done():
            await asyncio.wait([watching], timeout=0.2)
            peak = max(peak, resident_bytes(server.process))
    return Measured(len(cookies), deltas, cost, peak - before, run.record(server, await watching, deltas))


def print_row(name: str, measured: Measured, relay: Measured) -> None:
    print(
        f"{measured.streams:>7}{measured.deltas:>8}  {name:<6}{measured.per_delta(measured.cost.server):>10.0f}"
        f"{measured.ratio(relay):>7.2f}{measured.per_delta(measured.cost.database):>12.0f}"
        f"{measured.latency(50):>8.1f}{measured.latency(99):>8.1f}{measured.lost:>6}{measured.kilobytes:>11.0f}",
        flush=True,
    )
