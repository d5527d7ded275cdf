"""What a server takes that isn't about its answers in progress: memory that stays, and open sockets that are quiet."""

import asyncio

import uvloop

from bench.processes import resident_bytes
from bench.run import Run, Server
from bench.viewers import ask_repeatedly, viewers

VIEWERS = 100
FIRST_ANSWERS, ANSWERS = 100, 10_000
QUICK_VIEWERS, QUICK_ANSWERS = 20, 20
DELTAS = 2
MAX_SECONDS = 40.0
"""How long it may take: there are fewer answers if the server isn't quick enough."""
SETTLE_SECONDS = 1.0

SOCKETS = 300
IDLE_SECONDS = 10.0


def measure_growth(run: Run) -> dict[str, float]:
    """Request very many short answers, and compare the memory with that after the first ones."""
    cookies = run.people(QUICK_VIEWERS if run.is_quick else VIEWERS)
    with run.server("site") as server:
        return uvloop.run(grow(run, server, cookies))


async def grow(run: Run, server: Server, cookies: list[str]) -> dict[str, float]:
    await run.warm_up(server)
    amounts = [QUICK_ANSWERS, QUICK_ANSWERS] if run.is_quick else [FIRST_ANSWERS, ANSWERS - FIRST_ANSWERS]
    answers, figures = 0, []
    async with viewers(server.port, cookies) as opened:
        for amount in amounts:
            exchanges = await ask_repeatedly(opened, DELTAS, amount, MAX_SECONDS)
            answers += len(run.record(server, exchanges, DELTAS))
            for viewer in opened:
                viewer.exchanges.clear()
            await asyncio.sleep(SETTLE_SECONDS)
            figures.append((answers, resident := resident_bytes(server.process)))
            print(f"{resident / 1024**2:.1f} MB after {answers} answers", flush=True)
    (first, before), (last, after) = figures
    return {"growth": (after - before) / 1024 / (last - first)}


def measure_idle(run: Run) -> dict[str, float]:
    """Open sockets, and ask nothing."""
    cookies = run.people(QUICK_VIEWERS if run.is_quick else SOCKETS)
    with run.server("site") as server:
        return uvloop.run(idle(run, server, cookies))


async def idle(run: Run, server: Server, cookies: list[str]) -> dict[str, float]:
    await run.warm_up(server)
    seconds = 1.0 if run.is_quick else IDLE_SECONDS
    async with viewers(server.port, cookies):
        await asyncio.sleep(SETTLE_SECONDS)
        async with run.measuring(server) as cost:
            await asyncio.sleep(seconds)
    share, database = cost.server / seconds, cost.database / seconds
    print(f"{len(cookies)} quiet sockets: {share:.1%} of a core, and {database:.1%} for PostgreSQL", flush=True)
    return {"idle": share * 100}
