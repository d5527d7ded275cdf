"""Work that is done again and again: it outlives its failures, and ends when it is cancelled."""

import asyncio

import pytest

from common.periodic import run_periodically


class Work:
    """Counts its calls; fails in those whose numbers are given."""

    def __init__(self, *failing: int) -> None:
        self.calls = 0
        self.failing = failing
        self.called = asyncio.Condition()

    async def do(self) -> None:
        async with self.called:
            self.calls += 1
            self.called.notify_all()
        if self.calls in self.failing:
            raise ValueError("no")

    async def until(self, calls: int) -> None:
        async with asyncio.timeout(60), self.called:
            await self.called.wait_for(lambda: self.calls >= calls)


async def test_work_goes_on_after_a_failure_that_is_logged(caplog):
    work = Work(1)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run_periodically(work.do, seconds=0.001))
        await work.until(3)
        task.cancel()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Work.do failed" in caplog.text


@pytest.mark.parametrize("wait_first", [False, True])
async def test_work_begins_at_once_unless_it_is_to_wait(wait_first):
    work = Work()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(run_periodically(work.do, seconds=1000, wait_first=wait_first))
        for _ in range(5):
            await asyncio.sleep(0)
        assert work.calls == (0 if wait_first else 1)
        task.cancel()
