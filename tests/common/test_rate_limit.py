"""Answers that begin at once take turns."""

import asyncio

from common.rate_limit import RateLimiter


async def passed(limiter: RateLimiter, count: int) -> list[float]:
    """When each got through, in seconds after the first."""
    loop = asyncio.get_running_loop()
    begin, times = loop.time(), []

    async def go() -> None:
        await limiter.wait()
        times.append(loop.time() - begin)

    await asyncio.gather(*(go() for _ in range(count)))
    return times


async def test_burst_passes_at_once():
    assert max(await passed(RateLimiter(burst=5, per_second=0.001), 5)) < 100


async def test_burst_passes_at_once_just_after_boot(monkeypatch):
    loop = asyncio.get_running_loop()
    clock, start = loop.time, loop.time()
    monkeypatch.setattr(loop, "time", lambda: clock() - start)
    async with asyncio.timeout(60):
        await passed(RateLimiter(burst=5, per_second=0.001), 5)


async def test_callers_after_the_burst_wait_their_turn():
    times = await passed(RateLimiter(burst=2, per_second=100), 6)
    assert times == sorted(times)
    assert [time >= turn / 100 for time, turn in zip(times, (0, 0, 1, 2, 3, 4), strict=True)] == [True] * 6


async def test_pause_allows_another_burst():
    limiter = RateLimiter(burst=2, per_second=100)
    await passed(limiter, 2)
    before = limiter._next
    await asyncio.sleep(0.03)
    await passed(limiter, 1)
    assert limiter._next > before
    assert limiter._next <= asyncio.get_running_loop().time() + 0.01
