"""The timer that many share."""

import asyncio
from functools import partial

from common.ticker import Ticker


async def ticked(ticker: Ticker) -> None:
    """Wait until the ticker has called everybody who waits for its next tick."""
    done = asyncio.Event()
    ticker.call(done.set)
    await done.wait()


async def test_all_who_wait_are_called_with_one_tick():
    ticker, called = Ticker(0.01), []
    ticker.call(lambda: called.append("first"))
    await asyncio.sleep(0)
    ticker.call(lambda: called.append("second"))
    await ticked(ticker)
    assert called == ["first", "second"]


async def test_who_waits_again_waits_for_another_tick():
    ticker, called = Ticker(0.001), []
    ticker.call(lambda: ticker.call(lambda: called.append("again")))
    await ticked(ticker)
    assert called == []
    await ticked(ticker)
    assert called == ["again"]


async def test_many_are_called_with_one_tick_but_not_at_once(monkeypatch):
    monkeypatch.setattr("common.ticker.TOGETHER", 2)
    ticker = Ticker(0.001)
    called: list[str] = []

    def call(name: str) -> None:
        called.append(name)
        asyncio.get_running_loop().call_soon(called.append, f"after {name}")

    for name in ("a", "b", "c"):
        ticker.call(partial(call, name))
    await ticked(ticker)
    await asyncio.sleep(0)
    assert called == ["a", "b", "after a", "after b", "c", "after c"]


async def test_failure_of_one_does_not_keep_the_others_waiting(caplog):
    ticker = Ticker(0.001)
    ticker.call(lambda: 1 / 0)
    await ticked(ticker)
    assert "ZeroDivisionError" in caplog.text
