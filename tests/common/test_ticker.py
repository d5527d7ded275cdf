"""The timer that many share."""

import asyncio
from functools import partial

from common.ticker import Ticker


async def test_all_who_wait_are_called_with_one_tick():
    ticker, called = Ticker(0.01), []
    ticker.call(lambda: called.append("first"))
    await asyncio.sleep(0)
    ticker.call(lambda: called.append("second"))
    await asyncio.gather(ticker.next(), ticker.next())
    assert called == ["first", "second"]


async def test_who_waits_again_waits_for_another_tick():
    ticker, called = Ticker(0.001), []
    ticker.call(lambda: ticker.call(lambda: called.append("again")))
    await ticker.next()
    assert called == []
    await ticker.next()
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
    await ticker.next()
    await asyncio.sleep(0)
    assert called == ["a", "b", "after a", "after b", "c", "after c"]


async def test_cancelling_one_does_not_cancel_the_others():
    ticker = Ticker(0.001)
    tasks = [asyncio.create_task(ticker.next()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(tasks[0], tasks[2])
    assert tasks[1].cancelled()


async def test_failure_of_one_does_not_keep_the_others_waiting(caplog):
    ticker = Ticker(0.001)
    ticker.call(lambda: 1 / 0)
    await ticker.next()
    assert "ZeroDivisionError" in caplog.text
