"""Work of one kind is done a few pieces at once, and each person's in turn."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.pools import Pool
from common.refusal import Refused
from common.threads import in_thread


def pool_of(size: int, **limits) -> Pool:
    return Pool("test", size=size, **{"seconds": 10, "max_waiting": 50, "max_waiting_each": 50} | limits)


class Work:
    """Pieces of work that begin in a pool and end when they are told to."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.begun: list[str] = []
        self._may_end: dict[str, threading.Event] = {}

    def start(self, person: str, name: str) -> asyncio.Task[str]:
        self._may_end[name] = threading.Event()
        return asyncio.create_task(self.pool.run(person, self._do, name))

    def end(self, name: str) -> None:
        self._may_end[name].set()

    def _do(self, name: str) -> str:
        self.begun.append(name)
        assert self._may_end[name].wait(60)
        return name

    async def until(self, *begun: str) -> None:
        async with asyncio.timeout(60):
            while self.begun != list(begun):  # noqa: ASYNC110
                await asyncio.sleep(0.001)


async def test_persons_take_turns_however_much_one_of_them_started():
    work = Work(pool_of(1))
    tasks = [work.start("mallory", f"mallory {number}") for number in range(20)]
    await work.until("mallory 0")
    tasks += [work.start("ada", "ada 0"), work.start("grace", "grace 0"), work.start("ada", "ada 1")]
    await asyncio.sleep(0)
    order = ["mallory 0", "ada 0", "grace 0", "mallory 1", "ada 1", "mallory 2", "mallory 3"]
    for done, name in enumerate(order, 1):
        await work.until(*order[:done])
        work.end(name)
    for number in range(20):
        work.end(f"mallory {number}")
    assert len(await asyncio.gather(*tasks)) == 23


async def test_one_piece_of_a_person_at_a_time():
    work = Work(pool_of(2))
    tasks = [work.start("mallory", "first"), work.start("mallory", "second")]
    await work.until("first")
    tasks.append(work.start("ada", "third"))
    await work.until("first", "third")
    work.end("first")
    await work.until("first", "third", "second")
    for name in ("second", "third"):
        work.end(name)
    await asyncio.gather(*tasks)


async def test_several_pieces_of_a_person_at_a_time():
    work = Work(pool_of(3, each=2))
    tasks = [work.start("mallory", f"mallory {number}") for number in range(4)]
    await work.until("mallory 0", "mallory 1")
    tasks += [work.start("ada", "ada 0"), work.start("ada", "ada 1")]
    await work.until("mallory 0", "mallory 1", "ada 0")
    work.end("mallory 0")
    await work.until("mallory 0", "mallory 1", "ada 0", "ada 1")
    work.end("ada 0")
    await work.until("mallory 0", "mallory 1", "ada 0", "ada 1", "mallory 2")
    for name in ("mallory 1", "mallory 2", "mallory 3", "ada 1"):
        work.end(name)
    await asyncio.gather(*tasks)


async def test_what_waits_is_bounded():
    work = Work(pool_of(1, max_waiting=3, max_waiting_each=2))
    tasks = [work.start("mallory", f"mallory {number}") for number in range(3)]
    await work.until("mallory 0")
    with pytest.raises(Refused) as own:
        await work.start("mallory", "too many")
    assert own.value.status == 429
    tasks.append(work.start("ada", "ada"))
    await asyncio.sleep(0)
    with pytest.raises(Refused) as full:
        await work.start("grace", "grace")
    assert full.value.status == 503
    for name in ("mallory 0", "mallory 1", "mallory 2", "ada"):
        work.end(name)
    assert await asyncio.gather(*tasks) == ["mallory 0", "mallory 1", "mallory 2", "ada"]


async def test_turn_that_does_not_come_in_time_is_refused_and_given_up():
    pool = pool_of(1, seconds=0.01)
    with pool.turn("mallory"):
        with pytest.raises(Refused, match="busy"):
            await pool.run("ada", int)
        with ThreadPoolExecutor(1) as threads, pytest.raises(Refused, match="busy"):
            threads.submit(pool.turn("grace").__enter__).result()
    assert await pool.run("ada", int) == 0


async def test_who_leaves_gives_up_the_place():
    work = Work(pool_of(1))
    first, second = work.start("mallory", "first"), work.start("ada", "second")
    await work.until("first")
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.end("first")
    await first
    assert await work.pool.run("ada", int) == 0
    assert work.begun == ["first"]


async def test_work_that_nobody_waits_for_keeps_its_place_until_it_ends():
    work = Work(pool_of(1))
    left = work.start("mallory", "first")
    await work.until("first")
    left.cancel()
    after = work.start("ada", "second")
    await asyncio.sleep(0.01)
    assert work.begun == ["first"]
    work.end("first")
    await work.until("first", "second")
    work.end("second")
    assert await after == "second"


async def test_person_who_leaves_work_gets_no_more_than_their_share():
    work = Work(pool_of(3))
    left = work.start("mallory", "first")
    await work.until("first")
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    second = work.start("mallory", "second")
    third = work.start("ada", "third")
    await work.until("first", "third")
    work.end("third")
    await third
    assert work.begun == ["first", "third"]
    work.end("first")
    await work.until("first", "third", "second")
    work.end("second")
    await second


async def test_work_that_hangs_keeps_the_place_of_its_person_alone():
    work = Work(pool_of(2, each=2, spare=2))
    hanging = [work.start("mallory", f"hangs {number}") for number in range(2)]
    await work.until("hangs 0", "hangs 1")
    # Nobody has a place before it is known that they hang.
    ada = work.start("ada", "ada")
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    own, grace = work.start("mallory", "later"), work.start("grace", "grace")
    await work.until("hangs 0", "hangs 1", "ada", "grace")
    # There are no more spare threads.
    grace.cancel()
    await asyncio.gather(grace, return_exceptions=True)
    heidi = work.start("heidi", "heidi")
    work.end("ada")
    await work.until("hangs 0", "hangs 1", "ada", "grace", "heidi")
    work.end("hangs 0")
    work.end("heidi")
    await work.until("hangs 0", "hangs 1", "ada", "grace", "heidi", "later")
    for name in ("hangs 1", "grace", "later"):
        work.end(name)
    assert [await each for each in (ada, heidi, own)] == ["ada", "heidi", "later"]


async def test_failure_frees_the_place():
    pool = pool_of(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await pool.run("ada", lambda: 1 / 0)


async def test_quick_work_waits_for_no_other_thread_of_the_event_loop():
    done = threading.Event()
    blocked = [asyncio.create_task(asyncio.to_thread(done.wait, 120)) for _ in range(64)]
    async with asyncio.timeout(60):
        assert await in_thread(int)() == 0
    done.set()
    await asyncio.gather(*blocked)
