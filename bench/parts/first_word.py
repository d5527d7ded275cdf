"""How long it takes from a message to the first word of its answer, with the server and PostgreSQL on one core."""

from dataclasses import dataclass

import uvloop

from bench.figures import percentile
from bench.machine import pinned
from bench.run import Cost, Run, Server
from bench.viewers import Exchange, Seen, viewers, watch


@dataclass(frozen=True)
class Burst:
    """So many messages within so many seconds, several times."""

    messages: int
    seconds: float
    times: int

    def __str__(self) -> str:
        return f"{self.messages} in {self.seconds:g} s" if self.messages > 1 else "1"


BURSTS = [Burst(1, 0, 10), Burst(20, 0.1, 2), Burst(100, 0.4, 2), Burst(300, 1, 1)]
QUICK_BURSTS = [Burst(1, 0, 2), Burst(20, 0.1, 1)]
DELTAS = 200
"""The answers that have begun stream on while others begin."""
QUICK_DELTAS = 25
SINGLE_DELTAS = 5
"""Of an answer that has the server to itself: nothing has to stream beside it."""


def measure_first_word(run: Run) -> dict[str, float]:
    bursts = QUICK_BURSTS if run.is_quick else BURSTS
    cookies = run.people(max(burst.messages for burst in bursts))
    print(f"{'messages':>14}  {'server':<6}{'p50 ms':>8}{'p99 ms':>8}{'ms of CPU a message':>21}{'PostgreSQL':>12}")
    reached = {}
    for name in ("relay", "site"):
        with run.server(name) as server, pinned(run.postgres, run.cores.server, run.cores.others):
            for burst, median in uvloop.run(measure(run, server, cookies, bursts)).items():
                if name == "site":
                    reached[f"first_word_{burst.messages}"] = median
    return reached


async def measure(run: Run, server: Server, cookies: list[str], bursts: list[Burst]) -> dict[Burst, float]:
    """Measure and print each burst; return p50 of its first words, in milliseconds."""
    await run.warm_up(server)
    medians = {}
    for burst in bursts:
        deltas = SINGLE_DELTAS if burst.messages == 1 else QUICK_DELTAS if run.is_quick else DELTAS
        exchanges: list[Exchange] = []
        async with viewers(server.port, cookies[: burst.messages]) as opened, run.measuring(server) as cost:
            for _ in range(burst.times):
                exchanges += await watch(opened, deltas, burst.seconds)
        seen = run.record(server, exchanges, deltas)
        medians[burst] = print_row(server, burst, cost, seen)
    return medians


def print_row(server: Server, burst: Burst, cost: Cost, seen: list[Seen]) -> float:
    """Print the figures of a burst; return p50."""
    p50, p99 = (percentile([answer.first_word for answer in seen], percent) * 1000 for percent in (50, 99))
    print(
        f"{burst!s:>14}  {server.name:<6}{p50:>8.1f}{p99:>8.1f}{cost.server * 1000 / len(seen):>21.1f}"
        f"{cost.database * 1000 / len(seen):>12.1f}",
        flush=True,
    )
    return p50
