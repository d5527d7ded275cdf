"""What an answer's start and end cost apart from its deltas, and how many of them one core does in a second."""

from dataclasses import dataclass

import uvloop

from bench.machine import pinned
from bench.run import Run, Server
from bench.viewers import ask_repeatedly, viewers, watch

SHORT_DELTAS = 5
FEW_VIEWERS = 20


@dataclass(frozen=True)
class Amounts:
    short_answers: int
    longer_answers: int
    longer_deltas: int
    """The difference between answers of so many deltas and short ones is the cost of the deltas alone."""
    viewers: int
    """More than keep a core busy: each asks again when its answer has ended, a tenth of a second later."""
    seconds: float
    """How long they ask as quickly as they can."""


AMOUNTS = Amounts(short_answers=600, longer_answers=100, longer_deltas=105, viewers=150, seconds=5)
QUICK_AMOUNTS = Amounts(short_answers=40, longer_answers=20, longer_deltas=25, viewers=20, seconds=1)


def measure_start_and_end(run: Run) -> dict[str, float]:
    amounts = QUICK_AMOUNTS if run.is_quick else AMOUNTS
    cookies = run.people(amounts.viewers)
    with run.server("site") as server:
        reached = uvloop.run(measure_cost(run, server, cookies, amounts))
        with pinned(run.postgres, run.cores.server, run.cores.others):
            reached |= uvloop.run(measure_rate(run, server, cookies, amounts.seconds))
    return reached


async def measure_cost(run: Run, server: Server, cookies: list[str], amounts: Amounts) -> dict[str, float]:
    await run.warm_up(server)
    async with viewers(server.port, cookies[:FEW_VIEWERS]) as opened:
        async with run.measuring(server) as short:
            exchanges = await ask_repeatedly(opened, SHORT_DELTAS, amounts.short_answers, seconds=30)
        short_answers = len(run.record(server, exchanges, SHORT_DELTAS))
        exchanges = []
        async with run.measuring(server) as longer:
            for _ in range(amounts.longer_answers // FEW_VIEWERS):
                exchanges += await watch(opened, amounts.longer_deltas)
        longer_answers = len(run.record(server, exchanges, amounts.longer_deltas))

    def without_deltas(short: float, longer: float) -> float:
        """Return the milliseconds of an answer of no deltas."""
        per_delta = (longer / longer_answers - short / short_answers) / (amounts.longer_deltas - SHORT_DELTAS)
        return (short / short_answers - SHORT_DELTAS * per_delta) * 1000

    costs = {
        "start_and_end": without_deltas(short.server, longer.server),
        "database_start_and_end": without_deltas(short.database, longer.database),
    }
    server_cost, database_cost = costs.values()
    print(f"{short_answers} short answers: start and end take {server_cost:.1f} ms of the server's CPU")
    print(f"  and {database_cost:.1f} ms of PostgreSQL's.", flush=True)
    return costs


async def measure_rate(run: Run, server: Server, cookies: list[str], seconds: float) -> dict[str, float]:
    async with viewers(server.port, cookies) as opened, run.measuring(server) as cost:
        exchanges = await ask_repeatedly(opened, SHORT_DELTAS, 1_000_000, seconds)
    run.record(server, exchanges, SHORT_DELTAS)
    begin = min(exchange.sent for exchange in exchanges)
    ended = [exchange.frames[-1][0] for exchange in exchanges if exchange.frames]
    rate = len(exchanges) / (max(ended) - begin)
    busy = (cost.server + cost.database) / (max(ended) - begin)
    print(
        f"With PostgreSQL on the server's core: {rate:.0f} answers a second, from message to end."
        f" The core was {busy:.0%} busy.",
        flush=True,
    )
    return {"questions": rate}
