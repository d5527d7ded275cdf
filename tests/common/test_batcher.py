"""Calls that are made together."""

import asyncio

import pytest
from django.db import OperationalError
from psycopg.errors import LockNotAvailable, ProgramLimitExceeded

from common import batcher
from common.batcher import Batcher


class Doubling:
    """A function that doubles numbers when it is let, and keeps what it was called with."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, numbers: list[int]) -> list[int | Exception]:
        self.calls.append(numbers)
        await self.go.wait()
        return [2 * number if number else ValueError("nothing to double") for number in numbers]


@pytest.fixture
def patient(monkeypatch) -> None:
    """Let every batch wait for the one before it, however busy the machine is."""
    monkeypatch.setattr(batcher, "OVERTAKING_SECONDS", 60)


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_what_comes_during_a_call_goes_together_after_it(patient):
    double = Doubling()
    doubling = Batcher(double, max_size=3)
    first = asyncio.create_task(doubling.call(1))
    await until(lambda: double.calls)
    rest = [asyncio.create_task(doubling.call(number)) for number in (2, 3, 4, 5)]
    await asyncio.sleep(0)
    double.go.set()

    assert await asyncio.gather(first, *rest) == [2, 4, 6, 8, 10]
    assert double.calls == [[1], [2, 3, 4], [5]]


async def test_batch_has_so_many_bytes_unless_a_single_item_has_more(patient):
    double = Doubling()
    doubling = Batcher(double, max_size=3, max_bytes=10)
    numbers = [4, 6, 1, 20, 2, 2, 2, 2]
    double.go.set()

    assert await asyncio.gather(*map(doubling.call, numbers, numbers)) == [2 * number for number in numbers]
    assert double.calls == [[4, 6], [1], [20], [2, 2, 2], [2]]


async def test_item_that_fails_leaves_the_others_alone():
    double = Doubling()
    double.go.set()
    doubling = Batcher(double, max_size=10)
    one, none, two = await asyncio.gather(*map(doubling.call, (1, 0, 2)), return_exceptions=True)

    assert (one, two) == (2, 4)
    assert isinstance(none, ValueError)
    assert len(double.calls) == 1


async def test_batch_that_fails_is_called_one_by_one():
    calls = []

    async def divide(numbers: list[int]) -> list[int | Exception]:
        calls.append(numbers)
        return [12 // number for number in numbers]

    results = await asyncio.gather(*map(Batcher(divide, max_size=10).call, (3, 0, 4)), return_exceptions=True)

    assert (results[0], results[2]) == (4, 3)
    assert isinstance(results[1], ZeroDivisionError)
    assert calls == [[3, 0, 4], [3], [0], [4]]


@pytest.mark.parametrize("cause", [LockNotAvailable, ProgramLimitExceeded])
async def test_batch_that_a_lock_holds_up_or_that_is_too_large_is_called_one_by_one(cause):
    calls = []

    async def wait_for_two(numbers: list[int]) -> list[int | Exception]:
        calls.append(numbers)
        if 2 in numbers:
            raise OperationalError("cancelled") from cause()
        return list(numbers)

    results = await asyncio.gather(*map(Batcher(wait_for_two, max_size=10).call, (1, 2, 3)), return_exceptions=True)

    assert (results[0], results[2]) == (1, 3)
    assert isinstance(results[1], OperationalError)
    assert calls == [[1, 2, 3], [1], [2], [3]]


async def test_all_learn_at_once_that_the_database_is_unavailable():
    calls = []

    async def fail(numbers: list[int]) -> list[int | Exception]:
        calls.append(numbers)
        raise OperationalError("no connection")

    results = await asyncio.gather(*map(Batcher(fail, max_size=10).call, (1, 2)), return_exceptions=True)

    assert [type(result) for result in results] == [OperationalError, OperationalError]
    assert calls == [[1, 2]]


async def test_caller_that_leaves_stops_nothing(patient):
    double = Doubling()
    doubling = Batcher(double, max_size=10)
    leaving, staying = asyncio.create_task(doubling.call(1)), asyncio.create_task(doubling.call(2))
    await until(lambda: double.calls)
    leaving.cancel()
    await asyncio.wait([leaving])
    double.go.set()

    assert await staying == 4
    assert double.calls == [[1, 2]]


async def test_slow_batch_is_overtaken(monkeypatch):
    monkeypatch.setattr(batcher, "OVERTAKING_SECONDS", 0.01)
    calls: list[list[int]] = []
    go = asyncio.Event()

    async def first_waits(numbers: list[int]) -> list[int | Exception]:
        calls.append(numbers)
        if len(calls) == 1:
            await go.wait()
        return list(numbers)

    same = Batcher(first_waits, max_size=10)
    slow = asyncio.create_task(same.call(1))
    await until(lambda: calls)

    assert await same.call(2) == 2
    assert not slow.done()
    go.set()
    assert await slow == 1
