"""The timer that many share."""

import asyncio
from functools import partial

import pytest

from common.ticker import MANY, SLOTS, Ticker


async def ticked(ticker: Ticker) -> None:
    """Wait until the ticker has called everybody who waits for it now."""
    for _ in range(2):
        done = asyncio.Event()
        ticker.call(done.set)
        await done.wait()


async def test_all_who_wait_are_called():
    ticker = Ticker(0.001)
    called: list[int] = []
    for number in range(100):
        ticker.call(partial(called.append, number))
        if number % 10 == 0:
            await asyncio.sleep(0)
    await ticked(ticker)
    assert sorted(called) == [*range(100)]


async def test_who_waits_again_is_called_again():
    ticker, called = Ticker(0.001), []
    ticker.call(lambda: ticker.call(lambda: called.append("again")))
    await ticked(ticker)
    await ticked(ticker)
    assert called == ["again"]


async def test_many_that_wait_again_and_again_are_soon_spread():
    ticker, done = Ticker(0.001), asyncio.Event()
    rounds = 50
    sizes: list[int] = []

    class Stream:
        """Waits again each time that it is called."""

        left = rounds

        def tick(self) -> None:
            sizes[-1] += 1
            self.left -= 1
            if self.left:
                ticker.call(self.tick)
            else:
                done.set()

    for _ in range(10 * SLOTS):
        ticker.call(Stream().tick)
    tick = ticker._tick

    def counted() -> None:
        sizes.append(0)
        tick()

    ticker._tick = counted  # type: ignore[method-assign]
    await done.wait()
    assert max(sizes[-3 * SLOTS : -SLOTS]) < 30


@pytest.mark.parametrize(("waiting", "interval"), [(1, 0.5), (MANY // 2, 0.5), (3 * MANY // 4, 0.75), (3 * MANY, 1)])
async def test_few_are_called_sooner(waiting, interval):
    ticker = Ticker(1)
    for _ in range(waiting):
        ticker.call(lambda: None)
    assert ticker.interval == interval


async def test_failure_of_one_does_not_keep_the_others_waiting(caplog):
    ticker, called = Ticker(0.001), []
    ticker.call(lambda: 1 / 0)
    ticker.call(lambda: called.append("other"))
    await ticked(ticker)
    assert called == ["other"]
    assert "ZeroDivisionError" in caplog.text
